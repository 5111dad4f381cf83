// Metadata as fetch_json_meta tells it.
#include "fuzz.hpp"
#include "protocol/json_meta.hpp"
#include "text/printable.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const tmq::fuzz::exact_copy text({data, size});
    std::vector<tmq::meta> changes;
    const tmq::base::defect_code why =
        tmq::protocol::parse_json_meta({reinterpret_cast<const char*>(text.get().data()), size}, changes);
    tmq::fuzz::require(why == tmq::base::defect_code{} || why == tmq::base::defect_code::reply_not_json ||
                           why == tmq::base::defect_code::reply_malformed,
                       "a known refusal");
    tmq::fuzz::require(why == tmq::base::defect_code{} || changes.empty(),
                       "a refused text leaves nothing behind");
    for (const tmq::meta& change : changes) {
        const std::string json = tmq::to_json(change);
        tmq::fuzz::require(!json.empty() && tmq::text::is_printable(json),
                           "a change has a JSON form that a terminal can show");
    }
    return 0;
}
