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

/// How a value is written.
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
    std::array<std::string_view, 2> aliases;  ///< empty where there are fewer
    form how;
    const range* allowed;            ///< of numbers, else null
    std::string_view words;          ///< what else to say about the values; of a choice the whole of them
    std::string_view default_value;  ///< as it would be written; a word in <> where it cannot be
    std::string_view
        field;       ///< of the subscribe request; "config" for its map, empty when the value stays here
    bool is_secret;  ///< never shown
    std::string_view meaning;
    void (*set)(config&, const given_value&);

    bool is_called(std::string_view name) const noexcept;
    /// "milliseconds, 1 to 60000"
    std::string values() const;
};

/// In the order in which from_properties() and a query apply them: what comes later is more specific and
/// wins.
std::span<const property> properties() noexcept;

/// By its key or an alias, exactly as written; null when there is none.
const property* find_property(std::string_view name) noexcept;

/// The key or alias that was probably meant; empty when none is near.
std::string_view nearest_name(std::string_view name);

/// The text of one property, to be read as what the property is. A refusal names the property as it was
/// written and never shows the value.
class given_value {
  public:
    given_value(const property& of, std::string_view name, std::string_view text) noexcept
        : of_(of), name_(name), text_(text) {}

    std::string_view text() const noexcept { return text_; }
    bool boolean() const;
    std::int64_t number() const;
    double decimal() const;
    std::chrono::milliseconds milliseconds() const { return std::chrono::milliseconds(number()); }
    /// The position in a list of words.
    std::size_t choice(std::span<const std::string_view> words) const;
    [[noreturn]] void refuse(std::string_view why) const { settings::refuse(name_, why); }

  private:
    const property& of_;
    std::string_view name_;
    std::string_view text_;
};

}  // namespace tmq::settings
