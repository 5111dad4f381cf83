#include "padded_reply.hpp"

namespace tmq::test {
namespace {

byte_builder with_padding(std::string_view text, std::string_view behind) {
    byte_builder out;
    out.text(text);
    for (std::size_t i = 0; i < protocol::reply_padding; ++i)
        out.text(behind.substr(i % behind.size(), 1));
    return out;
}

}  // namespace

padded_reply::padded_reply(std::string_view text, std::string_view behind)
    : size_(text.size()), bytes_(with_padding(text, behind).bytes()) {}

std::string name_of(base::defect_code code) {
    return code == base::defect_code{} ? "success" : std::string(to_string(code));
}

}  // namespace tmq::test
