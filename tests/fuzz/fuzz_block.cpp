// Bare blocks as fetch_block brings them; the first byte is the precision.
#include "fuzz.hpp"
#include "support/layout_access.hpp"
#include "wire/block.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const tmq::fuzz::exact_copy block({data + 1, size - 1});
    const auto precision = static_cast<tmq::time_precision>(data[0] % 3);
    for (const tmq::wire::json_form form : {tmq::wire::json_form::text, tmq::wire::json_form::binary}) {
        tmq::detail::message_layout layout;
        if (const tmq::wire::defect why = tmq::wire::parse_block(block.get(), 0, precision, form, layout)) {
            tmq::fuzz::require(why.position <= size, "the place of a failure lies in the block");
            continue;
        }
        const auto checked = tmq::test::lies_within(layout, block.get());
        tmq::fuzz::require(static_cast<bool>(checked), checked.message());
    }
    return 0;
}
