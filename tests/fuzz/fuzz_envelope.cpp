// Binary replies, success and error form.
#include "fuzz.hpp"
#include "wire/envelope.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const tmq::fuzz::exact_copy frame({data, size});
    tmq::wire::fetch_reply reply;
    const tmq::wire::defect why = tmq::wire::parse_fetch_raw_data(frame.get(), reply);
    if (why) {
        tmq::fuzz::require(why.position <= size, "the place of a failure lies in the frame");
        return 0;
    }
    tmq::fuzz::require(tmq::fuzz::inside(reply.raw, frame.get()), "the message lies in the frame");
    const std::span text(reinterpret_cast<const std::uint8_t*>(reply.error_text.data()),
                         reply.error_text.size());
    tmq::fuzz::require(tmq::fuzz::inside(text, frame.get()), "the error text lies in the frame");
    tmq::fuzz::require(reply.code == 0 || reply.raw.empty(), "an error carries no message");
    return 0;
}
