#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tmq::text {

/// A view of a value in a JSON text. Allocates memory only for the strings that it returns. member() searches
/// from the front on each call, so this class suits text that is read once.
/// Lifetime: the text must outlive the view.
class json_value {
  public:
    /// Returns the value that `text` consists of; nothing if `text` is not JSON (RFC 8259), or is nested
    /// deeper than 64.
    static std::optional<json_value> parse(std::string_view text) noexcept;

    bool is_null() const noexcept { return text_ == "null"; }
    bool is_object() const noexcept { return text_.front() == '{'; }
    bool is_array() const noexcept { return text_.front() == '['; }

    /// Returns the string; nothing if the value has another type. A surrogate without its other half becomes
    /// U+FFFD.
    std::optional<std::string> string() const;
    /// Returns the value of true or false; nothing if the value has another type.
    std::optional<bool> boolean() const noexcept;
    /// Returns a number without fraction and exponent; nothing if the value is none, or is out of range.
    std::optional<std::int64_t> integer() const noexcept;
    /// Returns a number; nothing if the value has another type, or is out of range.
    std::optional<double> number() const noexcept;

    /// Returns the first member of this name; nothing if there is none, or the value is not an object.
    std::optional<json_value> member(std::string_view name) const;
    /// Calls `read(json_value)` for each item of an array until a call returns false. Returns true if no call
    /// did; false if the value is not an array.
    template <class Read>
    bool each(Read read) const {
        if (!is_array()) return false;
        std::string_view rest = text_.substr(1);
        for (;;) {
            const std::string_view item = take_value(rest);
            if (item.empty()) return true;
            if (!read(json_value(item))) return false;
        }
    }
    /// Returns the number of items of an array; 0 if the value is not an array.
    std::size_t size() const noexcept {
        std::size_t count = 0;
        each([&count](const json_value&) {
            ++count;
            return true;
        });
        return count;
    }

    /// Returns the text of the value without white space between its tokens.
    std::string compact() const;

  private:
    explicit json_value(std::string_view text) noexcept : text_(text) {}

    /// Removes the next value of a valid text from the front of `rest`, with the separators before it, and
    /// returns it. Returns an empty text at a closing bracket.
    static std::string_view take_value(std::string_view& rest) noexcept;

    std::string_view text_;  ///< never empty; no white space before or after the value
};

}  // namespace tmq::text
