#include "tools/text_sink.hpp"

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <system_error>

namespace tmq::tools {
namespace {

[[noreturn]] void throw_refusal() { throw std::system_error(errno, std::generic_category(), "writing rows"); }

}  // namespace

void text_sink::append(std::string_view text) {
    while (!text.empty()) {
        const std::string_view part = text.substr(0, chunk_size);
        text_.append(part.data(), part.data() + part.size());
        text.remove_prefix(part.size());
        write_when_full();
    }
}

void text_sink::fill(std::size_t count, char filler) {
    while (count != 0) {
        const std::size_t size = std::min(count, chunk_size);
        std::fill_n(std::back_inserter(text_), size, filler);
        count -= size;
        write_when_full();
    }
}

void text_sink::write_when_full() {
    if (text_.size() >= chunk_size) write();
}

void text_sink::flush() {
    write();
    if (std::fflush(out_) != 0) throw_refusal();
}

void text_sink::write() {
    if (std::fwrite(text_.data(), 1, text_.size(), out_) != text_.size()) throw_refusal();
    text_.clear();
}

}  // namespace tmq::tools
