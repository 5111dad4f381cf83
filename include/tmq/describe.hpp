#pragma once

#include "tmq/block.hpp"
#include "tmq/detail/tick_count.hpp"
#include "tmq/error.hpp"

#include <boost/core/type_name.hpp>
#include <boost/describe/class.hpp>
#include <boost/describe/members.hpp>
#include <boost/describe/modifiers.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <ratio>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

/// Rows as a struct of your own:
///
///     struct meter { tmq::timestamp ts; double current; std::optional<std::string> location; };
///     BOOST_DESCRIBE_STRUCT(meter, (), (ts, current, location))
///     for (const meter& m : block.rows_as<meter>()) use(m);
///
/// Members are matched with columns by name (exact match first, then without regard to ASCII case). Other
/// columns are ignored. A member, alone or in a std::optional, is read from these columns:
///
/// - bool, float: the column's type.
/// - Any fixed-width integer: the column's type, or a smaller one of which every value fits (INT ->
///   std::int64_t).
/// - std::int64_t: also TIMESTAMP, its ticks.
/// - double: DOUBLE, FLOAT.
/// - decimal: DECIMAL.
/// - timestamp: TIMESTAMP.
/// - std::chrono::sys_time<D>: TIMESTAMP in the unit D or a larger one; D is milliseconds, microseconds or
///   nanoseconds. Saturates if D cannot hold the instant (nanoseconds: outside 1677 to 2262).
/// - std::string, std::string_view: VARCHAR, NCHAR, JSON. A std::string_view is a view with the lifetime of
///   block_view.
/// - std::vector<std::byte>, bytes_view: VARBINARY, GEOMETRY, BLOB, VARCHAR. A bytes_view is a view with the
///   lifetime of block_view.
namespace tmq {

namespace detail {

template <class T>
using cell_reader = T (*)(const column_cells&, std::size_t);

template <class T, class Cell>
T read_as(const column_cells& cells, std::size_t row) {
    return static_cast<T>(cell<Cell>::read(cells, row));
}

template <class T>
concept member_integer =
    std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char> && !std::same_as<T, wchar_t> &&
    !std::same_as<T, char8_t> && !std::same_as<T, char16_t> && !std::same_as<T, char32_t>;

/// Reads a member of type T from a column. find() returns null if the column may hold a value that T cannot.
template <class T>
struct member_source {
    static_assert(cell_type<T>, "a member of this type cannot be read from a column");
    static constexpr std::string_view name = cell<T>::name;
    static constexpr cell_reader<T> find(data_type type, time_precision) noexcept {
        return cell<T>::accepts(type) ? &read_as<T, T> : nullptr;
    }
};

template <member_integer T>
struct member_source<T> {
    static constexpr std::string_view name = std::is_signed_v<T> ? sizeof(T) == 1   ? "std::int8_t"
                                                                   : sizeof(T) == 2 ? "std::int16_t"
                                                                   : sizeof(T) == 4 ? "std::int32_t"
                                                                                    : "std::int64_t"
                                             : sizeof(T) == 1    ? "std::uint8_t"
                                             : sizeof(T) == 2    ? "std::uint16_t"
                                             : sizeof(T) == 4    ? "std::uint32_t"
                                                                 : "std::uint64_t";
    static constexpr cell_reader<T> find(data_type type, time_precision) noexcept {
        switch (type) {
            case data_type::tinyint: return widened<std::int8_t>();
            case data_type::smallint: return widened<std::int16_t>();
            case data_type::integer: return widened<std::int32_t>();
            case data_type::bigint:
            case data_type::timestamp: return widened<std::int64_t>();
            case data_type::unsigned_tinyint: return widened<std::uint8_t>();
            case data_type::unsigned_smallint: return widened<std::uint16_t>();
            case data_type::unsigned_integer: return widened<std::uint32_t>();
            case data_type::unsigned_bigint: return widened<std::uint64_t>();
            default: return nullptr;
        }
    }

  private:
    template <class Cell>
    static constexpr cell_reader<T> widened() noexcept {
        if constexpr ((std::is_signed_v<T> || std::is_unsigned_v<Cell>) &&
                      std::numeric_limits<T>::digits >= std::numeric_limits<Cell>::digits)
            return &read_as<T, Cell>;
        else
            return nullptr;
    }
};

template <>
struct member_source<double> {
    static constexpr std::string_view name = "double";
    static constexpr cell_reader<double> find(data_type type, time_precision) noexcept {
        if (type == data_type::double_precision) return &read_as<double, double>;
        return type == data_type::real ? &read_as<double, float> : nullptr;
    }
};

template <>
struct member_source<std::string> {
    static constexpr std::string_view name = "std::string";
    static constexpr cell_reader<std::string> find(data_type type, time_precision) noexcept {
        return cell<std::string_view>::accepts(type) ? &read_as<std::string, std::string_view> : nullptr;
    }
};

template <>
struct member_source<std::vector<std::byte>> {
    static constexpr std::string_view name = "std::vector<std::byte>";
    static constexpr cell_reader<std::vector<std::byte>> find(data_type type, time_precision) noexcept {
        return cell<bytes_view>::accepts(type) ? &read : nullptr;
    }

  private:
    static std::vector<std::byte> read(const column_cells& cells, std::size_t row) {
        const bytes_view bytes = cell<bytes_view>::read(cells, row);
        return {bytes.begin(), bytes.end()};
    }
};

/// Reads a time from a column whose ticks are Units.
template <class Duration, class Unit>
std::chrono::sys_time<Duration> read_time(const column_cells& cells, std::size_t row) noexcept {
    const std::int64_t ticks = cell<std::int64_t>::read(cells, row);
    return std::chrono::sys_time<Duration>(Duration(convert_ticks<typename Duration::period, Unit>(ticks)));
}

template <class Duration>
    requires std::same_as<Duration, std::chrono::milliseconds> ||
             std::same_as<Duration, std::chrono::microseconds> ||
             std::same_as<Duration, std::chrono::nanoseconds>
struct member_source<std::chrono::sys_time<Duration>> {
    using value_type = std::chrono::sys_time<Duration>;
    static constexpr std::string_view name =
        std::same_as<Duration, std::chrono::milliseconds>   ? "std::chrono::sys_time<milliseconds>"
        : std::same_as<Duration, std::chrono::microseconds> ? "std::chrono::sys_time<microseconds>"
                                                            : "std::chrono::sys_time<nanoseconds>";
    static constexpr cell_reader<value_type> find(data_type type, time_precision precision) noexcept {
        if (type != data_type::timestamp) return nullptr;
        switch (precision) {
            case time_precision::milliseconds: return find_reader<std::milli>();
            case time_precision::microseconds: return find_reader<std::micro>();
            case time_precision::nanoseconds: return find_reader<std::nano>();
        }
        return nullptr;
    }

  private:
    template <class Unit>
    static constexpr cell_reader<value_type> find_reader() noexcept {
        if constexpr (std::ratio_divide<Unit, typename Duration::period>::den == 1)
            return &read_time<Duration, Unit>;
        else
            return nullptr;
    }
};

/// Names the member and the struct that an error is about.
class member_place {
  public:
    member_place(std::string_view member, std::string (*struct_name)()) noexcept
        : member_(member), struct_name_(struct_name) {}

    [[noreturn]] void throw_no_column() const;
    [[noreturn]] void throw_mismatch(const column_layout& column, time_precision precision,
                                     std::string_view type) const;
    [[noreturn]] void throw_null(const column_layout& column, std::string_view type) const;
    std::string_view member() const noexcept { return member_; }

  private:
    std::string text() const;

    std::string_view member_;
    std::string (*struct_name_)();
};

/// The column from which a member is read.
template <class T>
class member_column {
    using plain = typename without_optional<T>::type;

  public:
    member_column() noexcept = default;
    member_column(const block_view& block, const member_place& place) {
        const column_span columns = block_access::columns(block);
        const auto index = try_find_column(columns, place.member());
        if (!index) place.throw_no_column();
        const column_layout& column = columns[*index];
        cells_ = cells_of(block_access::layout(block), column, is_variable(column.type));
        if (is_optional<T> && column.type == data_type::null) return;
        read_ = member_source<plain>::find(column.type, block.precision());
        if (read_ == nullptr) place.throw_mismatch(column, block.precision(), member_source<plain>::name);
        if (!is_optional<T> && has_nulls(cells_, block.row_count()))
            place.throw_null(column, member_source<plain>::name);
        if constexpr (cell_type<plain>) exact_ = cell<plain>::accepts(column.type);
    }

    T operator[](std::size_t row) const {
        if constexpr (is_optional<T>)
            if (cells_.is_null(row)) return std::nullopt;
        // Most members have the type of their column, so these are read inline.
        if constexpr (cell_type<plain>)
            if (exact_) return cell<plain>::read(cells_, row);
        return read_(cells_, row);
    }

  private:
    column_cells cells_;
    cell_reader<plain> read_ = nullptr;
    bool exact_ = false;
};

template <class Struct>
using described_members =
    boost::describe::describe_members<Struct, boost::describe::mod_public | boost::describe::mod_inherited>;

template <class Struct, class Descriptor>
using described_type = std::remove_cvref_t<decltype(std::declval<Struct&>().*Descriptor::pointer)>;

/// Holds one column for each described member of a struct.
template <class Struct, class Members>
class struct_columns;
template <class Struct, template <class...> class List, class... Descriptor>
class struct_columns<Struct, List<Descriptor...>> {
    static_assert(sizeof...(Descriptor) != 0, "the struct has no described members");

  public:
    struct_columns() = default;
    explicit struct_columns(const block_view& block)
        // Braces fix the order, so the error names the first member that does not fit.
        : columns_{member_column<described_type<Struct, Descriptor>>(
              block, member_place(Descriptor::name, &boost::core::type_name<Struct>))...} {}

    void read(std::size_t row, Struct& out) const {
        read(row, out, std::index_sequence_for<Descriptor...>());
    }

  private:
    template <std::size_t... I>
    void read(std::size_t row, Struct& out, std::index_sequence<I...>) const {
        ((out.*Descriptor::pointer = std::get<I>(columns_)[row]), ...);
    }

    std::tuple<member_column<described_type<Struct, Descriptor>>...> columns_;
};

}  // namespace detail

/// The rows of a block as structs. Columns are looked up once, in the constructor.
/// *Lifetime*: as block_view.
template <class Struct>
class described_rows : public detail::indexed_view<described_rows<Struct>> {
  public:
    using value_type = Struct;

    described_rows() = default;
    /// Matches the members with the columns of the block. An error names both.
    /// *Throws* errc::no_such_column for a member without a column; errc::column_type_mismatch for a column
    /// of which a value may not fit its member; errc::unexpected_null for a column with a null in this block
    /// whose member is not a std::optional.
    explicit described_rows(const block_view& block) : columns_(block), rows_(block.row_count()) {}

    std::size_t size() const noexcept { return rows_; }
    /// Returns a row. Range of `row`: below size().
    Struct operator[](std::size_t row) const {
        Struct read{};
        columns_.read(row, read);
        return read;
    }

  private:
    detail::struct_columns<Struct, detail::described_members<Struct>> columns_;
    std::size_t rows_ = 0;
};

template <class Struct>
described_rows<Struct> rows_as(const block_view& block) {
    return described_rows<Struct>(block);
}

}  // namespace tmq
