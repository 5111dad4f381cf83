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

/// One WebSocket message to a client: `head`, then `payload` without its first `skipped` bytes. The log that
/// owns the payload shares it.
struct outgoing_message {
    std::string head;
    encode::shared_bytes payload;
    bool binary = false;
    std::size_t skipped = 0;

    /// Returns the bytes after the head.
    std::span<const std::byte> body() const noexcept {
        return payload ? std::span(*payload).subspan(skipped) : std::span<const std::byte>();
    }
};

/// Message that a poll reply announces.
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

/// One block of a message: a fetch reply describes it, a fetch_block reply contains it.
struct message_block {
    struct field {
        std::string name;
        std::uint8_t type = 0;    ///< Number of the type on the wire.
        std::int32_t length = 0;  ///< Declared length; characters for NCHAR.
    };
    std::string table;
    std::size_t rows = 0;
    int precision = 0;  ///< 0: ms, 1: us, 2: ns.
    std::vector<field> fields;
    encode::shared_bytes content;
};

/// Writes replies in the form of one server version, with fields in the order of the real server.
class reply_writer {
  public:
    using nanoseconds = std::chrono::nanoseconds;

    explicit reply_writer(server_version version) : version_(std::move(version)) {}

    const server_version& version() const noexcept { return version_; }

    outgoing_message version_reply(const request& request, nanoseconds timing) const;
    /// Writes the reply to an action that has no fields of its own.
    outgoing_message success(const request& request, nanoseconds timing) const;
    /// `instances` is listed if the request asks for it.
    outgoing_message subscribe(const request& request, nanoseconds timing,
                               const std::vector<std::string>& instances) const;
    /// Writes an error as text, or in the binary form of fetch_raw_data.
    outgoing_message error(const request& request, nanoseconds timing, std::uint32_t code,
                           std::string_view text) const;
    /// A null `result` means no message.
    outgoing_message poll(const request& request, nanoseconds timing, const poll_result* result) const;
    /// Replaces the action that the reply names by `action_name`. Replies without an action stay the same.
    static outgoing_message renamed(outgoing_message reply, const request& request,
                                    std::string_view action_name);
    outgoing_message commit(const request& request, nanoseconds timing) const;
    outgoing_message commit_offset(const request& request, nanoseconds timing) const;
    /// Writes the reply to committed or position.
    outgoing_message offsets(const request& request, nanoseconds timing,
                             const std::vector<std::int64_t>& offsets) const;
    outgoing_message assignment(const request& request, nanoseconds timing,
                                const std::vector<vgroup_assignment>& vgroups) const;
    outgoing_message topics(const request& request, nanoseconds timing,
                            const std::vector<std::string>& topics) const;
    /// A null `block` means no more blocks.
    outgoing_message fetch(const request& request, nanoseconds timing, const message_block* block) const;
    /// Writes the reply to the fetch_block after this fetch, still without its timing.
    static outgoing_message block(const request& fetch, const message_block& block);
    /// Writes the reply to fetch_block: the newest frame of a fetch, possibly stale or of another action,
    /// with a new timing. docs/protocol.md, "Poll and fetch".
    static outgoing_message with_timing(outgoing_message frame, nanoseconds timing);
    /// A null `json` means no metadata.
    outgoing_message json_meta(const request& request, nanoseconds timing, const std::string* json) const;
    /// Writes the reply to fetch_raw or fetch_raw_data.
    outgoing_message raw(const request& request, nanoseconds timing, std::uint16_t raw_type,
                         const encode::raw_message& message) const;

  private:
    std::string start(const request& request, nanoseconds timing, std::uint32_t code = 0,
                      std::string_view text = {}) const;
    void append_string(std::string& out, std::string_view text) const;
    void append_strings(std::string& out, const std::vector<std::string>& texts) const;

    server_version version_;
};

}  // namespace tmq::embedded::protocol
