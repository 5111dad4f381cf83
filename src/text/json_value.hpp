#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tmq::text {

/// A value inside a JSON text, read where it stands: takes no memory but for the strings it gives. A member
/// is looked for from the front each time, so this is for what is read once. The text must outlive it.
class json_value {
  public:
    /// The value that is all of `text`; nothing if that is no JSON (RFC 8259), or nested deeper than 64.
    static std::optional<json_value> of(std::string_view text) noexcept;

    bool is_null() const noexcept { return text_ == "null"; }
    bool is_object() const noexcept { return text_.front() == '{'; }
    bool is_array() const noexcept { return text_.front() == '['; }

    /// Nothing if the value is of another type, or out of its range. A surrogate without its other half
    /// becomes U+FFFD.
    std::optional<std::string> string() const;
    std::optional<bool> boolean() const noexcept;
    /// A number without fraction and exponent.
    std::optional<std::int64_t> integer() const noexcept;
    std::optional<double> number() const noexcept;

    /// The first member of this name; nothing if there is none, or this is no object.
    std::optional<json_value> member(std::string_view name) const;
    /// Calls `read(json_value)` for each item of an array, until it returns false. Returns whether it never
    /// did; false if this is no array.
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
    /// The number of items of an array.
    std::size_t size() const noexcept {
        std::size_t count = 0;
        each([&count](const json_value&) { return ++count, true; });
        return count;
    }

    /// As it stands, without white space between its parts.
    std::string compact() const;

  private:
    explicit json_value(std::string_view text) noexcept : text_(text) {}

    /// Takes the next value off the front of a valid text, with what separates it; empty at a closing
    /// bracket.
    static std::string_view take_value(std::string_view& rest) noexcept;

    std::string_view text_;  ///< never empty, without white space around
};

}  // namespace tmq::text
