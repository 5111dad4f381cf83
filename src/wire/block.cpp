#include "wire/block.hpp"

#include "wire/cells.hpp"
#include "wire/column_type.hpp"
#include "wire/json.hpp"
#include "wire/nchar.hpp"
#include "wire/reader.hpp"

namespace tmq::wire {
namespace {

using namespace block_header;
constexpr std::int32_t max_columns = 4096;

/// Reads a block (docs/protocol.md, "Block"). Offsets count from its first byte.
class block_reader {
  public:
    block_reader(std::span<const std::uint8_t> bytes, std::uint64_t base) noexcept
        : bytes_(bytes), base_(base) {}

    defect read_header() noexcept {
        if (bytes_.size() < block_header_size) return {defect_code::truncated, base_};
        const auto version = number_at(version_at);
        if (version != 1 && version != 2) return refuse(defect_code::block_version, version_at);
        const auto length = number_at(length_at);
        if (length < 0 || static_cast<std::uint32_t>(length) != bytes_.size())
            return refuse(defect_code::block_length_mismatch, length_at);
        const auto rows = number_at(rows_at);
        if (rows < 1) return refuse(defect_code::block_rows_invalid, rows_at);
        const auto columns = number_at(columns_at);
        if (columns < 1 || columns > max_columns)
            return refuse(defect_code::block_columns_invalid, columns_at);
        rows_ = static_cast<std::uint32_t>(rows);
        columns_ = static_cast<std::uint32_t>(columns);
        data_offset_ = block_header_size + block_column_size * columns_;
        if (data_offset_ > bytes_.size()) return refuse(defect_code::truncated, block_header_size);

        // Old servers leave the lengths of version 1 blocks in network order. Clients swap them in place and
        // keep the version, so the version does not show their order.
        big_endian_lengths_ = version == 1 && !lengths_add_up(false) && lengths_add_up(true);
        return {};
    }

    std::uint32_t rows() const noexcept { return static_cast<std::uint32_t>(rows_); }
    std::uint32_t columns() const noexcept { return static_cast<std::uint32_t>(columns_); }

    /// Reads one column. Call it for the columns in their order. `out` is one of the layout's columns, and
    /// empty.
    defect read_column(std::uint64_t index, json_form json, detail::message_layout& layout,
                       detail::column_layout& out) {
        const std::uint64_t info_offset = block_header_size + column_info_size * index;
        const std::uint8_t number = bytes_[static_cast<std::size_t>(info_offset)];
        const column_type type = column_type_of(number);
        if (type.form == column_form::unknown) return refuse(defect_code::column_type_unknown, info_offset);
        if (type.form == column_form::unsupported)
            return refuse(defect_code::column_type_unsupported, info_offset);
        out.type = static_cast<data_type>(number);
        if (const defect error = read_declaration(type, info_offset + 1, out)) return error;

        const std::int32_t announced_length = length_of(index, big_endian_lengths_);
        if (announced_length < 0) return refuse(defect_code::column_length_negative, length_position(index));
        const auto length = static_cast<std::uint32_t>(announced_length);
        if (!fits(type, length)) return refuse(defect_code::column_length_mismatch, length_position(index));
        const bool binary_json = type.form == column_form::json && json == json_form::binary;
        if (binary_json && length > max_json_cells)
            return refuse(defect_code::json_column_too_large, length_position(index));
        const std::uint64_t front = front_size(type);
        const std::uint64_t start = data_offset_;
        if (front + length > bytes_.size() - start) return refuse(defect_code::truncated, start);
        data_offset_ = start + front + length;
        out.nulls = bytes_.data() + start;
        out.data = out.nulls + front;
        if (!is_variable(type)) return {};

        const cell_column cells{out.nulls, out.data, rows_, length, base_ + start, base_ + start + front};
        out.wide = type.form == column_form::blob;
        if (out.wide) return check_cells<std::uint32_t>(cells);
        if (type.form == column_form::nchar) return transcode_nchar(cells, layout, out);
        return binary_json ? transcode_json(cells, layout, out) : check_cells<std::uint16_t>(cells);
    }

    /// Checks the end. A single byte may follow the last column: servers since 3.2.3.0 write a flag there.
    defect read_end() const noexcept {
        if (bytes_.size() - data_offset_ > 1) return refuse(defect_code::block_excess, data_offset_);
        return {};
    }

  private:
    defect refuse(defect_code code, std::uint64_t offset) const noexcept { return {code, base_ + offset}; }
    std::int32_t number_at(std::uint64_t offset) const noexcept {
        return load_le<std::int32_t>(bytes_.data() + offset);
    }

    defect read_declaration(column_type type, std::uint64_t offset,
                            detail::column_layout& out) const noexcept {
        out.declared_bytes = number_at(offset);
        if (type.form == column_form::decimal) {
            const std::uint8_t* const info = bytes_.data() + offset;
            out.scale = info[0];
            out.precision = info[1];
            out.declared_bytes = type.width;
            out.wide = type.width == 16;
            if (info[3] != type.width) return refuse(defect_code::decimal_width_invalid, offset + 3);
            if (out.precision < 1 || out.precision > (out.wide ? 38 : 18))
                return refuse(defect_code::decimal_digits_invalid, offset + 1);
            if (out.scale > out.precision) return refuse(defect_code::decimal_scale_invalid, offset);
            return {};
        }
        if (out.declared_bytes < 0) return refuse(defect_code::column_bytes_negative, offset);
        if (type.form == column_form::fixed) out.declared_bytes = type.width;
        return {};
    }

    std::uint64_t length_position(std::uint64_t index) const noexcept {
        return block_header_size + column_info_size * columns_ + 4 * index;
    }
    std::int32_t length_of(std::uint64_t index, bool big_endian) const noexcept {
        const std::uint8_t* source = bytes_.data() + length_position(index);
        return big_endian ? load_be<std::int32_t>(source) : load_le<std::int32_t>(source);
    }

    static bool is_variable(column_type type) noexcept { return type.form >= column_form::bytes; }
    /// Returns the size of the part before the bytes that a column's length counts.
    std::uint64_t front_size(column_type type) const noexcept {
        return is_variable(type) ? 4 * rows_ : (rows_ + 7) / 8;
    }
    bool fits(column_type type, std::uint32_t length) const noexcept {
        return is_variable(type) || length == rows_ * type.width;
    }

    bool lengths_add_up(bool big_endian) const noexcept {
        std::uint64_t sum = data_offset_;
        for (std::uint64_t index = 0; index < columns_; ++index) {
            const column_type type = column_type_of(
                bytes_[static_cast<std::size_t>(block_header_size + column_info_size * index)]);
            const std::int32_t length = length_of(index, big_endian);
            if (length < 0 || !fits(type, static_cast<std::uint32_t>(length))) return false;
            sum += front_size(type) + static_cast<std::uint32_t>(length);
        }
        return sum == bytes_.size() || sum + 1 == bytes_.size();
    }

    std::span<const std::uint8_t> bytes_;
    std::uint64_t base_;
    std::uint64_t rows_ = 0;
    std::uint64_t columns_ = 0;
    std::uint64_t data_offset_ = 0;
    bool big_endian_lengths_ = false;
};

}  // namespace

defect parse_block(std::span<const std::uint8_t> bytes, std::uint64_t base, time_precision precision,
                   json_form json, detail::message_layout& out) {
    block_reader reader(bytes, base);
    if (const defect error = reader.read_header()) return error;

    const std::size_t first = out.columns.size();
    out.columns.resize(first + reader.columns());
    for (std::uint32_t index = 0; index < reader.columns(); ++index)
        if (const defect error = reader.read_column(index, json, out, out.columns[first + index]))
            return error;
    if (const defect error = reader.read_end()) return error;

    detail::block_layout& block = out.blocks.emplace_back();
    block.rows = reader.rows();
    block.column_count = reader.columns();
    block.first_column = first;
    block.precision = precision;
    out.rows += reader.rows();
    return {};
}

}  // namespace tmq::wire
