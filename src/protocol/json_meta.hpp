#pragma once

#include "tmq/error.hpp"
#include "tmq/meta.hpp"

#include <string_view>
#include <vector>

namespace tmq::protocol {

/// Reads the `data` of a reply to `fetch_json_meta`: one change, a batch of them under `metas`, or null,
/// which are none. Puts them into `out`, in order. Keys that are not known are ignored; a change whose
/// `type`, `tableType` or `alterType` is not known becomes unknown_meta. Values that the server's JSON does
/// not hold exactly are marked as such. Errors: errc::reply_not_json; errc::reply_malformed when a change
/// lacks what its kind must have, or has it with another type, and for more than 65,536 changes or 262,144
/// tables, columns, tags and names in them. On failure `out` is empty. Throws std::bad_alloc only.
errc parse_json_meta(std::string_view json, std::vector<meta>& out);

}  // namespace tmq::protocol
