#include "text/json.hpp"

#include "text/controls.hpp"

#include <algorithm>
#include <cstddef>

namespace tmq::text {
namespace {

constexpr int max_depth = 64;

/// A parser by recursive descent. Each function parses the element that it is named after: it removes the
/// element from the front of the text, or returns false.
class json_checker {
  public:
    /// `blanks`: characters allowed between tokens.
    json_checker(std::string_view text, std::string_view blanks) noexcept : rest_(text), blanks_(blanks) {}

    bool is_valid() noexcept { return value(0) && rest_.empty(); }

  private:
    bool take(char c) noexcept {
        if (rest_.empty() || rest_.front() != c) return false;
        rest_.remove_prefix(1);
        return true;
    }
    bool take(std::string_view word) noexcept {
        if (!rest_.starts_with(word)) return false;
        rest_.remove_prefix(word.size());
        return true;
    }
    void skip_blanks() noexcept {
        rest_.remove_prefix(std::min(rest_.find_first_not_of(blanks_), rest_.size()));
    }
    bool token(char c) noexcept {
        skip_blanks();
        const bool is_present = take(c);
        skip_blanks();
        return is_present;
    }

    bool value(int depth) noexcept {
        skip_blanks();
        if (rest_.empty()) return false;
        bool has_value = false;
        switch (rest_.front()) {
            case '{': has_value = depth < max_depth && object(depth + 1); break;
            case '[': has_value = depth < max_depth && array(depth + 1); break;
            case '"': has_value = string(); break;
            case 't': has_value = take("true"); break;
            case 'f': has_value = take("false"); break;
            case 'n': has_value = take("null"); break;
            default: has_value = number();
        }
        skip_blanks();
        return has_value;
    }
    bool object(int depth) noexcept {
        token('{');
        if (take('}')) return true;
        do {
            if (!string() || !token(':') || !value(depth)) return false;
        } while (token(','));
        return take('}');
    }
    bool array(int depth) noexcept {
        token('[');
        if (take(']')) return true;
        do {
            if (!value(depth)) return false;
        } while (token(','));
        return take(']');
    }
    bool string() noexcept {
        if (!take('"')) return false;
        while (!rest_.empty() && rest_.front() != '"') {
            const char c = rest_.front();
            if (static_cast<unsigned char>(c) < 0x20) return false;
            rest_.remove_prefix(1);
            if (c == '\\' && !escape()) return false;
        }
        return take('"');
    }
    bool escape() noexcept {
        if (rest_.empty()) return false;
        const char c = rest_.front();
        rest_.remove_prefix(1);
        if (c != 'u') return std::string_view("\"\\/bfnrt").find(c) != std::string_view::npos;
        if (rest_.substr(0, 4).find_first_not_of("0123456789abcdefABCDEF") != std::string_view::npos ||
            rest_.size() < 4)
            return false;
        rest_.remove_prefix(4);
        return true;
    }
    bool digits() noexcept {
        const std::size_t count = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
        rest_.remove_prefix(count);
        return count != 0;
    }
    bool number() noexcept {
        take('-');
        if (!take('0') && !digits()) return false;
        if (take('.') && !digits()) return false;
        if (!take('e') && !take('E')) return true;
        if (!take('+')) take('-');
        return digits();
    }

    std::string_view rest_;
    std::string_view blanks_;
};

auto escape_into(fmt::memory_buffer& out) {
    return [&out](char32_t code) {
        fmt::format_to(fmt::appender(out), "\\u{:04x}", static_cast<unsigned>(code));
    };
}

}  // namespace

void append_printable_json_string(fmt::memory_buffer& out, std::string_view value) {
    out.push_back('"');
    split_at_controls(
        value,
        [&out](std::string_view run) {
            for (const char c : run) {
                if (c == '"' || c == '\\') out.push_back('\\');
                out.push_back(c);
            }
        },
        escape_into(out));
    out.push_back('"');
}

void append_json_line(fmt::memory_buffer& out, std::string_view json) {
    split_at_controls(
        json, [&out](std::string_view run) { out.append(run.data(), run.data() + run.size()); },
        escape_into(out));
}

bool is_json(std::string_view text) noexcept {
    return is_valid_utf8(text) && json_checker(text, " \t\r\n").is_valid();
}
bool is_json_line(std::string_view text) noexcept {
    return is_valid_utf8(text) && json_checker(text, " ").is_valid();
}

}  // namespace tmq::text
