#include "micro/parsing.hpp"

#include "wire/data_message.hpp"

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <memory>
#include <utility>

namespace tmq::bench {

measure parsing(std::string name, std::string item, std::uint64_t items, std::vector<std::uint8_t> message) {
    const std::uint64_t bytes = message.size();
    return {std::move(name), std::move(item), items, bytes,
            [message = std::move(message), layout = std::make_shared<detail::message_layout>()] {
                if (wire::parse_data_message(message, *layout)) std::abort();
                benchmark::DoNotOptimize(layout->columns.data());
            }};
}

}  // namespace tmq::bench
