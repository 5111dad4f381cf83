#pragma once

#include "tmq/meta.hpp"
#include "wire/reader.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

/// The parts that the bodies of metadata messages are made of. What is missing or wrong is left in the
/// reader.
namespace tmq::wire {

constexpr std::size_t max_database_name = 64;
/// "1.database.table", as the first node of a cluster names a table.
constexpr std::size_t max_full_table_name = 10 + 1 + max_database_name + 1 + 192;

/// A body with its length before it. What newer servers append stays unread inside.
class body {
  public:
    explicit body(reader& outer) noexcept : outer_(outer), inner_(open(outer)) {}
    body(const body&) = delete;
    body& operator=(const body&) = delete;
    ~body() { outer_.refuse(inner_.error()); }

    reader& in() noexcept { return inner_; }

  private:
    static reader open(reader& outer) noexcept;

    reader& outer_;
    reader inner_;
};

/// Bytes behind a varint with their number.
std::span<const std::uint8_t> read_binary(reader& in) noexcept;

/// A number of parts of at least `least_size` bytes each: refused with `otherwise` when it is negative or the
/// bytes do not suffice.
std::size_t read_zigzag_count(reader& in, std::size_t least_size, errc otherwise) noexcept;
std::size_t read_i32_count(reader& in, std::size_t least_size, errc otherwise) noexcept;

/// An i32 length, then, unless that is 0, a binary of just this length. `otherwise`: when it is negative or
/// the two differ.
std::span<const std::uint8_t> read_sized_binary(reader& in, errc otherwise) noexcept;

bool read_flag(reader& in) noexcept;

/// The text behind the length of a comment: text only when that is above 0, and no comment at all when it is
/// -1.
std::optional<std::string> read_comment_text(reader& in, std::int32_t length, std::uint64_t length_at);
/// Length and text.
std::optional<std::string> read_comment(reader& in);

std::string read_table_name(reader& in);
std::string read_column_name(reader& in);

/// Columns or tags, at least 6 bytes each. `ids` gives the columns' numbers, by which read_compression()
/// finds them.
std::vector<column_definition> read_columns(reader& in, std::vector<std::int16_t>& ids);

/// How the columns are compressed, when the server says so.
void read_compression(reader& in, std::span<column_definition> columns, std::span<const std::int16_t> ids);

/// What belongs to the columns' types, behind a flag whether it follows; nothing when it does not.
std::vector<std::int32_t> read_type_modifiers(reader& in, std::size_t columns);
/// Digits of the DECIMAL columns; `modifiers` may be empty.
void set_type_modifiers(std::span<column_definition> columns,
                        std::span<const std::int32_t> modifiers) noexcept;
/// Whether DECIMAL columns have digits, and no others.
bool fit_types(std::span<const column_definition> columns, std::span<const std::int32_t> modifiers) noexcept;

/// As the server says them beside a column's type.
void set_declared_size(column_definition& column, std::int32_t bytes) noexcept;
void set_type_modifier(column_definition& column, std::int32_t modifier) noexcept;

/// 0 stands for "not said" (a change of some of the three), or for something without a name (`all`: a
/// column's full description).
void set_compression(column_definition& column, std::uint32_t algorithm, bool all);

}  // namespace tmq::wire
