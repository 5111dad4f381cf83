// Compressed messages, under a limit that the first byte of the input chooses: every library against zlib in
// one go; and the same bytes, compressed as the second byte says, must come back.
#include "fuzz.hpp"
#include "support/deflate.hpp"
#include "ws/inflater.hpp"
#include "ws/receive_buffer.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <vector>

namespace {

struct outcome {
    tmq::base::defect_code code{};
    std::vector<std::uint8_t> content;
};

outcome inflate(tmq::ws::inflate_library library, std::span<const std::uint8_t> message, std::size_t limit) {
    // As in a connection: what one message leaves behind must not matter to the next.
    static std::map<tmq::ws::inflate_library, std::unique_ptr<tmq::ws::inflater>> inflaters;
    std::unique_ptr<tmq::ws::inflater>& inflater = inflaters[library];
    if (!inflater) inflater = tmq::ws::make_inflater(library);

    const tmq::fuzz::exact_copy exact(message);
    tmq::detail::byte_buffer out;
    std::size_t size = 0;
    outcome result;
    result.code = inflater->inflate(exact.get(), limit, out, size);
    tmq::fuzz::require(size <= limit, "no more than the limit");
    tmq::fuzz::require(out.capacity() <= limit + tmq::ws::receive_buffer::padding,
                       "no more memory than the limit");
    tmq::fuzz::require(out.capacity() >= size + tmq::ws::receive_buffer::padding, "the padding");
    tmq::fuzz::require(result.code == tmq::base::defect_code{} || size == 0,
                       "nothing comes of a message that is refused");
    result.content.assign(out.data(), out.data() + size);
    return result;
}

void compare(std::span<const std::uint8_t> message, std::size_t limit) {
    const tmq::test::inflated expected = tmq::test::inflate_at_once(message, limit);
    const outcome of_zlib = inflate(tmq::ws::inflate_library::zlib, message, limit);
    tmq::fuzz::require((of_zlib.code == tmq::base::defect_code{}) == expected.valid, "valid for zlib or not");
    tmq::fuzz::require((of_zlib.code == tmq::base::defect_code::message_too_big) == expected.too_big,
                       "too big for zlib or not");
    tmq::fuzz::require(of_zlib.content == expected.content, "zlib's bytes");
    for (const tmq::ws::inflate_library library : tmq::ws::inflate_libraries()) {
        const outcome result = inflate(library, message, limit);
        if (result.code == of_zlib.code) {
            tmq::fuzz::require(result.content == of_zlib.content, "the same bytes from every library");
            continue;
        }
        // libdeflate reads a few codes that zlib refuses, and may run into the limit then.
        tmq::fuzz::require(!expected.valid && !expected.too_big,
                           "a difference where zlib found nothing wrong");
        tmq::fuzz::require(
            result.code == tmq::base::defect_code{} || result.code == tmq::base::defect_code::message_too_big,
            "the cause is the one that zlib finds");
    }
}

void come_back(std::span<const std::uint8_t> content, const tmq::test::deflate_options& options) {
    const std::vector<std::uint8_t> message = tmq::test::deflate_message(content, options);
    for (const tmq::ws::inflate_library library : tmq::ws::inflate_libraries()) {
        const outcome result = inflate(library, message, content.size());
        tmq::fuzz::require(result.code == tmq::base::defect_code{},
                           "what was compressed can be inflated, into its size");
        tmq::fuzz::require(
            std::equal(result.content.begin(), result.content.end(), content.begin(), content.end()),
            "what was compressed comes back");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const std::span<const std::uint8_t> input(data + 2, size - 2);
    compare(input, std::size_t{1} << data[0] % 18);
    come_back(input, {data[1] % 10, data[1] / 10 % 5});
    return 0;
}
