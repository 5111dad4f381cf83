#pragma once

#include "tools/tmqbench/load.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace ceiling {

/// The messages of a load in one vgroup, as the frames that answer fetch_raw_data: message `i` has the id `i
/// + 1` and the offset `i`.
class prepared_messages {
  public:
    explicit prepared_messages(const tmq::tools::tmqbench::load& load);

    std::size_t size() const noexcept { return frames_.size(); }
    /// The frame of a message for the request of this id, until the next call for that message.
    std::string_view reply_to(std::uint64_t req_id, std::size_t message) noexcept;

  private:
    struct frame {
        std::size_t begin;
        std::size_t size;
        std::size_t req_id_at;
    };

    std::vector<char> bytes_;
    std::vector<frame> frames_;
};

}  // namespace ceiling
