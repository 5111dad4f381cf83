#include "tools/recorder.hpp"

#include "tmq/value.hpp"
#include "tools/hex.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <system_error>

namespace tmq::tools {
namespace {

std::string quoted(bytes_view text) {
    return to_json(value_view(std::string_view(reinterpret_cast<const char*>(text.data()), text.size())));
}

}  // namespace

recorder::recorder(const std::string& path) : file_(std::fopen(path.c_str(), "wb"), &std::fclose) {
    if (!file_) throw std::system_error(errno, std::generic_category(), path);
}

void recorder::write(const traffic& message) {
    write_text(fmt::format(R"({{"connection":{},"dir":"{}",)", message.connection, message.sent ? ">" : "<"));
    if (message.binary) {
        write_text(R"("hex":")");
        write_hex(message.bytes);
        write_text("\"}\n");
    } else {
        write_text(R"("text":)" + quoted(message.bytes) + "}\n");
    }
}

/// Ignores failures: close() reports them.
void recorder::write_text(std::string_view text) { std::fwrite(text.data(), 1, text.size(), file_.get()); }

/// Writes in slices, since a message may be large.
void recorder::write_hex(bytes_view bytes) {
    constexpr std::size_t slice = 32 * 1024;
    std::string digits;
    for (; !bytes.empty(); bytes = bytes.subspan(std::min(bytes.size(), slice))) {
        digits.clear();
        append_hex(digits, bytes.first(std::min(bytes.size(), slice)));
        write_text(digits);
    }
}

bool recorder::close() {
    const bool is_written = std::ferror(file_.get()) == 0;
    return std::fclose(file_.release()) == 0 && is_written;
}

}  // namespace tmq::tools
