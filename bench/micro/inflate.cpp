// What a compressed message costs before it can be checked: a message of 256 KiB as taosAdapter compresses it, per byte that comes out.
#include "micro/measure.hpp"
#include "micro/meter_block.hpp"
#include "support/deflate.hpp"
#include "ws/inflater.hpp"

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

namespace tmq::bench {
namespace {

struct connection {
    std::unique_ptr<ws::inflater> inflater;
    std::vector<std::uint8_t> compressed;
    detail::byte_buffer out;
};

measure inflating(ws::inflate_library library, std::span<const std::uint8_t> message) {
    const auto state = std::make_shared<connection>();
    state->inflater = ws::make_inflater(library);
    state->compressed = test::deflate_message(message);
    const std::string name = library == ws::inflate_library::zlib ? "zlib" : "libdeflate";
    return {"inflate/" + name, "byte", message.size(), message.size(), [state, limit = message.size()] {
                std::size_t size = 0;
                if (state->inflater->inflate(state->compressed, limit, state->out, size) != errc{}) std::abort();
                benchmark::DoNotOptimize(state->out.data());
            }};
}

}  // namespace

std::vector<measure> inflate_measures() {
    constexpr std::size_t rows = 7282;
    const std::vector<std::uint8_t> message = message_of(fixed_meters(rows));
    std::vector<measure> all;
    for (const ws::inflate_library library : ws::inflate_libraries()) all.push_back(inflating(library, message));
    return all;
}

}  // namespace tmq::bench
