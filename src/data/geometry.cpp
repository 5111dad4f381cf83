#include "tmq/geometry.hpp"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <string_view>

namespace tmq {
namespace {

constexpr int max_depth = 16;

constexpr std::uint32_t extended_z = 0x8000'0000;
constexpr std::uint32_t extended_m = 0x4000'0000;
constexpr std::uint32_t extended_srid = 0x2000'0000;

enum shape : std::uint32_t {
    point = 1,
    line_string,
    polygon,
    multi_point,
    multi_line_string,
    multi_polygon,
    collection
};

constexpr std::array<std::string_view, 8> names = {
    "",           "POINT",           "LINESTRING",   "POLYGON",
    "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON", "GEOMETRYCOLLECTION"};

/// Reads well-known binary and writes well-known text. Members return false at the first invalid byte.
class writer {
  public:
    explicit writer(bytes_view wkb) noexcept : rest_(wkb) {}

    bool geometry(int depth, bool named) {
        std::uint8_t order = 0;
        if (depth == 0 || !read(order) || order > 1) return false;
        swapped_ = (order == 0) == (std::endian::native == std::endian::little);
        std::uint32_t code = 0;
        std::uint32_t srid = 0;
        if (!number(code)) return false;
        if ((code & extended_srid) != 0 && !number(srid)) return false;
        const std::uint32_t iso = (code & 0x0FFF'FFFF) / 1000;
        const std::uint32_t type = (code & 0x0FFF'FFFF) % 1000;
        if (iso > 3 || type < point || type > collection) return false;
        const bool z = (code & extended_z) != 0 || iso == 1 || iso == 3;
        const bool m = (code & extended_m) != 0 || iso >= 2;
        dimensions_ = 2U + (z ? 1U : 0U) + (m ? 1U : 0U);
        if (named) {
            put(names[type]);
            if (z || m) put(z && m ? " ZM" : z ? " Z" : " M");
            put(" ");
        }
        return body(type, depth);
    }
    bool at_end() const noexcept { return rest_.empty(); }
    std::string text() const { return fmt::to_string(out_); }

  private:
    bool body(std::uint32_t type, int depth) {
        switch (type) {
            case point: return single_point();
            case line_string: return points();
            case polygon: return list([this] { return points(); });
            default: {
                // Each part has its own byte order, type and dimensions. Type and dimensions must be those of
                // the whole; a collection takes parts of every type.
                const std::uint32_t part = type == collection ? 0 : type - 3;
                return list([this, part, depth] { return member(part, depth - 1); });
            }
        }
    }
    bool member(std::uint32_t type, int depth) {
        const unsigned dimensions = dimensions_;
        const bool swapped = swapped_;
        if (type != 0 && peek_type() != type) return false;
        const bool good = geometry(depth, type == 0) && dimensions_ == dimensions;
        swapped_ = swapped;
        return good;
    }
    /// Returns the type of the next geometry, without its dimensions, or 0 if there is none.
    std::uint32_t peek_type() const noexcept {
        if (rest_.size() < 5) return 0;
        std::array<std::uint8_t, 4> bytes{};
        std::memcpy(bytes.data(), rest_.data() + 1, 4);
        const bool little = rest_[0] == std::byte{1};
        std::uint32_t code = 0;
        for (std::size_t i = 0; i < 4; ++i)
            code = code << 8 | bytes[little ? 3 - i : i];
        return (code & 0x0FFF'FFFF) % 1000;
    }
    /// Reads a count and as many items, each of at least four bytes.
    template <class Item>
    bool list(const Item& item) {
        std::uint32_t count = 0;
        if (!number(count) || count > rest_.size() / 4) return false;
        if (count == 0) return put("EMPTY");
        for (std::uint32_t i = 0; i < count; ++i) {
            put(i == 0 ? "(" : ", ");
            if (!item()) return false;
        }
        return put(")");
    }
    bool points() {
        return list([this] { return coordinates(); });
    }
    bool single_point() {
        // NaNs are the coordinates of an empty point.
        const auto start = out_.size();
        put("(");
        nan_count_ = 0;
        if (!coordinates()) return false;
        if (nan_count_ == dimensions_) {
            out_.resize(start);
            return put("EMPTY");
        }
        return put(")");
    }
    bool coordinates() {
        for (unsigned i = 0; i < dimensions_; ++i) {
            double value = 0;
            if (!number(value)) return false;
            if (value != value) ++nan_count_;
            if (i != 0) put(" ");
            fmt::format_to(std::back_inserter(out_), "{}", value);
        }
        return true;
    }

    bool read(std::uint8_t& out) noexcept {
        if (rest_.empty()) return false;
        out = std::to_integer<std::uint8_t>(rest_.front());
        rest_ = rest_.subspan(1);
        return true;
    }
    template <class T>
    bool number(T& out) noexcept {
        std::array<std::byte, sizeof(T)> bytes{};
        if (rest_.size() < bytes.size()) return false;
        for (std::size_t i = 0; i < bytes.size(); ++i)
            bytes[swapped_ ? bytes.size() - 1 - i : i] = rest_[i];
        std::memcpy(&out, bytes.data(), bytes.size());
        rest_ = rest_.subspan(bytes.size());
        return true;
    }
    bool put(std::string_view text) {
        out_.append(text.data(), text.data() + text.size());
        return true;
    }

    bytes_view rest_;
    fmt::memory_buffer out_;
    bool swapped_ = false;
    unsigned dimensions_ = 2;
    unsigned nan_count_ = 0;
};

}  // namespace

std::optional<std::string> to_wkt(bytes_view wkb) {
    writer out(wkb);
    if (!out.geometry(max_depth, true) || !out.at_end()) return std::nullopt;
    return out.text();
}

}  // namespace tmq
