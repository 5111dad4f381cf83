#include "ws/mask_source.hpp"

#include <boost/system/errc.hpp>
#include <boost/system/system_error.hpp>

#include <openssl/rand.h>

#include <algorithm>

namespace tmq::ws {

void fill_random(std::span<std::uint8_t> bytes) {
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1) return;
    throw boost::system::system_error(make_error_code(boost::system::errc::io_error), "RAND_bytes");
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
