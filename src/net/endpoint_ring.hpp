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
    /// The one to try after `index` others.
    const endpoint& at(std::size_t index) const noexcept {
        return endpoints_[(first_ + index) % endpoints_.size()];
    }
    /// A connection was made to at(index): the next one starts behind it.
    void connected(std::size_t index) noexcept { first_ = (first_ + index + 1) % endpoints_.size(); }
    /// One that the server has named; left out when it is known, or there are too many.
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
