#include "embedded_server/server_version.hpp"

#include <charconv>
#include <utility>

namespace tmq::embedded {

server_version::server_version(std::string text) : text_(std::move(text)) {
    const char* cursor = text_.data();
    const char* const end = cursor + text_.size();
    for (unsigned& part : parts_) {
        cursor = std::from_chars(cursor, end, part).ptr;
        if (cursor == end || *cursor != '.') break;
        ++cursor;
    }
}

}  // namespace tmq::embedded
