// The two requests of every message, as JSON.
#include "protocol/request.hpp"
#include "micro/measure.hpp"

#include <benchmark/benchmark.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tmq::bench {
namespace {

template <class Write>
measure writing(std::string name, Write write) {
    constexpr std::uint64_t count = 100;
    return {std::move(name), "request", count, 0, [out = std::make_shared<protocol::text_buffer>(), write] {
                for (std::uint64_t i = 0; i < count; ++i) {
                    out->clear();
                    write(*out, 123'456 + i);
                    benchmark::DoNotOptimize(out->data());
                }
            }};
}

}  // namespace

std::vector<measure> request_measures() {
    std::vector<measure> all;
    all.push_back(writing("request/poll", [](protocol::text_buffer& out, std::uint64_t id) {
        protocol::write_poll(out, id, 500, id);
    }));
    all.push_back(writing("request/fetch_raw_data", [](protocol::text_buffer& out, std::uint64_t id) {
        protocol::write_fetch(out, protocol::action::fetch_raw_data, id, id);
    }));
    return all;
}

}  // namespace tmq::bench
