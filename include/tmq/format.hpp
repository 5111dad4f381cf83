#pragma once

/// Formatters for {fmt}, for programs that use it: tmq/tmq.hpp does not include this. All take the format
/// specifications of a string: "{:>24}".

#include "tmq/assigned_vgroup.hpp"
#include "tmq/decimal.hpp"
#include "tmq/endpoint.hpp"
#include "tmq/error.hpp"
#include "tmq/event.hpp"
#include "tmq/meta.hpp"
#include "tmq/meta_value.hpp"
#include "tmq/partition_offset.hpp"
#include "tmq/row.hpp"
#include "tmq/topic_partition.hpp"
#include "tmq/types.hpp"
#include "tmq/value.hpp"
#include "tmq/vgroup_lag.hpp"

#include <boost/system/error_code.hpp>

#include <fmt/format.h>

namespace tmq::detail {

/// Formats what to_string returns.
template <class T>
struct string_formatter : fmt::formatter<fmt::string_view> {
    template <class Context>
    auto format(const T& source, Context& context) const {
        return fmt::formatter<fmt::string_view>::format(tmq::to_string(source), context);
    }
};

/// Formats what to_json returns.
template <class T>
struct json_formatter : fmt::formatter<fmt::string_view> {
    template <class Context>
    auto format(const T& source, Context& context) const {
        return fmt::formatter<fmt::string_view>::format(tmq::to_json(source), context);
    }
};

/// Formats the text of a JSON, unchanged.
template <class T>
struct text_formatter : fmt::formatter<fmt::string_view> {
    template <class Context>
    auto format(const T& source, Context& context) const {
        return fmt::formatter<fmt::string_view>::format(source.text(), context);
    }
};

}  // namespace tmq::detail

template <>
struct fmt::formatter<tmq::data_type> : tmq::detail::string_formatter<tmq::data_type> {};
template <>
struct fmt::formatter<tmq::time_precision> : tmq::detail::string_formatter<tmq::time_precision> {};
template <>
struct fmt::formatter<tmq::timestamp> : tmq::detail::string_formatter<tmq::timestamp> {};
template <>
struct fmt::formatter<tmq::decimal> : tmq::detail::string_formatter<tmq::decimal> {};
template <>
struct fmt::formatter<tmq::endpoint> : tmq::detail::string_formatter<tmq::endpoint> {};

/// Values are plain text, as to_string has them; rows are JSON, as to_json has them.
template <>
struct fmt::formatter<tmq::value_view> : tmq::detail::string_formatter<tmq::value_view> {};
template <>
struct fmt::formatter<tmq::value> : tmq::detail::string_formatter<tmq::value> {};
template <>
struct fmt::formatter<tmq::row_view> : tmq::detail::json_formatter<tmq::row_view> {};
template <>
struct fmt::formatter<tmq::row> : tmq::detail::json_formatter<tmq::row> {};
template <>
struct fmt::formatter<tmq::json_view> : tmq::detail::text_formatter<tmq::json_view> {};
template <>
struct fmt::formatter<tmq::json> : tmq::detail::text_formatter<tmq::json> {};

/// Values of tags are plain text, as to_string has them; table changes are JSON, as to_json has them.
template <>
struct fmt::formatter<tmq::meta_value> : tmq::detail::string_formatter<tmq::meta_value> {};
template <>
struct fmt::formatter<tmq::meta> : tmq::detail::json_formatter<tmq::meta> {};
template <>
struct fmt::formatter<tmq::create_table> : tmq::detail::json_formatter<tmq::create_table> {};
template <>
struct fmt::formatter<tmq::alter_table> : tmq::detail::json_formatter<tmq::alter_table> {};
template <>
struct fmt::formatter<tmq::drop_table> : tmq::detail::json_formatter<tmq::drop_table> {};
template <>
struct fmt::formatter<tmq::delete_data> : tmq::detail::json_formatter<tmq::delete_data> {};
template <>
struct fmt::formatter<tmq::unknown_meta> : tmq::detail::json_formatter<tmq::unknown_meta> {};

/// An error code is its message and its number: "Connection refused [system:111]".
template <>
struct fmt::formatter<boost::system::error_code> : fmt::formatter<fmt::string_view> {
    template <class Context>
    auto format(const boost::system::error_code& code, Context& context) const {
        return fmt::formatter<fmt::string_view>::format(code.message() + " [" + code.to_string() + "]",
                                                        context);
    }
};
/// An error is its what().
template <>
struct fmt::formatter<tmq::error> : fmt::formatter<fmt::string_view> {
    template <class Context>
    auto format(const tmq::error& failure, Context& context) const {
        return fmt::formatter<fmt::string_view>::format(failure.what(), context);
    }
};

/// One line, see to_string.
template <>
struct fmt::formatter<tmq::event> : tmq::detail::string_formatter<tmq::event> {};
/// "meters[3]" and "meters[3]@17".
template <>
struct fmt::formatter<tmq::topic_partition> : tmq::detail::string_formatter<tmq::topic_partition> {};
template <>
struct fmt::formatter<tmq::partition_offset> : tmq::detail::string_formatter<tmq::partition_offset> {};
template <>
struct fmt::formatter<tmq::assigned_vgroup> : tmq::detail::string_formatter<tmq::assigned_vgroup> {};
template <>
struct fmt::formatter<tmq::vgroup_lag> : tmq::detail::string_formatter<tmq::vgroup_lag> {};
