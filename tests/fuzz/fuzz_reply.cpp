// JSON replies.
#include "fuzz.hpp"
#include "protocol/reply.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const tmq::fuzz::exact_copy text({data, size}, tmq::protocol::reply_padding);
    tmq::protocol::reply_parser parser;
    tmq::protocol::reply reply;
    const std::string_view input(reinterpret_cast<const char*>(text.get().data()), size);
    const tmq::errc first = parser.parse(input, reply);
    tmq::fuzz::require(first == tmq::errc{} || first == tmq::errc::reply_not_json || first == tmq::errc::reply_malformed, "a known refusal");
    std::size_t bytes = reply.message.size() + reply.topic.size() + reply.database.size() + reply.version.size();
    for (const char c : reply.message) bytes += static_cast<unsigned char>(c);
    for (const char c : reply.topic) bytes += static_cast<unsigned char>(c);
    static volatile std::size_t sink = 0;
    sink = bytes;
    tmq::fuzz::require(parser.parse(input, reply) == first, "a parser gives the same answer again");
    return 0;
}
