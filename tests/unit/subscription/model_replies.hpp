#pragma once

#include "model_server.hpp"

#include "subscription/subscription.hpp"

#include <optional>
#include <vector>

namespace tmq::test {

/// What the model server makes of a request, before anybody has seen it.
struct model_answer {
    base::failure refused;
    std::optional<model_server::announced_message> found;  ///< of a poll or fetch
    std::vector<std::int64_t> offsets;                     ///< of position
};

/// The server acts on a question of a duty.
subscription::answer act(model_server& server, const subscription::request& asked);
/// The server acts on a request for messages. `announced`: the message that it is about, for position.
model_answer act(model_server& server, const subscription::read_request& request, const message* announced);
/// The subscription gets the answer to a request for messages. Returns what speaks against it. A connection
/// that was lost is for the caller.
base::defect_code deliver(subscription::subscription& core, const subscription::read_request& request,
                          const model_answer& said, model_server::time_point now);

}  // namespace tmq::test
