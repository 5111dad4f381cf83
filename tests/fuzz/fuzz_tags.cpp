// Sets of tags, the form that metadata and JSON columns share.
#include "fuzz.hpp"
#include "wire/stag.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const tmq::fuzz::exact_copy set({data, size});
    tmq::wire::tag_set_reader tags(set.get(), 0);
    if (tags.read_header()) return 0;
    tmq::fuzz::require(tags.size() <= size, "the set lies in the bytes");
    for (std::size_t i = 0; i < tags.count(); ++i) {
        tmq::wire::tag_value tag;
        if (tags.read_tag(tag)) return 0;
        tmq::fuzz::require(tmq::fuzz::inside(tag.bytes, set.get()), "a tag's value lies in the bytes");
        const std::span key(reinterpret_cast<const std::uint8_t*>(tag.key.data()), tag.key.size());
        tmq::fuzz::require(tmq::fuzz::inside(key, set.get()), "a tag's key lies in the bytes");
    }
    return 0;
}
