#pragma once

#include <array>
#include <string>

namespace tmq::embedded {

/// Version that the server reports, and the behaviour that depends on it.
class server_version {
  public:
    /// Parses a version such as "3.3.5.8" or "3.4.1.6.community". A part that is not a number counts as 0.
    explicit server_version(std::string text);

    const std::string& text() const noexcept { return text_; }

    bool has_fetch_raw_data() const noexcept { return at_least(3, 3, 3, 0); }
    bool has_json_meta_of_meta_only() const noexcept { return at_least(3, 3, 6, 0); }
    bool has_raw_data_messages() const noexcept { return at_least(3, 3, 6, 0); }
    bool polls_with_message_id() const noexcept { return at_least(3, 3, 6, 0); }
    bool takes_config_map() const noexcept { return at_least(3, 3, 6, 0); }
    bool commits_by_default() const noexcept { return !at_least(3, 3, 6, 0); }
    bool version_reply_has_req_id() const noexcept { return at_least(3, 3, 7, 0); }
    bool escapes_html() const noexcept { return !at_least(3, 3, 7, 6); }
    bool subscribe_reply_has_version() const noexcept { return at_least(3, 4, 0, 0); }
    bool subscribe_reply_lists_instances() const noexcept { return at_least(3, 4, 0, 0); }
    bool packs_floats_by_bytes() const noexcept { return at_least(3, 4, 0, 0); }
    bool joins_inserts() const noexcept { return at_least(3, 4, 0, 0); }
    bool has_decimal() const noexcept { return at_least(3, 3, 6, 0); }
    bool has_blob() const noexcept { return at_least(3, 3, 7, 0); }
    bool reports_tags_of_many_tables() const noexcept { return at_least(3, 4, 0, 0); }
    bool names_refused_keys() const noexcept { return at_least(3, 4, 0, 0); }

    /// True if a vnode holds an empty poll of a query topic until rows are inserted.
    bool holds_polls() const noexcept { return !at_least(3, 4, 0, 0); }
    /// True if libtaos asks its vgroups during the whole wait of a poll. Earlier versions ask once per poll,
    /// and once a second.
    bool asks_during_wait() const noexcept { return at_least(3, 4, 0, 0); }
    /// True if an asked `assignment` can leave out a vgroup or crash the adapter.
    bool counts_assignments_too_early() const noexcept { return !at_least(3, 4, 0, 0); }
    /// True if libtaos reports a vgroup without a start offset. Such a vgroup has no position.
    bool reports_no_start() const noexcept { return at_least(3, 4, 0, 0); }
    /// True if an evicted member gets an error at once and can never rejoin on the same connection. In
    /// earlier versions it rejoins with the second subscribe.
    bool reports_eviction() const noexcept { return at_least(3, 4, 0, 0); }

  private:
    bool at_least(unsigned a, unsigned b, unsigned c, unsigned d) const noexcept {
        return parts_ >= std::array<unsigned, 4>{a, b, c, d};
    }

    std::string text_;
    std::array<unsigned, 4> parts_{};
};

}  // namespace tmq::embedded
