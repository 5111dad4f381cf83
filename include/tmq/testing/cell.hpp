#pragma once

#include "tmq/decimal.hpp"
#include "tmq/types.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tmq::testing {

/// One value of a row under construction.
/// *Lifetime*: a view; strings and bytes must outlive it.
class cell {
  public:
    enum class kind : std::uint8_t {
        null,
        boolean,
        signed_integer,
        unsigned_integer,
        floating,
        decimal,
        time,
        text,
        bytes
    };

    cell() noexcept = default;
    cell(std::nullptr_t) noexcept {}
    cell(std::nullopt_t) noexcept {}
    cell(bool value) noexcept : kind_(kind::boolean), integer_(value ? 1 : 0) {}
    template <std::signed_integral T>
    cell(T value) noexcept
        : kind_(kind::signed_integer),
          integer_(static_cast<std::uint64_t>(static_cast<std::int64_t>(value))) {}
    template <std::unsigned_integral T>
        requires(!std::same_as<T, bool>)
    cell(T value) noexcept : kind_(kind::unsigned_integer), integer_(value) {}
    /// A character is text, so write "x". A char is an integer only as static_cast<int>(c).
    cell(char) = delete;
    cell(wchar_t) = delete;
    cell(char8_t) = delete;
    cell(char16_t) = delete;
    cell(char32_t) = delete;
    template <std::floating_point T>
    cell(T value) noexcept : kind_(kind::floating), floating_(static_cast<double>(value)) {}
    cell(const tmq::decimal& value) noexcept : kind_(kind::decimal), decimal_(value) {}
    cell(const timestamp& value) noexcept
        : kind_(kind::time), integer_(static_cast<std::uint64_t>(value.ticks())) {}
    cell(std::string_view value) noexcept : kind_(kind::text), text_(value) {}
    cell(const std::string& value) noexcept : cell(std::string_view(value)) {}
    cell(const char* value) noexcept : cell(std::string_view(value)) {}
    cell(bytes_view value) noexcept
        : kind_(kind::bytes), text_(reinterpret_cast<const char*>(value.data()), value.size()) {}
    cell(const std::vector<std::byte>& value) noexcept : cell(bytes_view(value)) {}
    template <class T>
    cell(const std::optional<T>& value) noexcept : cell(value ? cell(*value) : cell()) {}

    kind what() const noexcept { return kind_; }
    bool is_null() const noexcept { return kind_ == kind::null; }
    std::uint64_t integer() const noexcept {
        return integer_;
    }  ///< two's complement; timestamps as their ticks
    double floating() const noexcept { return floating_; }
    const tmq::decimal& decimal() const noexcept { return decimal_; }
    std::string_view text() const noexcept { return text_; }  ///< of text and bytes

  private:
    kind kind_ = kind::null;
    std::uint64_t integer_ = 0;
    double floating_ = 0;
    tmq::decimal decimal_;
    std::string_view text_;
};

}  // namespace tmq::testing
