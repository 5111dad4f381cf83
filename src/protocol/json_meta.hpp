#pragma once

#include "base/defect_code.hpp"
#include "tmq/meta.hpp"

#include <string_view>
#include <vector>

namespace tmq::protocol {

using base::defect_code;

/// Replaces the content of `out` with the changes in `json`, in order. `json` is the `data` of a reply to
/// `fetch_json_meta`: one change, a batch of changes under `metas`, or null, which is no change. See
/// docs/protocol.md, Table changes.
///
/// Unknown keys are ignored. A change whose `type`, `tableType` or `alterType` is unknown becomes
/// unknown_meta. Values that the server's JSON does not hold exactly are marked as such.
///
/// Returns one of these errors, with `out` empty:
/// - defect_code::reply_not_json;
/// - defect_code::reply_malformed if a key that a change must have is missing or of the wrong type, and for
/// more than
///   65,536 changes or 262,144 tables, columns, tags and names in them.
///
/// *Throws* std::bad_alloc only.
defect_code parse_json_meta(std::string_view json, std::vector<meta>& out);

}  // namespace tmq::protocol
