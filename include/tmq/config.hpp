#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tmq {

/// Where a consumer group starts in a vgroup for which it has committed nothing.
enum class offset_reset : std::uint8_t {
    latest,    ///< only rows that arrive after the subscription: the server's default
    earliest,  ///< everything that is still in the log
    none,      ///< an error from poll
};

/// Settings of a consumer. Setters validate at once and throw tmq::error (errc::invalid_argument, errc::invalid_url), so a consumer
/// never sends what the server would refuse or hang on. A plain value; the consumer keeps its own copy.
class config {
  public:
    using milliseconds = std::chrono::milliseconds;

    config();
    /// `ws://[user:password@]host[:port][/path][?key=value&...]`, for example "ws://root:taosdata@localhost:6041?group.id=meters".
    /// The port is 6041 and the path /rest/tmq unless given; keys are those of set(). Percent-escapes are decoded.
    explicit config(std::string_view url);
    static config from_url(std::string_view url) { return config(url); }

    /// The whole address, in the form the constructor takes: port and path go back to their defaults unless given.
    config& url(std::string_view url);
    config& host(std::string_view host);
    config& port(std::uint16_t port);
    /// Default root / taosdata, as the server has after installation.
    config& credentials(std::string_view user, std::string_view password);
    /// Required. 1 to 192 bytes, without ':' (older servers never answer a subscribe with one).
    config& group_id(std::string_view id);
    /// Name of this consumer in the server's views. At most 255 bytes; default "tmq".
    config& client_id(std::string_view id);
    /// Default latest, as the server's own.
    config& start_at(offset_reset reset);
    /// How long the server keeps a silent consumer in its group: 6 s to 30 min; 0 = the server's default (12 s).
    config& session_timeout(milliseconds timeout);
    /// How long the server waits for the next poll before it evicts the consumer: 1 s and more; 0 = the server's default (5 min).
    config& max_poll_interval(milliseconds interval);

    /// For name resolution, TCP connect and the WebSocket upgrade together. Default 10 s. This and the two below: from 1 ms; more than
    /// a year counts as a year.
    config& connect_timeout(milliseconds timeout);
    /// For the reply to one request, beyond the time the server was asked to wait. A missed one ends the connection. Default 30 s.
    config& request_timeout(milliseconds timeout);
    /// For the farewell of close(). Default 2 s.
    config& close_timeout(milliseconds timeout);
    /// The longest the server is asked to wait for data in one request. A longer poll is made of several, so that a commit
    /// gets in between: a waiting poll blocks every other request of the connection. 1 ms to 60 s, default 500 ms.
    config& poll_slice(milliseconds slice);
    /// Larger messages end the connection with errc::message_too_big before memory is taken. 64 KiB to 4 GiB, default 256 MiB.
    config& max_message_size(std::uint64_t bytes);

    /// Sets a property by the name that TDengine's documentation uses: td.connect.ip, td.connect.port, td.connect.user, td.connect.pass,
    /// group.id, client.id, auto.offset.reset, session.timeout.ms, max.poll.interval.ms. Throws errc::invalid_argument for another.
    config& set(std::string_view key, std::string_view value);

    const std::string& host() const noexcept { return host_; }
    std::uint16_t port() const noexcept { return port_; }
    const std::string& path() const noexcept { return path_; }
    const std::string& user() const noexcept { return user_; }
    const std::string& password() const noexcept { return password_; }
    const std::string& group_id() const noexcept { return group_id_; }
    const std::string& client_id() const noexcept { return client_id_; }
    offset_reset start_at() const noexcept { return start_at_; }
    milliseconds session_timeout() const noexcept { return session_timeout_; }
    milliseconds max_poll_interval() const noexcept { return max_poll_interval_; }
    milliseconds connect_timeout() const noexcept { return connect_timeout_; }
    milliseconds request_timeout() const noexcept { return request_timeout_; }
    milliseconds close_timeout() const noexcept { return close_timeout_; }
    milliseconds poll_slice() const noexcept { return poll_slice_; }
    std::uint64_t max_message_size() const noexcept { return max_message_size_; }

  private:
    std::string host_ = "localhost";
    std::uint16_t port_ = 6041;
    std::string path_ = "/rest/tmq";
    std::string user_ = "root";
    std::string password_ = "taosdata";
    std::string group_id_;
    std::string client_id_ = "tmq";
    offset_reset start_at_ = offset_reset::latest;
    milliseconds session_timeout_{0};
    milliseconds max_poll_interval_{0};
    milliseconds connect_timeout_{10'000};
    milliseconds request_timeout_{30'000};
    milliseconds close_timeout_{2'000};
    milliseconds poll_slice_{500};
    std::uint64_t max_message_size_ = std::uint64_t{256} << 20;
};

}  // namespace tmq
