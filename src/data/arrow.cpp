#include "tmq/arrow.hpp"

#include "data/arrow_limits.hpp"
#include "text/utf8.hpp"
#include "tmq/error.hpp"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <functional>
#include <new>
#include <string>
#include <utility>
#include <vector>

namespace tmq::detail {
namespace {

using message_ptr = std::shared_ptr<const message>;

constexpr std::string_view replacement = "\xEF\xBF\xBD";

/// Memory of an Arrow buffer. Arrow wants it aligned to 64 bytes and never null, so a buffer of size 0 has a
/// byte too.
class buffer {
  public:
    buffer() noexcept = default;
    explicit buffer(std::uint64_t size)
        : bytes_(static_cast<std::uint8_t*>(::operator new(size | 1, alignment))) {}

    std::uint8_t* data() const noexcept { return bytes_.get(); }

  private:
    static constexpr std::align_val_t alignment{64};
    struct free {
        void operator()(std::uint8_t* bytes) const noexcept { ::operator delete(bytes, alignment); }
    };
    std::unique_ptr<std::uint8_t, free> bytes_;
};

/// Memory of one node of a schema tree. No node shares its state, so a consumer may move a child out and keep
/// it longer than its parent.
struct schema_state {
    std::string format;
    std::string name;
    std::string metadata;
    std::vector<ArrowSchema> children;
    std::vector<ArrowSchema*> pointers;

    schema_state() = default;
    schema_state(const schema_state&) = delete;
    ~schema_state() {
        for (ArrowSchema& child : children)
            if (child.release != nullptr) child.release(&child);
    }
};

/// Memory of one node of an array tree, see schema_state.
struct array_state {
    message_ptr owner;
    std::array<buffer, 3> allocated;
    std::array<const void*, 3> buffers{};
    std::vector<ArrowArray> children;
    std::vector<ArrowArray*> pointers;

    array_state() = default;
    array_state(const array_state&) = delete;
    ~array_state() {
        for (ArrowArray& child : children)
            if (child.release != nullptr) child.release(&child);
    }

    /// Allocates buffer number `index`, to be filled.
    std::uint8_t* make(std::size_t index, std::uint64_t size) {
        allocated[index] = buffer(size);
        buffers[index] = allocated[index].data();
        return allocated[index].data();
    }
};

template <class Node, class State>
void release(Node* node) noexcept {
    if (node == nullptr || node->release == nullptr) return;
    node->release = nullptr;
    delete static_cast<State*>(std::exchange(node->private_data, nullptr));
}

template <class Node, class State>
void fill_children(Node& node, State& state) noexcept {
    node.n_children = static_cast<std::int64_t>(state.children.size());
    node.children = state.pointers.data();
}

template <class State>
void make_children(State& state, std::size_t count) {
    state.children.resize(count);
    state.pointers.reserve(count);
    for (auto& child : state.children)
        state.pointers.push_back(&child);
}

ArrowSchema to_schema(std::unique_ptr<schema_state> state, std::int64_t flags) noexcept {
    ArrowSchema schema{};
    schema.format = state->format.c_str();
    schema.name = state->name.c_str();
    schema.metadata = state->metadata.empty() ? nullptr : state->metadata.data();
    schema.flags = flags;
    fill_children(schema, *state);
    schema.release = &release<ArrowSchema, schema_state>;
    schema.private_data = state.release();
    return schema;
}

ArrowArray to_array(std::unique_ptr<array_state> state, std::size_t length, std::size_t nulls,
                    int buffers) noexcept {
    ArrowArray array{};
    array.length = static_cast<std::int64_t>(length);
    array.null_count = static_cast<std::int64_t>(nulls);
    array.n_buffers = buffers;
    array.buffers = state->buffers.data();
    fill_children(array, *state);
    array.release = &release<ArrowArray, array_state>;
    array.private_data = state.release();
    return array;
}

constexpr std::uint64_t bitmap_size(std::size_t rows) noexcept { return (std::uint64_t{rows} + 7) / 8; }

std::uint8_t reverse_bits(std::uint8_t bits) noexcept {
    unsigned byte = bits;
    byte = (byte & 0xF0U) >> 4 | (byte & 0x0FU) << 4;
    byte = (byte & 0xCCU) >> 2 | (byte & 0x33U) << 2;
    byte = (byte & 0xAAU) >> 1 | (byte & 0x55U) << 1;
    return static_cast<std::uint8_t>(byte);
}

/// Sets bit `row` to bit(row), and the bits after the last row to 0.
template <class Bit>
void pack_bits(std::uint8_t* out, std::size_t rows, const Bit& bit) noexcept {
    for (std::size_t row = 0; row < rows; row += 8) {
        unsigned bits = 0;
        for (std::size_t i = 0; i < 8 && row + i < rows; ++i)
            bits |= bit(row + i) ? 1U << i : 0U;
        out[row / 8] = static_cast<std::uint8_t>(bits);
    }
}

/// Converts the nulls of a block. On the wire the first row is the highest bit and 1 is null; in Arrow it is
/// the lowest bit and 1 is valid.
void write_validity(std::uint8_t* out, const column_cells& cells, std::size_t rows) noexcept {
    if (cells.variable)
        return pack_bits(out, rows, [&](std::size_t row) { return !cells.is_null_variable(row); });
    for (std::uint64_t byte = 0; byte < bitmap_size(rows); ++byte)
        out[byte] = reverse_bits(static_cast<std::uint8_t>(~cells.nulls[byte]));
    if (rows % 8 != 0) out[rows / 8] = static_cast<std::uint8_t>(out[rows / 8] & ((1U << rows % 8) - 1));
}

/// Returns the size of the text after put_repaired().
std::uint64_t repaired_size(std::string_view text) noexcept {
    std::uint64_t size = text.size();
    while (true) {
        text.remove_prefix(text::valid_utf8_prefix(text));
        if (text.empty()) return size;
        text.remove_prefix(1);
        size += replacement.size() - 1;
    }
}

std::uint8_t* put(std::uint8_t* out, std::string_view text) noexcept {
    if (!text.empty()) std::memcpy(out, text.data(), text.size());
    return out + text.size();
}

/// Writes the text with U+FFFD for each byte that is not UTF-8.
std::uint8_t* put_repaired(std::uint8_t* out, std::string_view text) noexcept {
    while (true) {
        const std::size_t valid = text::valid_utf8_prefix(text);
        out = put(out, text.substr(0, valid));
        text.remove_prefix(valid);
        if (text.empty()) return out;
        text.remove_prefix(1);
        out = put(out, replacement);
    }
}

/// Writes the cells of a variable column as Arrow's offsets and bytes.
template <class Offset>
void write_variable(std::uint8_t* offsets, std::uint8_t* bytes, const column_cells& cells, std::size_t rows,
                    bool repair) noexcept {
    const std::uint8_t* const start = bytes;
    for (std::size_t row = 0;; ++row) {
        const auto offset = static_cast<Offset>(bytes - start);
        std::memcpy(offsets + row * sizeof offset, &offset, sizeof offset);
        if (row == rows) return;
        const std::string_view text = cell<std::string_view>::read(cells, row);
        bytes = repair ? put_repaired(bytes, text) : put(bytes, text);
    }
}

/// Returns the type in the format strings of Arrow's C data interface.
std::string format_of(const column_layout& column, time_precision precision, bool large) {
    switch (column.type) {
        case data_type::null:
        case data_type::mediumblob: return "n";
        case data_type::boolean: return "b";
        case data_type::tinyint: return "c";
        case data_type::smallint: return "s";
        case data_type::integer: return "i";
        case data_type::bigint: return "l";
        case data_type::unsigned_tinyint: return "C";
        case data_type::unsigned_smallint: return "S";
        case data_type::unsigned_integer: return "I";
        case data_type::unsigned_bigint: return "L";
        case data_type::real: return "f";
        case data_type::double_precision: return "g";
        case data_type::timestamp:
            switch (precision) {
                case time_precision::milliseconds: return "tsm:UTC";
                case time_precision::microseconds: return "tsu:UTC";
                case time_precision::nanoseconds: break;
            }
            return "tsn:UTC";
        case data_type::decimal:
        case data_type::decimal64: return fmt::format("d:{},{}", column.precision, column.scale);
        case data_type::varchar:
        case data_type::nchar:
        case data_type::json: return large ? "U" : "u";
        case data_type::varbinary:
        case data_type::geometry:
        case data_type::blob: return large ? "Z" : "z";
    }
    return "n";
}

class exporter {
  public:
    exporter(const message_ptr& owner, const block_view& block, const arrow_limits& limits)
        : owner_(owner),
          block_(block),
          layout_(block_access::layout(block)),
          rows_(block.row_count()),
          limits_(limits) {}

    void run(ArrowSchema* schema, ArrowArray* array) {
        const column_span columns = block_access::columns(block_);
        auto schemas = std::make_unique<schema_state>();
        auto arrays = std::make_unique<array_state>();
        schemas->format = "+s";
        schemas->metadata = metadata();
        make_children(*schemas, columns.size());
        make_children(*arrays, columns.size());
        for (std::size_t i = 0; i < columns.size(); ++i)
            add_column(columns[i], schemas->children[i], arrays->children[i]);
        *schema = to_schema(std::move(schemas), 0);
        *array = to_array(std::move(arrays), rows_, 0, 1);
    }

  private:
    void add_column(const column_layout& column, ArrowSchema& schema, ArrowArray& array) {
        const column_cells cells = cells_of(layout_, column, is_variable(column.type));
        auto state = std::make_unique<array_state>();
        bool large = false;
        if (column.type == data_type::null) {
            array = to_array(std::move(state), rows_, rows_, 0);
        } else {
            const std::size_t nulls = add_validity(*state, column, cells);
            if (cells.variable)
                large = add_variable(*state, column, cells);
            else
                add_fixed(*state, column, cells);
            array = to_array(std::move(state), rows_, nulls, cells.variable ? 3 : 2);
        }
        auto schema_node = std::make_unique<schema_state>();
        schema_node->format = format_of(column, layout_.precision, large);
        schema_node->name = column.name;
        schema = to_schema(std::move(schema_node), ARROW_FLAG_NULLABLE);
    }

    std::size_t add_validity(array_state& state, const column_layout& column, const column_cells& cells) {
        const std::size_t nulls = count_nulls(cells, rows_);
        if (nulls != 0) write_validity(make(state, 0, bitmap_size(rows_), column), cells, rows_);
        return nulls;
    }

    void add_fixed(array_state& state, const column_layout& column, const column_cells& cells) {
        if (column.type == data_type::boolean)
            return pack_bits(make(state, 1, bitmap_size(rows_), column), rows_,
                             [&](std::size_t row) { return cells.data[row] != 0; });
        if (is_decimal(column.type) && !cells.wide) return add_decimal64(state, column, cells);
        const std::size_t width = is_decimal(column.type) ? 16 : width_of(column.type);
        if (owner_ != nullptr && std::bit_cast<std::uintptr_t>(cells.data) % width == 0) {
            state.owner = owner_;
            state.buffers[1] = cells.data;
            return;
        }
        std::memcpy(make(state, 1, std::uint64_t{rows_} * width, column), cells.data, rows_ * width);
    }

    void add_decimal64(array_state& state, const column_layout& column, const column_cells& cells) {
        std::uint8_t* const out = make(state, 1, std::uint64_t{rows_} * 16, column);
        for (std::size_t row = 0; row < rows_; ++row) {
            const auto low = load<std::int64_t>(cells.data + row * 8);
            const std::int64_t halves[] = {low, low < 0 ? -1 : 0};
            std::memcpy(out + row * 16, halves, sizeof halves);
        }
    }

    /// Returns true if the column needs 64-bit offsets.
    bool add_variable(array_state& state, const column_layout& column, const column_cells& cells) {
        const bool may_need_repair = column.type == data_type::varchar || column.type == data_type::json;
        std::uint64_t size = 0;
        bool repair = false;
        for (std::size_t row = 0; row < rows_; ++row) {
            const std::string_view cell_text = cell<std::string_view>::read(cells, row);
            const std::uint64_t exported_size = may_need_repair ? repaired_size(cell_text) : cell_text.size();
            repair = repair || exported_size != cell_text.size();
            size += exported_size;
            check_limit(copied_ + size, column);
        }
        const bool large = size > limits_.small_column;
        std::uint8_t* const offsets = make(state, 1, (std::uint64_t{rows_} + 1) * (large ? 8 : 4), column);
        std::uint8_t* const bytes = make(state, 2, size, column);
        if (large)
            write_variable<std::int64_t>(offsets, bytes, cells, rows_, repair);
        else
            write_variable<std::int32_t>(offsets, bytes, cells, rows_, repair);
        return large;
    }

    std::uint8_t* make(array_state& state, std::size_t index, std::uint64_t size,
                       const column_layout& column) {
        copied_ += size;
        check_limit(copied_, column);
        return state.make(index, size);
    }
    void check_limit(std::uint64_t size, const column_layout& column) const {
        if (size > limits_.max_bytes)
            throw error(errc::message_too_big, fmt::format("column '{}' as Arrow: more than {} bytes",
                                                           column.name, limits_.max_bytes));
    }

    /// Returns the table name in Arrow's form of metadata: the number of pairs, then each string after its
    /// length.
    std::string metadata() const {
        const std::string_view table = block_.table_name();
        if (table.empty()) return {};
        std::string out;
        const auto add_number = [&out](std::size_t number) {
            char bytes[sizeof(std::int32_t)];
            const auto value = static_cast<std::int32_t>(number);
            std::memcpy(bytes, &value, sizeof value);
            out.append(bytes, sizeof bytes);
        };
        add_number(1);
        for (const std::string_view text : {std::string_view("tmq.table"), table}) {
            add_number(text.size());
            out += text;
        }
        return out;
    }

    const message_ptr& owner_;
    const block_view& block_;
    const block_layout& layout_;
    std::size_t rows_;
    const arrow_limits& limits_;
    std::uint64_t copied_ = 0;
};

bool is_block_of(const message& owner, const block_view& block) noexcept {
    const block_range blocks = owner.blocks();
    if (blocks.empty()) return false;
    const block_layout* const first = &block_access::layout(blocks[0]);
    const block_layout* const candidate = &block_access::layout(block);
    const std::less<const block_layout*> precedes;
    return !precedes(candidate, first) && precedes(candidate, first + blocks.size());
}

}  // namespace

void export_block(const message_ptr& owner, const block_view& block, ArrowSchema* schema, ArrowArray* array,
                  const arrow_limits& limits) {
    if (schema == nullptr || array == nullptr)
        throw error(errc::invalid_argument, "no place for the exported block");
    if (owner != nullptr && !is_block_of(*owner, block))
        throw error(errc::invalid_argument, "the block is not one of the message");
    exporter(owner, block, limits).run(schema, array);
}

}  // namespace tmq::detail

namespace tmq {

void export_block(const std::shared_ptr<const message>& owner, const block_view& block, ArrowSchema* schema,
                  ArrowArray* array, std::uint64_t max_bytes) {
    detail::arrow_limits limits;
    limits.max_bytes = max_bytes;
    detail::export_block(owner, block, schema, array, limits);
}

}  // namespace tmq
