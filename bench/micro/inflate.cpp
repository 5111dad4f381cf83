// What a compressed message costs before it can be checked: 256 KiB of meter readings, compressed at
// taosAdapter's level, per byte that comes out.
#include "micro/measure.hpp"
#include "micro/meter_block.hpp"
#include "support/deflate.hpp"
#include "ws/inflater.hpp"

#include <benchmark/benchmark.h>

#include <bit>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace tmq::bench {
namespace {

/// Meter readings with the noise of real ones, so that they shrink as real ones do.
test::block_spec noisy_meters(std::size_t rows) {
    std::mt19937 random(1);
    std::vector<test::optional_number> current;
    std::vector<test::optional_number> phase;
    for (std::size_t row = 0; row < rows; ++row) {
        current.push_back(
            std::uint64_t{std::bit_cast<std::uint32_t>(static_cast<float>(random() % 1000) / 100)});
        phase.push_back(std::bit_cast<std::uint64_t>(static_cast<double>(random() % 360) / 360));
    }
    test::block_spec block = fixed_meters(rows);
    block.columns[1] = test::fixed_column("current", data_type::real, 4, current);
    block.columns[3] = test::fixed_column("phase", data_type::double_precision, 8, phase);
    return block;
}

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
    return {
        "inflate/" + name, "byte", message.size(), message.size(), [state, limit = message.size()] {
            std::size_t size = 0;
            if (state->inflater->inflate(state->compressed, limit, state->out, size) != base::defect_code{})
                std::abort();
            benchmark::DoNotOptimize(state->out.data());
        }};
}

}  // namespace

std::vector<measure> inflate_measures() {
    constexpr std::size_t rows = 7282;
    const std::vector<std::uint8_t> message = message_of(noisy_meters(rows));
    std::vector<measure> all;
    for (const ws::inflate_library library : ws::inflate_libraries())
        all.push_back(inflating(library, message));
    return all;
}

}  // namespace tmq::bench
