#pragma once

/// Formatters for {fmt}, for programs that use it: tmq/tmq.hpp does not include this. All take the format
/// specifications of a string: "{:>24}".

#include "tmq/decimal.hpp"
#include "tmq/event.hpp"
#include "tmq/types.hpp"
#include "tmq/value.hpp"

#include <fmt/format.h>

/// RFC 3339, see to_string.
template <>
struct fmt::formatter<tmq::timestamp> : fmt::formatter<fmt::string_view> {
    template <class Context>
    auto format(const tmq::timestamp& time, Context& context) const {
        return fmt::formatter<fmt::string_view>::format(tmq::to_string(time), context);
    }
};

/// All digits of the scale, see to_string.
template <>
struct fmt::formatter<tmq::decimal> : fmt::formatter<fmt::string_view> {
    template <class Context>
    auto format(const tmq::decimal& number, Context& context) const {
        return fmt::formatter<fmt::string_view>::format(tmq::to_string(number), context);
    }
};

/// Plain text, see to_string.
template <>
struct fmt::formatter<tmq::value> : fmt::formatter<fmt::string_view> {
    template <class Context>
    auto format(const tmq::value& value, Context& context) const {
        return fmt::formatter<fmt::string_view>::format(tmq::to_string(value), context);
    }
};

/// A JSON object, see to_json.
template <>
struct fmt::formatter<tmq::row> : fmt::formatter<fmt::string_view> {
    template <class Context>
    auto format(const tmq::row& row, Context& context) const {
        return fmt::formatter<fmt::string_view>::format(tmq::to_json(row), context);
    }
};

/// One line, see to_string.
template <>
struct fmt::formatter<tmq::event> : fmt::formatter<fmt::string_view> {
    template <class Context>
    auto format(const tmq::event& occurrence, Context& context) const {
        return fmt::formatter<fmt::string_view>::format(tmq::to_string(occurrence), context);
    }
};
