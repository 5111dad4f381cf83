// The answer to the WebSocket upgrade, with compression offered and not.
#include "fuzz.hpp"
#include "text/utf8.hpp"
#include "ws/upgrade.hpp"

namespace {

tmq::ws::upgrade_result check(std::span<const std::uint8_t> answer, bool compression_offered) {
    const tmq::ws::upgrade_result result =
        tmq::ws::check_upgrade(answer, "dGhlIHNhbXBsZSBub25jZQ==", compression_offered);
    tmq::fuzz::require(result.consumed <= answer.size(), "no more consumed than received");
    tmq::fuzz::require(!result.need_more || result.code == tmq::base::defect_code{},
                       "undecided is not refused");
    tmq::fuzz::require(result.text.size() <= 512 && tmq::text::is_valid_utf8(result.text),
                       "a short text for people");
    tmq::fuzz::require(!result.compression || (compression_offered && result.consumed > 0),
                       "compression is on when it was offered and accepted");
    return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const tmq::fuzz::exact_copy answer({data, size});
    const tmq::ws::upgrade_result plain = check(answer.get(), false);
    const tmq::ws::upgrade_result offered = check(answer.get(), true);
    tmq::fuzz::require(plain.need_more == offered.need_more,
                       "the offer does not change where the answer ends");
    if (plain.consumed > 0)
        tmq::fuzz::require(offered.consumed == plain.consumed && !offered.compression,
                           "an answer without extensions is right for any offer");
    return 0;
}
