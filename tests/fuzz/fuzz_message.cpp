// Raw data messages, down to every cell of every block.
#include "fuzz.hpp"
#include "support/layout_access.hpp"
#include "wire/data_message.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const tmq::fuzz::exact_copy raw({data, size});
    tmq::detail::message_layout layout;
    const tmq::wire::defect why = tmq::wire::parse_data_message(raw.get(), layout);
    if (why) {
        tmq::fuzz::require(why.position <= size, "the place of a failure lies in the message");
        tmq::fuzz::require(layout.blocks.empty() && layout.columns.empty(),
                           "a refused message leaves nothing behind");
        return 0;
    }
    const auto checked = tmq::test::lies_within(layout, raw.get());
    tmq::fuzz::require(static_cast<bool>(checked), checked.message());
    return 0;
}
