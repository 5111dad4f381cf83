#include "tmq/event.hpp"

namespace tmq {

std::string_view to_string(event_kind kind) noexcept {
    switch (kind) {
        case event_kind::connected: return "connected";
        case event_kind::disconnected: return "disconnected";
        case event_kind::reconnecting: return "reconnecting";
        case event_kind::resumed: return "resumed";
        case event_kind::assigned: return "assigned";
        case event_kind::revoked: return "revoked";
        case event_kind::data_lost: return "data_lost";
        case event_kind::commit_failed: return "commit_failed";
    }
    return "unknown";
}

}  // namespace tmq
