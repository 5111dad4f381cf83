#pragma once

#include "subscription/message_fetcher.hpp"
#include "support/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace tmq::test {

/// A binary reply in the memory of the connection that received it.
class received_frame {
  public:
    explicit received_frame(std::span<const std::uint8_t> bytes);

    /// Hands the reply to the fetcher, as one to what it has asked for, and the memory when it asks for it.
    base::failure give_to(subscription::message_fetcher& fetcher);

    const std::uint8_t* memory() const { return memory_.data(); }
    std::size_t times_handed_over() const { return times_handed_over_; }

  private:
    detail::byte_buffer memory_;
    std::size_t size_;
    std::size_t times_handed_over_ = 0;
};

received_frame success_frame(std::uint64_t message_id, const byte_builder& raw, std::uint64_t raw_type = 2);
/// Of fetch_raw, and of fetch_block: with the request id of the fetch before.
received_frame raw_frame(std::uint64_t message_id, const byte_builder& raw, std::uint64_t raw_type = 2);
received_frame block_frame(std::uint64_t fetch_id, std::uint64_t message_id, const byte_builder& block);
received_frame error_frame(std::uint64_t req_id, std::uint64_t message_id, std::uint32_t code,
                           std::string_view text);

}  // namespace tmq::test
