#include "embedded_server/server_version.hpp"

#include <charconv>
#include <utility>

namespace tmq::embedded {

server_version::server_version(std::string text) : text_(std::move(text)) {
    const char* at = text_.data();
    const char* const end = at + text_.size();
    for (unsigned& part : parts_) {
        at = std::from_chars(at, end, part).ptr;
        if (at == end || *at != '.') break;
        ++at;
    }
}

}  // namespace tmq::embedded
