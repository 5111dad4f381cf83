#pragma once

#include "tmq/types.hpp"

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <variant>
#include <vector>

namespace tmq {

/// The value of a tag, as a table change carries it. A plain value that owns what it holds.
struct meta_value {
    /// null: the server did not name the type (JSON of an alteration); `data` then holds the text of any
    /// type.
    data_type type = data_type::null;
    /// Signed integers and TIMESTAMP (ticks of the database's precision) are std::int64_t, unsigned ones
    /// std::uint64_t; VARCHAR is text as it was stored, NCHAR is UTF-8, JSON is JSON text; VARBINARY and
    /// GEOMETRY are bytes. std::monostate is NULL or, if not exact, a value that is not known. A DOUBLE that
    /// is not exact is off by its last bit at most.
    std::variant<std::monostate, bool, std::int64_t, std::uint64_t, float, double, std::string,
                 std::vector<std::byte>>
        data;
    /// True if `data` is the server's value to the last bit. Binary values are always exact.
    bool exact = true;
    /// Text that the server printed, if it does not give the value: "1.8446744073709552e+19". Empty if exact.
    std::string printed;

    bool is_null() const noexcept { return exact && data.index() == 0; }
    friend bool operator==(const meta_value&, const meta_value&) = default;
};

/// Returns the value as text: numbers in decimal, shortest for floating point; "true" and "false"; text
/// unchanged; bytes as "0x" and lowercase hex; "NULL"; the server's printed text if the value is not exact.
std::string to_string(const meta_value& value);
/// Writes to_string(value).
std::ostream& operator<<(std::ostream& out, const meta_value& value);

}  // namespace tmq
