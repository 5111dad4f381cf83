#pragma once

#include "embedded_server/encode/raw_head.hpp"
#include "embedded_server/protocol/requests.hpp"
#include "embedded_server/server_version.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tmq::embedded::protocol {

/// One WebSocket message to a client: `head`, and behind it `payload` but for its first `skipped` bytes,
/// which stays in the log that owns it.
struct outgoing_message {
    std::string head;
    encode::shared_bytes payload;
    bool binary = false;
    std::size_t skipped = 0;

    /// What follows the head.
    std::span<const std::byte> body() const noexcept {
        return payload ? std::span(*payload).subspan(skipped) : std::span<const std::byte>();
    }
};

/// What a poll announces.
struct poll_result {
    std::string topic;
    std::string database;
    std::int32_t vgroup = 0;
    std::int32_t message_type = 0;
    std::uint64_t message_id = 0;
    std::int64_t offset = 0;
};

struct vgroup_assignment {
    std::int32_t vgroup = 0;
    std::int64_t offset = 0;
    std::int64_t begin = 0;
    std::int64_t end = 0;
};

/// One block of a message, as fetch describes it and fetch_block brings it.
struct message_block {
    struct field {
        std::string name;
        std::uint8_t type = 0;    ///< its number on the wire
        std::int32_t length = 0;  ///< as declared, NCHAR in characters
    };
    std::string table;
    std::size_t rows = 0;
    int precision = 0;  ///< 0 ms, 1 us, 2 ns
    std::vector<field> fields;
    encode::shared_bytes content;
};

/// Writes replies in the form of one server version, fields in the order of the real server.
class reply_writer {
  public:
    using nanoseconds = std::chrono::nanoseconds;

    explicit reply_writer(server_version version) : version_(std::move(version)) {}

    const server_version& version() const noexcept { return version_; }

    outgoing_message version_reply(const request& to, nanoseconds timing) const;
    /// The reply of an action without fields of its own.
    outgoing_message success(const request& to, nanoseconds timing) const;
    /// `instances`: what to list when the request asks for them.
    outgoing_message subscribe(const request& to, nanoseconds timing,
                               const std::vector<std::string>& instances) const;
    /// In text; for fetch_raw_data in its binary form.
    outgoing_message error(const request& to, nanoseconds timing, std::uint32_t code,
                           std::string_view text) const;
    /// `result` null: no message.
    outgoing_message poll(const request& to, nanoseconds timing, const poll_result* result) const;
    /// A reply under the name of another action, where it has one.
    static outgoing_message renamed(outgoing_message reply, const request& to, std::string_view other);
    outgoing_message commit(const request& to, nanoseconds timing) const;
    outgoing_message commit_offset(const request& to, nanoseconds timing) const;
    /// The reply of committed or position.
    outgoing_message offsets(const request& to, nanoseconds timing,
                             const std::vector<std::int64_t>& offsets) const;
    outgoing_message assignment(const request& to, nanoseconds timing,
                                const std::vector<vgroup_assignment>& vgroups) const;
    outgoing_message topics(const request& to, nanoseconds timing,
                            const std::vector<std::string>& topics) const;
    /// `block` null: no more blocks.
    outgoing_message fetch(const request& to, nanoseconds timing, const message_block* block) const;
    /// What fetch_block will bring after this fetch, without the time.
    static outgoing_message block(const request& fetch, const message_block& block);
    /// The reply of fetch_block: whatever frame was made before, with another time.
    static outgoing_message with_timing(outgoing_message made, nanoseconds timing);
    /// `json` null: none.
    outgoing_message json_meta(const request& to, nanoseconds timing, const std::string* json) const;
    /// The reply of fetch_raw or fetch_raw_data.
    outgoing_message raw(const request& to, nanoseconds timing, std::uint16_t raw_type,
                         const encode::raw_message& message) const;

  private:
    std::string start(const request& to, nanoseconds timing, std::uint32_t code = 0,
                      std::string_view text = {}) const;
    void append_string(std::string& out, std::string_view text) const;
    void append_strings(std::string& out, const std::vector<std::string>& all) const;

    server_version version_;
};

}  // namespace tmq::embedded::protocol
