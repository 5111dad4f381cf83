#pragma once

#include "embedded_server/sql/parser.hpp"

#include <cstdint>
#include <string>
#include <string_view>

/// Refusals with the codes and texts of a real server.
namespace tmq::embedded::sql::errors {

inline error named(std::uint32_t code, std::string_view text, std::string_view name) {
    return {code, std::string(text).append(": ").append(name)};
}

inline error database_not_specified() { return {0x2616, "Database not specified"}; }
inline error database_not_exist() { return {0x0388, "Database not exist"}; }
inline error database_exists() { return {0x0381, "Database already exists"}; }
inline error table_not_exist(std::string_view name) { return named(0x2603, "Table does not exist", name); }
inline error table_exists() { return {0x0603, "Table already exists"}; }
inline error stable_exists() { return {0x0360, "STable already exists"}; }
inline error stable_not_exist() { return {0x0362, "STable not exist"}; }
inline error topic_exists() { return {0x03E0, "Topic already exists"}; }
inline error topic_not_exist() { return {0x03E1, "Topic not exist"}; }
inline error topic_subscribed() { return {0x03EB, "Topic subscribed cannot be dropped"}; }
inline error topic_must_be_dropped() { return {0x03ED, "Topic must be dropped first"}; }
inline error invalid_column(std::string_view name) { return named(0x2602, "Invalid column name", name); }
inline error invalid_tag(std::string_view name) { return named(0x260E, "Invalid tag name", name); }
inline error duplicated_column(std::string_view name) {
    return named(0x263C, "Duplicated column names", name);
}
inline error first_column() { return {0x2641, "First column must be timestamp"}; }
inline error json_only_as_tag() { return {0x2652, "Only tag can be json type"}; }
inline error only_one_json_tag() { return {0x2633, "Only one tag if there is a json tag"}; }
inline error tags_not_matched() { return {0x260D, "Tags number not matched"}; }
inline error too_many_columns() { return {0x2640, "Too many columns"}; }
inline error too_many_tags() { return {0x2643, "The number of tags should be no more than 128"}; }
inline error wrong_stable() { return {0x2618, "Corresponding super table not in this db"}; }
inline error wrong_table_kind() { return {0x2649, "Invalid alter table statement"}; }
inline error not_a_stable() { return {0x263A, "Corresponding table is not a super table"}; }
inline error cannot_drop_first_column() { return {0x264A, "Primary timestamp column cannot be dropped"}; }
inline error cannot_drop_last_field() { return {0x2651, "No columns can be dropped"}; }
inline error only_lengths_grow() {
    return {0x264B,
            "Only varbinary/binary/nchar/geometry column length could be modified, and the length can only "
            "be increased"};
}
inline error delete_where() {
    return {0x2655, "The DELETE statement must have a definite time window range"};
}
inline error used_by_topic() { return {0x03C4, "Field used by topic"}; }
inline error invalid_topic_query(std::string_view reason) {
    return named(0x2639, "Invalid topic query", reason);
}
inline error invalid_value(std::string_view reason) {
    return {0x0216, std::string("syntax error: ").append(reason)};
}
inline error no_first_column() { return {0x267C, "Primary timestamp column should not be none"}; }
inline error null_first_column() { return {0x267B, "Primary timestamp column should not be null"}; }

}  // namespace tmq::embedded::sql::errors
