#include "wire/raw_data.hpp"

#include "wire/offset.hpp"
#include "wire/reader.hpp"

namespace tmq::wire {

defect parse_raw_data_head(std::span<const std::uint8_t> raw, detail::message_layout& out) {
    out.clear();
    byte_reader reader(raw);
    out.request_offset = read_offset(reader);
    out.response_offset = read_offset(reader);
    if (!reader.ok()) out.clear();
    return reader.error();
}

}  // namespace tmq::wire
