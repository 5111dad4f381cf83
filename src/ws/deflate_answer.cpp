#include "ws/deflate_answer.hpp"

#include <boost/beast/core/string.hpp>

#include <algorithm>
#include <cstddef>
#include <iterator>

namespace tmq::ws {
namespace {

constexpr std::string_view not_a_list = "Sec-WebSocket-Extensions that is not a list of extensions";

bool is_token_character(char c) noexcept {
    constexpr std::string_view punctuation = "!#$%&'*+-.^_`|~";
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           punctuation.find(c) != std::string_view::npos;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept {
    return boost::beast::iequals({a.data(), a.size()}, {b.data(), b.size()});
}

/// Reads the value of the header from front to back. Blanks are allowed between all its parts.
class scanner {
  public:
    explicit scanner(std::string_view text) noexcept : rest_(text) { skip_blanks(); }

    bool is_empty() const noexcept { return rest_.empty(); }

    bool skip(char c) noexcept {
        if (!rest_.starts_with(c)) return false;
        rest_.remove_prefix(1);
        skip_blanks();
        return true;
    }

    /// Reads a token. Returns an empty text if there is none.
    std::string_view token() noexcept {
        const std::string_view result = token_characters();
        skip_blanks();
        return result;
    }

    /// Reads a token, plain or quoted. No character of a token needs a backslash, so a backslash in quotes is
    /// refused. Returns an empty text if there is no token.
    std::string_view value() noexcept {
        if (!rest_.starts_with('"')) return token();
        rest_.remove_prefix(1);
        const std::string_view result = token_characters();
        return skip('"') ? result : std::string_view();
    }

  private:
    void skip_blanks() noexcept {
        rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t"), rest_.size()));
    }

    std::string_view token_characters() noexcept {
        const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_token_character);
        const std::string_view result = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
        rest_.remove_prefix(result.size());
        return result;
    }

    std::string_view rest_;
};

bool is_window_bits(std::string_view value) noexcept {
    constexpr std::string_view allowed[] = {"8", "9", "10", "11", "12", "13", "14", "15"};
    return std::find(std::begin(allowed), std::end(allowed), value) != std::end(allowed);
}

}  // namespace

std::string_view deflate_objection(std::string_view extensions) noexcept {
    scanner scan(extensions);
    const std::string_view name = scan.token();
    if (name.empty()) return not_a_list;
    if (!equals_ignoring_case(name, "permessage-deflate")) return "an extension that was not asked for";

    bool server_resets = false;
    bool client_resets = false;
    bool has_window_bits = false;
    while (scan.skip(';')) {
        const std::string_view parameter = scan.token();
        const bool has_value = scan.skip('=');
        const std::string_view value = has_value ? scan.value() : std::string_view();
        if (parameter.empty() || (has_value && value.empty())) return not_a_list;

        if (equals_ignoring_case(parameter, "client_max_window_bits"))
            return "permessage-deflate with client_max_window_bits, which was not offered";
        bool* is_given = nullptr;
        bool is_valid = !has_value;
        if (equals_ignoring_case(parameter, "server_no_context_takeover")) {
            is_given = &server_resets;
        } else if (equals_ignoring_case(parameter, "client_no_context_takeover")) {
            is_given = &client_resets;
        } else if (equals_ignoring_case(parameter, "server_max_window_bits")) {
            is_given = &has_window_bits;
            is_valid = is_window_bits(value);
        } else {
            return "permessage-deflate with an unknown parameter";
        }
        if (*is_given) return "permessage-deflate with a parameter given twice";
        if (!is_valid) return "permessage-deflate with a parameter of a wrong value";
        *is_given = true;
    }
    if (scan.skip(',')) return "more than one extension";
    if (!scan.is_empty()) return not_a_list;
    if (!server_resets) return "permessage-deflate without server_no_context_takeover, which was demanded";
    return {};
}

}  // namespace tmq::ws
