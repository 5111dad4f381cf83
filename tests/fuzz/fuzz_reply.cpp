// JSON replies.
#include "fuzz.hpp"
#include "protocol/reply.hpp"

#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const tmq::fuzz::exact_copy text({data, size}, tmq::protocol::reply_padding);
    tmq::protocol::reply_parser parser;
    tmq::protocol::reply reply;
    const std::string_view input(reinterpret_cast<const char*>(text.get().data()), size);
    const tmq::errc first = parser.parse(input, reply);
    tmq::fuzz::require(first == tmq::errc{} || first == tmq::errc::reply_not_json || first == tmq::errc::reply_malformed, "a known refusal");
    // Reads every byte of what the reply points to.
    for (const std::string_view text_field : {reply.message, reply.topic, reply.database, reply.version})
        tmq::fuzz::require(std::string(text_field) == text_field, "a field can be read");
    tmq::fuzz::require(parser.parse(input, reply) == first, "a parser gives the same answer again");
    return 0;
}
