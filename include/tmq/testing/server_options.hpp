#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tmq::testing {

enum class tls_version : std::uint8_t { v1_0, v1_1, v1_2, v1_3 };

/// Options of the server. Every setter returns the object itself.
class server_options {
  public:
    server_options() = default;

    /// Sets the TCP port on 127.0.0.1; 0 takes a free one. Default: 0.
    server_options& port(std::uint16_t value) { return port_ = value, *this; }
    /// Sets the version to report, whose behaviour the server also has if versions differ. Default:
    /// "3.3.5.8".
    server_options& version(std::string value) { return version_ = std::move(value), *this; }
    /// Sets the adapters ("host:port") that subscribe lists if it asks for list_instances; servers do so from
    /// 3.4 on. Default: this server alone.
    server_options& instances(std::vector<std::string> value) { return instances_ = std::move(value), *this; }
    /// Sets the duration of a subscribe. Default: 0; a real server needs 0.5 to 2.5 s.
    server_options& subscribe_time(std::chrono::milliseconds value) { return subscribe_time_ = value, *this; }
    /// Sets the duration of a rebalance. For that long after members got vgroups (including a subscribe that
    /// gets some), assignment answers 0x4001 to all members of the group, and their polls return nothing.
    /// Default: 0; a real server needs about 1 s.
    server_options& rebalance_time(std::chrono::milliseconds value) { return rebalance_time_ = value, *this; }
    /// Sets the time after a subscribe in which assignment knows no offsets: offset, begin and end are -1.
    /// Default: 0.
    server_options& settle_time(std::chrono::milliseconds value) { return settle_time_ = value, *this; }
    /// Sets how long a member stays in its group after its connection is lost without an unsubscribe, also by
    /// stop(). This is the behaviour of an adapter that dies, when session.timeout.ms has to pass. A
    /// rebalance leaves the member its share of the vgroups, and a joining member gets no more than its own.
    /// Default: 0, it leaves at once, as when an adapter sees the socket close.
    server_options& keep_dead_members(std::chrono::milliseconds value) {
        return keep_dead_members_ = value, *this;
    }
    /// Sets how many rows are enough for a message that a poll gathers from the entries of insert(). Since
    /// 3.3.6 a subscriber's min.poll.rows wins. Range: at least 1. Default: 4096, as in a real server.
    server_options& rows_per_poll(std::size_t count) { return rows_per_poll_ = count, *this; }
    /// Sets how many entries without rows each subscribe of a new consumer writes to every vgroup of its
    /// topics. Default: 0; a real server writes some.
    server_options& log_growth(std::int64_t entries) { return log_growth_ = entries, *this; }
    /// Sets how many entries without rows a commit writes to the vgroup's log, unless the offset is committed
    /// already. Default: 0; a real server writes one.
    server_options& commit_growth(std::int64_t entries) { return commit_growth_ = entries, *this; }
    /// Makes the members of a server that dies (stop()) keep their vgroups for their own session.timeout.ms,
    /// regardless of keep_dead_members, as when a real adapter dies. A member whose connection is lost while
    /// the server lives is not affected. Default: false.
    server_options& keep_dead_members_by_session_timeout(bool value) {
        return keep_dead_by_session_timeout_ = value, *this;
    }
    /// Sets the interval of pings, counted from the opening of the connection; 0 = never. Default: 54 s, as a
    /// real server.
    server_options& ping_interval(std::chrono::milliseconds value) { return ping_interval_ = value, *this; }
    /// Sets the silence after which a connection is dropped without a close frame: no message and no pong;
    /// pings do not count. Its member then leaves its group. 0 = never. Default: 114 s, as a real server.
    server_options& idle_timeout(std::chrono::milliseconds value) { return idle_timeout_ = value, *this; }
    /// Gives polls the pace of a real server (10 ms): libtaos does not ask a vgroup again for that long after
    /// it had nothing. From 3.4 on a waiting poll asks it again then; before 3.4 only the next poll does, or
    /// a timer once a second. A query topic's poll that 3.3.5 holds is answered at once in any case. Default:
    /// 0, a waiting poll sees new entries at once.
    server_options& poll_pace(std::chrono::milliseconds value) { return poll_pace_ = value, *this; }
    /// Before 3.4: every `count`-th `assignment` that asks the vnodes kills the adapter, as a real adapter
    /// dies when it counts the answers too early. All connections break; new ones can be opened. Default: 0,
    /// never.
    server_options& assignment_crash(std::uint64_t count) { return assignment_crash_ = count, *this; }
    /// Sets user and password. Default: "root", "taosdata".
    server_options& credentials(std::string user, std::string password) {
        user_ = std::move(user);
        password_ = std::move(password);
        return *this;
    }
    /// Accepts permessage-deflate if a client offers it. Messages are then sent compressed, in fragments of
    /// at most 4 KiB. Default: true.
    server_options& compression(bool value) { return compression_ = value, *this; }
    /// Serves wss:// instead of ws://. Both texts are PEM: the server's own certificate first, then those
    /// that link it to the CA; the key without a password. Default: no TLS.
    server_options& tls(std::string certificate_chain, std::string private_key) {
        certificate_chain_ = std::move(certificate_chain);
        private_key_ = std::move(private_key);
        return *this;
    }
    /// Requires a certificate from every client, issued by one of these CAs (PEM). Default: none.
    server_options& client_ca(std::string pem) { return client_ca_ = std::move(pem), *this; }
    /// Sets the TLS versions. Below 1.2 the server also accepts the weak ciphers and signatures of those
    /// versions. Default: 1.2 to 1.3.
    server_options& tls_versions(tls_version lowest, tls_version highest) {
        lowest_tls_ = lowest;
        highest_tls_ = highest;
        return *this;
    }

    std::uint16_t port() const noexcept { return port_; }
    const std::string& version() const noexcept { return version_; }
    const std::vector<std::string>& instances() const noexcept { return instances_; }
    std::chrono::milliseconds subscribe_time() const noexcept { return subscribe_time_; }
    std::chrono::milliseconds rebalance_time() const noexcept { return rebalance_time_; }
    std::chrono::milliseconds settle_time() const noexcept { return settle_time_; }
    std::chrono::milliseconds keep_dead_members() const noexcept { return keep_dead_members_; }
    std::size_t rows_per_poll() const noexcept { return rows_per_poll_; }
    std::int64_t log_growth() const noexcept { return log_growth_; }
    std::int64_t commit_growth() const noexcept { return commit_growth_; }
    bool keep_dead_members_by_session_timeout() const noexcept { return keep_dead_by_session_timeout_; }
    std::chrono::milliseconds ping_interval() const noexcept { return ping_interval_; }
    std::chrono::milliseconds idle_timeout() const noexcept { return idle_timeout_; }
    std::chrono::milliseconds poll_pace() const noexcept { return poll_pace_; }
    std::uint64_t assignment_crash() const noexcept { return assignment_crash_; }
    const std::string& user() const noexcept { return user_; }
    const std::string& password() const noexcept { return password_; }
    bool compression() const noexcept { return compression_; }
    bool uses_tls() const noexcept { return !certificate_chain_.empty(); }
    const std::string& certificate_chain() const noexcept { return certificate_chain_; }
    const std::string& private_key() const noexcept { return private_key_; }
    const std::string& client_ca() const noexcept { return client_ca_; }
    tls_version lowest_tls() const noexcept { return lowest_tls_; }
    tls_version highest_tls() const noexcept { return highest_tls_; }

  private:
    std::uint16_t port_ = 0;
    std::string version_ = "3.3.5.8";
    std::vector<std::string> instances_;
    std::chrono::milliseconds subscribe_time_{0};
    std::chrono::milliseconds rebalance_time_{0};
    std::chrono::milliseconds settle_time_{0};
    std::chrono::milliseconds keep_dead_members_{0};
    std::size_t rows_per_poll_ = 4096;
    std::int64_t log_growth_ = 0;
    std::int64_t commit_growth_ = 0;
    bool keep_dead_by_session_timeout_ = false;
    std::chrono::milliseconds ping_interval_{54'000};
    std::chrono::milliseconds idle_timeout_{114'000};
    std::chrono::milliseconds poll_pace_{0};
    std::uint64_t assignment_crash_ = 0;
    std::string user_ = "root";
    std::string password_ = "taosdata";
    bool compression_ = true;
    std::string certificate_chain_;
    std::string private_key_;
    std::string client_ca_;
    tls_version lowest_tls_ = tls_version::v1_2;
    tls_version highest_tls_ = tls_version::v1_3;
};

}  // namespace tmq::testing
