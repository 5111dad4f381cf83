#include "ws/mask_source.hpp"

#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <sys/random.h>

#include <algorithm>
#include <cerrno>

namespace tmq::ws {

void fill_random(std::span<std::uint8_t> bytes) {
    constexpr std::size_t max_request = 256;  // of getentropy
    while (!bytes.empty()) {
        const std::span<std::uint8_t> part = bytes.first(std::min(bytes.size(), max_request));
        if (::getentropy(part.data(), part.size()) != 0)
            throw boost::system::system_error(
                boost::system::error_code(errno, boost::system::generic_category()), "getentropy");
        bytes = bytes.subspan(part.size());
    }
}

mask_key mask_source::next() {
    if (used_ == pool_.size()) {
        fill_random(pool_);
        used_ = 0;
    }
    mask_key key{};
    std::copy_n(pool_.begin() + static_cast<std::ptrdiff_t>(used_), key.size(), key.begin());
    used_ += key.size();
    return key;
}

}  // namespace tmq::ws
