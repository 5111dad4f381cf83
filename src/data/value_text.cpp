#include "data/value_text.hpp"

#include "text/json.hpp"

#include <cmath>
#include <concepts>

namespace tmq::data {
namespace {

void put(fmt::memory_buffer& out, std::string_view text) {
    out.append(text.data(), text.data() + text.size());
}

void put_hex(fmt::memory_buffer& out, bytes_view bytes) {
    constexpr char digits[] = "0123456789abcdef";
    put(out, "0x");
    for (const std::byte byte : bytes) {
        out.push_back(digits[std::to_integer<unsigned>(byte) >> 4]);
        out.push_back(digits[std::to_integer<unsigned>(byte) & 15]);
    }
}

/// Writes the values that plain text and JSON have in common. `quote` surrounds those that are strings in
/// JSON; they need no escapes.
class value_writer {
  public:
    value_writer(fmt::memory_buffer& out, std::string_view quote) : out_(out), quote_(quote) {}

    void operator()(bool flag) const { put(out_, flag ? "true" : "false"); }
    template <std::integral T>
    void operator()(T number) const {
        fmt::format_to(fmt::appender(out_), "{}", number);
    }
    template <std::floating_point T>
    void operator()(T number) const {
        if (std::isfinite(number))
            fmt::format_to(fmt::appender(out_), "{}", number);
        else
            put_quoted(std::isnan(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity");
    }
    void operator()(const decimal& number) const { put_quoted(to_string(number)); }
    void operator()(const timestamp& time) const { put_quoted(to_string(time)); }
    void operator()(bytes_view bytes) const {
        put(out_, quote_);
        put_hex(out_, bytes);
        put(out_, quote_);
    }

  private:
    void put_quoted(std::string_view text) const {
        put(out_, quote_);
        put(out_, text);
        put(out_, quote_);
    }

    fmt::memory_buffer& out_;
    std::string_view quote_;
};

struct plain_writer : value_writer {
    explicit plain_writer(fmt::memory_buffer& buffer) : value_writer(buffer, ""), out(buffer) {}
    using value_writer::operator();
    void operator()(std::monostate) const { put(out, "NULL"); }
    void operator()(std::string_view text) const { put(out, text); }
    void operator()(json_view json) const { put(out, json.text()); }
    fmt::memory_buffer& out;
};

struct json_writer : value_writer {
    explicit json_writer(fmt::memory_buffer& buffer) : value_writer(buffer, "\""), out(buffer) {}
    using value_writer::operator();
    void operator()(std::monostate) const { put(out, "null"); }
    void operator()(std::string_view text) const { text::append_printable_json_string(out, text); }
    void operator()(json_view json) const {
        if (text::is_json_line(json.text()))
            text::append_json_line(out, json.text());
        else
            text::append_printable_json_string(out, json.text());
    }
    fmt::memory_buffer& out;
};

}  // namespace

void append_plain(fmt::memory_buffer& out, const value_view& cell) { std::visit(plain_writer(out), cell); }
void append_json(fmt::memory_buffer& out, const value_view& cell) { std::visit(json_writer(out), cell); }

}  // namespace tmq::data
