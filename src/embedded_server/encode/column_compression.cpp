#include "embedded_server/encode/column_compression.hpp"

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace tmq::embedded::encode {

namespace {

struct named_number {
    std::string_view name;
    std::uint32_t number;
};

constexpr named_number encodings[] = {{"simple8b", 1}, {"delta-i", 2}, {"bit-packing", 3},
                                      {"delta-d", 4},  {"bss", 5},     {"disabled", 0xff}};
constexpr named_number compressions[] = {{"lz4", 1}, {"zlib", 2}, {"zstd", 3},
                                         {"tsz", 4}, {"xz", 5},   {"disabled", 0xff}};
constexpr named_number levels[] = {{"low", 1}, {"medium", 2}, {"high", 3}};

std::uint32_t number_of(std::span<const named_number> table, const std::string& name) {
    if (name.empty()) return 0;
    for (const named_number& entry : table)
        if (entry.name == name) return entry.number;
    throw std::invalid_argument("no compression '" + name + "'");
}

const char* default_encode(data_type type, const server_version& version) noexcept {
    switch (type) {
        case data_type::null:
        case data_type::boolean: return "bit-packing";
        case data_type::real:
        case data_type::double_precision: return version.packs_floats_by_bytes() ? "bss" : "delta-d";
        case data_type::timestamp: return "delta-i";
        case data_type::tinyint:
        case data_type::smallint:
        case data_type::integer:
        case data_type::bigint:
        case data_type::unsigned_tinyint:
        case data_type::unsigned_smallint:
        case data_type::unsigned_integer:
        case data_type::unsigned_bigint:
        case data_type::blob: return "simple8b";
        default: return "disabled";
    }
}

const char* default_compress(data_type type) noexcept {
    switch (type) {
        case data_type::tinyint:
        case data_type::smallint:
        case data_type::unsigned_tinyint:
        case data_type::unsigned_smallint: return "zlib";
        case data_type::boolean:
        case data_type::varchar:
        case data_type::nchar:
        case data_type::varbinary:
        case data_type::decimal:
        case data_type::decimal64: return "zstd";
        default: return "lz4";
    }
}

}  // namespace

std::vector<column_definition> with_default_compression(std::span<const column_definition> columns,
                                                        const server_version& version) {
    std::vector<column_definition> completed(columns.begin(), columns.end());
    for (column_definition& column : completed) {
        if (column.encode.empty()) column.encode = default_encode(column.type, version);
        if (column.compress.empty()) column.compress = default_compress(column.type);
        if (column.level.empty()) column.level = "medium";
    }
    return completed;
}

std::uint32_t compression_number(const column_definition& column) {
    return number_of(encodings, column.encode) << 24 | number_of(compressions, column.compress) << 8 |
           number_of(levels, column.level);
}

}  // namespace tmq::embedded::encode
