#pragma once

/// Formatters for {fmt}, for programs that use it: tmq/tmq.hpp does not include this. All take the format
/// specifications of a string: "{:>24}".

#include "tmq/assigned_vgroup.hpp"
#include "tmq/decimal.hpp"
#include "tmq/partition_offset.hpp"
#include "tmq/topic_partition.hpp"
#include "tmq/types.hpp"
#include "tmq/value.hpp"
#include "tmq/vgroup_lag.hpp"

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

/// "meters[3]", see to_string.
template <>
struct fmt::formatter<tmq::topic_partition> : fmt::formatter<fmt::string_view> {
    template <class Context>
    auto format(const tmq::topic_partition& partition, Context& context) const {
        return fmt::formatter<fmt::string_view>::format(tmq::to_string(partition), context);
    }
};

/// "meters[3]@17", see to_string.
template <>
struct fmt::formatter<tmq::partition_offset> : fmt::formatter<fmt::string_view> {
    template <class Context>
    auto format(const tmq::partition_offset& position, Context& context) const {
        return fmt::formatter<fmt::string_view>::format(tmq::to_string(position), context);
    }
};

/// Vgroup and bounds of its log, see to_string.
template <>
struct fmt::formatter<tmq::assigned_vgroup> : fmt::formatter<fmt::string_view> {
    template <class Context>
    auto format(const tmq::assigned_vgroup& vgroup, Context& context) const {
        return fmt::formatter<fmt::string_view>::format(tmq::to_string(vgroup), context);
    }
};

/// Vgroup and entries left, see to_string.
template <>
struct fmt::formatter<tmq::vgroup_lag> : fmt::formatter<fmt::string_view> {
    template <class Context>
    auto format(const tmq::vgroup_lag& lag, Context& context) const {
        return fmt::formatter<fmt::string_view>::format(tmq::to_string(lag), context);
    }
};
