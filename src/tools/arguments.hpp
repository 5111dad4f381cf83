#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace tmq::tools {

struct usage_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Words of a command line, taken one by one.
class arguments {
  public:
    explicit arguments(std::vector<std::string> words) : words_(std::move(words)) {}

    /// Goes to the next option. Returns false at the end.
    bool next() {
        if (position_ == words_.size()) return false;
        option_ = words_[position_++];
        return true;
    }
    const std::string& option() const noexcept { return option_; }
    /// True if the next word is another value of the option.
    bool has_value() const { return position_ < words_.size() && !words_[position_].starts_with("--"); }
    /// Returns the value of the option.
    /// *Throws* usage_error if there is none.
    const std::string& value();
    /// Returns the value of the option as a number in a range.
    /// *Throws* usage_error if it is none.
    std::uint64_t number(std::uint64_t least, std::uint64_t most);

  private:
    std::vector<std::string> words_;
    std::size_t position_ = 0;
    std::string option_;
};

}  // namespace tmq::tools
