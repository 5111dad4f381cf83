#pragma once

/// Formatters for {fmt}, for programs that use it: tmq/tmq.hpp does not include this. All take the format
/// specifications of a string: "{:>24}".

#include "tmq/decimal.hpp"
#include "tmq/types.hpp"
#include "tmq/value.hpp"

#include <fmt/format.h>

/// RFC 3339, see to_string.
template <>
struct fmt::formatter<tmq::timestamp> : fmt::formatter<fmt::string_view> {
    template <class Context>
    auto format(const tmq::timestamp& of, Context& context) const {
        return fmt::formatter<fmt::string_view>::format(tmq::to_string(of), context);
    }
};

/// All digits of the scale, see to_string.
template <>
struct fmt::formatter<tmq::decimal> : fmt::formatter<fmt::string_view> {
    template <class Context>
    auto format(const tmq::decimal& of, Context& context) const {
        return fmt::formatter<fmt::string_view>::format(tmq::to_string(of), context);
    }
};

/// Plain text, see to_string.
template <>
struct fmt::formatter<tmq::value> : fmt::formatter<fmt::string_view> {
    template <class Context>
    auto format(const tmq::value& of, Context& context) const {
        return fmt::formatter<fmt::string_view>::format(tmq::to_string(of), context);
    }
};

/// A JSON object, see to_json.
template <>
struct fmt::formatter<tmq::row> : fmt::formatter<fmt::string_view> {
    template <class Context>
    auto format(const tmq::row& of, Context& context) const {
        return fmt::formatter<fmt::string_view>::format(tmq::to_json(of), context);
    }
};
