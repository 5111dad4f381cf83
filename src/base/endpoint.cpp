#include "tmq/endpoint.hpp"

#include "tmq/detail/hash.hpp"

#include <fmt/format.h>

#include <ostream>

namespace tmq {

std::string to_string(const endpoint& address) {
    const bool is_ipv6 = address.host().find(':') != std::string::npos;
    return is_ipv6 ? fmt::format("[{}]:{}", address.host(), address.port())
                   : fmt::format("{}:{}", address.host(), address.port());
}

std::ostream& operator<<(std::ostream& out, const endpoint& address) { return out << to_string(address); }

}  // namespace tmq

std::size_t std::hash<tmq::endpoint>::operator()(const tmq::endpoint& address) const noexcept {
    return tmq::detail::combine_hash(std::hash<std::string>()(address.host()), address.port());
}
