#include "embedded_server/sql/well_known_text.hpp"

#include "embedded_server/encode/little_endian.hpp"
#include "embedded_server/sql/token.hpp"

#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace tmq::embedded::sql {

namespace {

constexpr std::uint32_t point = 1;
constexpr std::uint32_t line = 2;
constexpr std::uint32_t polygon = 3;

class wkt_reader {
  public:
    explicit wkt_reader(std::string_view text) noexcept : text_(text) { advance(); }

    std::optional<std::vector<std::byte>> run() {
        const token name = token_;
        advance();
        out_.push_back(std::byte{1});
        bool valid = false;
        if (name.kind == token_kind::word && is_keyword(name.spelling, "POINT")) {
            encode::append_le(out_, point);
            valid = symbol("(") && coordinates() && symbol(")");
        } else if (name.kind == token_kind::word && is_keyword(name.spelling, "LINESTRING")) {
            encode::append_le(out_, line);
            valid = points(2);
        } else if (name.kind == token_kind::word && is_keyword(name.spelling, "POLYGON")) {
            encode::append_le(out_, polygon);
            constexpr std::uint32_t closed_ring = 4;
            valid = list(1, [this] { return points(closed_ring); });
        }
        return valid && token_.kind == token_kind::end ? std::optional(std::move(out_)) : std::nullopt;
    }

  private:
    void advance() noexcept { token_ = next_token(text_, token_.offset + token_.spelling.size()); }
    bool symbol(std::string_view spelling) noexcept {
        if (token_.kind != token_kind::symbol || token_.spelling != spelling) return false;
        advance();
        return true;
    }

    bool number() {
        const bool negative = symbol("-");
        if (!negative) symbol("+");
        double value = 0;
        const char* const end = token_.spelling.data() + token_.spelling.size();
        const auto read = std::from_chars(token_.spelling.data(), end, value);
        if (token_.kind != token_kind::number || read.ec != std::errc() || read.ptr != end) return false;
        advance();
        encode::append_le(out_, std::bit_cast<std::uint64_t>(negative ? -value : value));
        return true;
    }
    bool coordinates() { return number() && number(); }

    /// Reads "(a, b, ...)" and calls `element` for each. Writes their count before their bytes.
    template <class Element>
    bool list(std::uint32_t least, Element element) {
        if (!symbol("(")) return false;
        const std::size_t head = out_.size();
        encode::append_le(out_, std::uint32_t{0});
        std::uint32_t count = 0;
        do {
            if (!element()) return false;
            ++count;
        } while (symbol(","));
        for (std::size_t i = 0; i < 4; ++i)
            out_[head + i] = static_cast<std::byte>(count >> 8 * i & 0xff);
        return count >= least && symbol(")");
    }
    bool points(std::uint32_t least) {
        return list(least, [this] { return coordinates(); });
    }

    std::string_view text_;
    token token_;
    std::vector<std::byte> out_;
};

}  // namespace

std::optional<std::vector<std::byte>> from_wkt(std::string_view text) { return wkt_reader(text).run(); }

}  // namespace tmq::embedded::sql
