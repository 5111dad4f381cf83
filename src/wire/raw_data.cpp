#include "wire/raw_data.hpp"

#include "wire/offset.hpp"
#include "wire/reader.hpp"

namespace tmq::wire {

defect parse_raw_data_head(std::span<const std::uint8_t> raw, detail::message_layout& out) {
    out.clear();
    reader in(raw);
    out.request_offset = read_offset(in);
    out.response_offset = read_offset(in);
    if (!in.ok()) out.clear();
    return in.error();
}

}  // namespace tmq::wire
