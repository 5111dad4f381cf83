#pragma once

#include "tmq/meta.hpp"

namespace tmq::test {

/// What `json`, the server's JSON of the change, can tell of it: without what has no place there, and with
/// the values of `json` wherever these are not exact. Equal to `json` when the two forms agree.
meta as_far_as_json_tells(meta binary, const meta& json);

}  // namespace tmq::test
