// The answer to the WebSocket upgrade.
#include "fuzz.hpp"
#include "text/utf8.hpp"
#include "ws/upgrade.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const tmq::fuzz::exact_copy answer({data, size});
    const tmq::ws::upgrade_result result = tmq::ws::check_upgrade(answer.get(), "dGhlIHNhbXBsZSBub25jZQ==");
    tmq::fuzz::require(result.consumed <= size, "no more consumed than received");
    tmq::fuzz::require(!result.need_more || result.code == tmq::errc{}, "undecided is not refused");
    tmq::fuzz::require(result.text.size() <= 512 && tmq::text::is_valid_utf8(result.text), "a short text for people");
    return 0;
}
