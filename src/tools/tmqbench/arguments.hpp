#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace tmq::tools::tmqbench {

struct usage_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// The options behind a command, taken one by one.
class arguments {
  public:
    explicit arguments(std::vector<std::string> all) : all_(std::move(all)) {}

    bool next() {
        if (at_ == all_.size()) return false;
        option_ = all_[at_++];
        return true;
    }
    const std::string& option() const noexcept { return option_; }
    const std::string& value();
    std::uint64_t number(std::uint64_t least, std::uint64_t most);

  private:
    std::vector<std::string> all_;
    std::size_t at_ = 0;
    std::string option_;
};

}  // namespace tmq::tools::tmqbench
