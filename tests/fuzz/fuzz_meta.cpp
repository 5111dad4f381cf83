// Raw metadata, single and batch, and the tables behind the rows of type 4. The first two bytes are the raw
// type.
#include "fuzz.hpp"
#include "tmq/meta.hpp"
#include "wire/data_message.hpp"
#include "wire/meta/meta_message.hpp"

namespace {

void print(const std::vector<tmq::meta>& changes) {
    for (const tmq::meta& change : changes)
        tmq::fuzz::require(!tmq::to_json(change).empty(), "a change has a JSON form");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const auto raw_type = static_cast<std::uint16_t>(data[0] | data[1] << 8);
    const tmq::fuzz::exact_copy raw({data + 2, size - 2});
    std::vector<tmq::meta> changes;
    if (raw_type == tmq::wire::raw_type_meta_data) {
        tmq::detail::message_layout layout;
        std::vector<std::span<const std::uint8_t>> items;
        if (!tmq::wire::parse_meta_data_message(raw.get(), layout, items) &&
            !tmq::wire::parse_created_tables(raw.get(), items, changes))
            print(changes);
        return 0;
    }
    if (const tmq::wire::defect why = tmq::wire::parse_meta_message(raw_type, raw.get(), changes)) {
        tmq::fuzz::require(changes.empty(), "a refused message leaves nothing behind");
        tmq::fuzz::require(why.position <= size, "the place of a failure lies in the message");
    }
    print(changes);
    return 0;
}
