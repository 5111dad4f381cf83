#pragma once

#include <charconv>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace tmq::soak {

/// The options of a program, taken one after the other. Throws std::runtime_error for what is missing,
/// malformed or, in the end, left over.
class arguments {
  public:
    arguments(int argc, char** argv) : left_(argv + 1, argv + argc) {}

    bool flag(std::string_view name) {
        for (auto at = left_.begin(); at != left_.end(); ++at)
            if (*at == name) return left_.erase(at), true;
        return false;
    }
    std::optional<std::string> text(std::string_view name) {
        for (auto at = left_.begin(); at != left_.end(); ++at) {
            if (*at != name) continue;
            if (at + 1 == left_.end()) throw std::runtime_error(std::string(name) + " takes a value");
            std::string value = *(at + 1);
            left_.erase(at, at + 2);
            return value;
        }
        return std::nullopt;
    }
    template <class Number>
    std::optional<Number> number(std::string_view name) {
        const std::optional<std::string> given = text(name);
        if (!given) return std::nullopt;
        Number value{};
        const char* const end = given->data() + given->size();
        const auto [stopped, failed] = std::from_chars(given->data(), end, value);
        if (failed != std::errc() || stopped != end)
            throw std::runtime_error(std::string(name) + " takes a number, not '" + *given + "'");
        return value;
    }
    void finish() const {
        if (!left_.empty()) throw std::runtime_error("unknown option '" + left_.front() + "'");
    }

  private:
    std::vector<std::string> left_;
};

}  // namespace tmq::soak
