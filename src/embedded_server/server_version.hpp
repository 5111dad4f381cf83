#pragma once

#include <array>
#include <string>

namespace tmq::embedded {

/// The version the server reports, and the points where behaviour depends on it.
class server_version {
  public:
    /// "3.3.5.8", "3.4.1.6.community"; parts that are not numbers count as 0.
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

    /// Vnodes hold a query topic's polls that find nothing, until rows are inserted.
    bool holds_polls() const noexcept { return !at_least(3, 4, 0, 0); }
    /// libtaos asks its vgroups for as long as a poll waits; earlier once per poll, and once a second.
    bool asks_while_it_waits() const noexcept { return at_least(3, 4, 0, 0); }
    /// An asked `assignment` can leave out a vgroup, and can kill the adapter.
    bool counts_assignments_too_early() const noexcept { return !at_least(3, 4, 0, 0); }
    /// libtaos reports what it has nowhere to start from, and has no position for it.
    bool reports_no_start() const noexcept { return at_least(3, 4, 0, 0); }
    /// Who was put out of its group hears so at once, and never comes back on the same connection; earlier
    /// ones do with the second subscribe.
    bool tells_who_was_put_out() const noexcept { return at_least(3, 4, 0, 0); }

  private:
    bool at_least(unsigned a, unsigned b, unsigned c, unsigned d) const noexcept {
        return parts_ >= std::array<unsigned, 4>{a, b, c, d};
    }

    std::string text_;
    std::array<unsigned, 4> parts_{};
};

}  // namespace tmq::embedded
