#pragma once

#include "tmq/endpoint.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace tmq::net {

/// The endpoints of a consumer in the order in which they are tried: in turn, from a random one on, so that
/// consumers spread over them.
class endpoint_ring {
  public:
    endpoint_ring(std::vector<endpoint> endpoints, std::uint64_t seed)
        : endpoints_(std::move(endpoints)), first_(static_cast<std::size_t>(seed % endpoints_.size())) {}

    std::size_t size() const noexcept { return endpoints_.size(); }
    /// Returns the endpoint to try after `index` others.
    const endpoint& at(std::size_t index) const noexcept {
        return endpoints_[(first_ + index) % endpoints_.size()];
    }
    /// Records a connection to at(index): the next attempt starts after it.
    void connected(std::size_t index) noexcept { first_ = (first_ + index + 1) % endpoints_.size(); }
    /// Adds an endpoint that the server has named, unless it is known or the ring holds max_size.
    void add(const endpoint& named) {
        if (endpoints_.size() < max_size &&
            std::find(endpoints_.begin(), endpoints_.end(), named) == endpoints_.end())
            endpoints_.push_back(named);
    }

  private:
    static constexpr std::size_t max_size = 256;

    std::vector<endpoint> endpoints_;
    std::size_t first_;
};

}  // namespace tmq::net
