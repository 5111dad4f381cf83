#pragma once

#include "tmq/meta.hpp"
#include "wire/reader.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

/// Readers of the fields that bodies of metadata messages consist of (docs/protocol.md, "Encodings" and
/// "Table changes"). A missing or invalid field is refused in the reader.
namespace tmq::wire {

constexpr std::size_t max_database_name = 64;
/// "1.database.table", as the first node of a cluster names a table.
constexpr std::size_t max_full_table_name = 10 + 1 + max_database_name + 1 + 192;

/// A body after its length. The reader covers only the body, so fields that newer servers append stay unread.
/// The destructor reports a defect to the outer reader.
class body {
  public:
    explicit body(byte_reader& outer) noexcept : outer_(outer), inner_(open(outer)) {}
    body(const body&) = delete;
    body& operator=(const body&) = delete;
    ~body() { outer_.refuse(inner_.error()); }

    byte_reader& reader() noexcept { return inner_; }

  private:
    static byte_reader open(byte_reader& outer) noexcept;

    byte_reader& outer_;
    byte_reader inner_;
};

/// Reads bytes after a varint with their number.
std::span<const std::uint8_t> read_binary(byte_reader& reader) noexcept;

/// Reads a number of parts of at least `least_size` bytes each. Refuses it with `code` if it is negative or
/// the remaining bytes do not suffice.
std::size_t read_zigzag_count(byte_reader& reader, std::size_t least_size, defect_code code) noexcept;
std::size_t read_i32_count(byte_reader& reader, std::size_t least_size, defect_code code) noexcept;

/// Reads an i32 length and, unless it is 0, a binary of exactly this length. Refuses a negative length, and
/// two lengths that differ, with `code`.
std::span<const std::uint8_t> read_sized_binary(byte_reader& reader, defect_code code) noexcept;

bool read_flag(byte_reader& reader) noexcept;

/// Reads the text after the length of a comment. A length of 0 is an empty comment without bytes, and -1 is
/// no comment.
std::optional<std::string> read_comment_text(byte_reader& reader, std::int32_t length,
                                             std::uint64_t length_position);
/// Reads length and text of a comment.
std::optional<std::string> read_comment(byte_reader& reader);

std::string read_table_name(byte_reader& reader);
std::string read_column_name(byte_reader& reader);

/// Reads the schema of columns or tags. Appends the ids of the columns to `ids`, for read_compression().
std::vector<column_definition> read_columns(byte_reader& reader, std::vector<std::int16_t>& ids);

/// Reads the compression of the columns with these `ids`.
void read_compression(byte_reader& reader, std::span<column_definition> columns,
                      std::span<const std::int16_t> ids);

/// Reads a flag and, if it is set, one type modifier per column: the digits of docs/protocol.md. Returns none
/// if it is not set.
std::vector<std::int32_t> read_type_modifiers(byte_reader& reader, std::size_t columns);
/// Sets the digits of the DECIMAL columns. `modifiers` may be empty.
void set_type_modifiers(std::span<column_definition> columns,
                        std::span<const std::int32_t> modifiers) noexcept;
/// Returns true if exactly the DECIMAL columns have digits.
bool fit_types(std::span<const column_definition> columns, std::span<const std::int32_t> modifiers) noexcept;

/// Sets the length from the bytes of a column's declaration.
void set_declared_size(column_definition& column, std::int32_t bytes) noexcept;
/// Sets the digits of a DECIMAL column.
void set_type_modifier(column_definition& column, std::int32_t modifier) noexcept;

/// Sets encode, compress and level from their numbers. A 0 has no name: it is "unknown" if `all` is set (a
/// full description), and otherwise leaves the property as it was (a change of some of the three).
void set_compression(column_definition& column, std::uint32_t algorithm, bool all);

}  // namespace tmq::wire
