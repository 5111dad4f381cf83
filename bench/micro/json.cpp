// The replies to a poll, read where they were received.
#include "micro/measure.hpp"
#include "protocol/reply.hpp"

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tmq::bench {
namespace {

constexpr const char* found =
    R"({"code":0,"message":"","action":"poll","req_id":123456,"timing":1283917,"have_message":true,"topic":"topic_meters","database":"power",)"
    R"("vgroup_id":2,"message_type":1,"message_id":1234,"offset":56789})";
constexpr const char* nothing =
    R"({"code":0,"message":"","action":"poll","req_id":123456,"timing":500283917,"have_message":false,"topic":"","database":"",)"
    R"("vgroup_id":0,"message_type":0,"message_id":0,"offset":0})";

struct reading {
    std::string text;  // and the padding
    std::size_t size = 0;
    protocol::reply_parser parser;
    protocol::reply reply;
};

measure parsing(std::string name, const char* text) {
    const auto state = std::make_shared<reading>();
    state->text = text;
    state->size = state->text.size();
    state->text.append(protocol::reply_padding, ' ');
    constexpr std::uint64_t count = 100;
    return {std::move(name), "reply", count, count * state->size, [state] {
                for (std::uint64_t i = 0; i < count; ++i) {
                    if (state->parser.parse({state->text.data(), state->size}, state->reply) !=
                        base::defect_code{})
                        std::abort();
                    benchmark::DoNotOptimize(state->reply.message_id);
                }
            }};
}

}  // namespace

std::vector<measure> json_measures() {
    std::vector<measure> all;
    all.push_back(parsing("json/poll with a message", found));
    all.push_back(parsing("json/poll without", nothing));
    return all;
}

}  // namespace tmq::bench
