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
    const tmq::base::defect_code first = parser.parse(input, reply);
    tmq::fuzz::require(first == tmq::base::defect_code{} || first == tmq::base::defect_code::reply_not_json ||
                           first == tmq::base::defect_code::reply_malformed,
                       "a known refusal");
    // Reads every byte of what the reply points to.
    const auto read = [](std::string_view field) {
        tmq::fuzz::require(std::string(field) == field, "a field can be read");
    };
    for (const std::string_view field :
         {reply.message, reply.topic, reply.database, reply.version, reply.table_name, reply.data})
        read(field);
    for (const std::string_view field : reply.topics)
        read(field);
    for (const std::string_view field : reply.list_instances)
        read(field);
    for (const std::string_view field : reply.fields_names)
        read(field);
    tmq::fuzz::require(parser.parse(input, reply) == first, "a parser gives the same answer again");
    return 0;
}
