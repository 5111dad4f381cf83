#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tmq::test {

class web_socket_client;

/// A frame from the server, to be looked into where the public API has no words for it.
class protocol_reply {
  public:
    enum class form { text, binary, pong, end, nothing };

    protocol_reply() = default;
    protocol_reply(form what, std::string bytes) : form_(what), bytes_(std::move(bytes)) {}

    form what() const noexcept { return form_; }
    bool is_text() const noexcept { return form_ == form::text; }
    bool is_binary() const noexcept { return form_ == form::binary; }
    const std::string& bytes() const noexcept { return bytes_; }

    /// A field of a text reply: a number (a flag as 0 or 1), a text, the JSON of anything. What is not there:
    /// -1, empty.
    std::int64_t number(std::string_view field) const;
    std::uint64_t unsigned_number(std::string_view field) const;
    std::string text(std::string_view field) const;
    std::string json(std::string_view field) const;
    bool has(std::string_view field) const { return !json(field).empty(); }
    /// A field of every object of a list: the vgroup_ids of an assignment.
    std::vector<std::int64_t> numbers(std::string_view list, std::string_view field = {}) const;
    std::vector<std::string> texts(std::string_view list) const;
    /// Of text; -1 when there is none.
    std::int64_t code() const { return number("code"); }

    /// Of a fetch_raw_data reply, head included.
    std::uint64_t little_endian(std::size_t offset, std::size_t size) const;

  private:
    form form_ = form::nothing;
    std::string bytes_;
};

/// One connection to /rest/tmq, request by request. Blocking.
class protocol_client {
  public:
    protocol_client(const std::string& host, std::uint16_t port, std::string_view extensions = {});
    protocol_client(protocol_client&&) noexcept;
    ~protocol_client();

    /// The head of the answer to the upgrade.
    const std::string& upgrade_answer() const;

    /// Sends a request. `arguments`: the fields of `args` beside req_id, as they stand between braces.
    /// Returns the req_id.
    std::uint64_t send(std::string_view action, std::string_view arguments = {});
    /// Sends a frame as it is.
    void send_text(std::string_view text);
    void send_binary(std::string_view bytes);
    void send_ping(std::string_view bytes);
    /// The next frame.
    protocol_reply receive(std::chrono::milliseconds timeout);
    /// Sends a request, and takes the next frame as its reply.
    protocol_reply ask(std::string_view action, std::string_view arguments = {},
                       std::chrono::milliseconds timeout = std::chrono::seconds(30));
    /// Breaks the connection off.
    void drop();

  private:
    std::unique_ptr<web_socket_client> socket_;
    std::uint64_t next_id_ = 1;
};

}  // namespace tmq::test
