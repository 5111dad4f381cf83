#pragma once

#include "config/ranges.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tmq {
class config;
}

/// Settings by name: the one table behind config::set(), from_properties(), the query of a URL and
/// docs/configuration.md.
namespace tmq::settings {

/// The syntax of a value.
enum class form : std::uint8_t {
    text,
    boolean,
    number,
    decimal,  ///< digits with at most one point
    bytes,
    milliseconds,
    duration,  ///< milliseconds, or with units as in Go: "1m30s"
    choice,
};

class given_value;

struct property {
    std::string_view group;  ///< heading in the documentation
    std::string_view key;
    std::array<std::string_view, 2> aliases;  ///< empty texts if there are fewer
    form syntax;
    const range* allowed;            ///< range of a number; null for other values
    std::string_view words;          ///< description of the values; all words of a choice
    std::string_view default_value;  ///< in the syntax of the value, or a description in <>
    /// Field of the subscribe request that holds the value: "config" for its map, empty if the value is not
    /// sent.
    std::string_view field;
    bool is_secret;  ///< never shown
    std::string_view meaning;
    void (*set)(config&, const given_value&);

    /// True if `name` is the key or an alias.
    bool is_called(std::string_view name) const noexcept;
    /// Returns a description of the values: "milliseconds, 1 to 60000".
    std::string values() const;
};

/// Returns the table in the order in which from_properties() and a query apply it: a later property is more
/// specific and wins.
std::span<const property> properties() noexcept;

/// Returns the property with this key or alias, exactly as written; null if there is none.
const property* find_property(std::string_view name) noexcept;

/// Returns the key or alias that is most similar to `name`; empty if none is similar enough.
std::string_view nearest_name(std::string_view name);

/// The text given for one property, read by the syntax of that property. A refusal shows the name that was
/// given, never the value.
class given_value {
  public:
    given_value(const property& known, std::string_view name, std::string_view text) noexcept
        : property_(known), name_(name), text_(text) {}

    std::string_view text() const noexcept { return text_; }
    bool boolean() const;
    std::int64_t number() const;
    double decimal() const;
    std::chrono::milliseconds milliseconds() const { return std::chrono::milliseconds(number()); }
    /// Returns the position of the value in `words`.
    std::size_t choice(std::span<const std::string_view> words) const;
    [[noreturn]] void refuse(std::string_view problem) const { settings::refuse(name_, problem); }

  private:
    const property& property_;
    std::string_view name_;
    std::string_view text_;
};

}  // namespace tmq::settings
