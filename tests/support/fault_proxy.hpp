#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

namespace tmq::test {

enum class direction : std::uint8_t { to_server, to_client };

/// How a link ends for both of its peers: the end of the stream, a reset, or silence on a link that stays
/// open.
enum class cut_kind : std::uint8_t { fin, rst, stall };

/// What befalls one connection. By default nothing. Every setter returns the object itself.
class link_plan {
  public:
    using milliseconds = std::chrono::milliseconds;

    struct cut_point {
        std::uint64_t bytes = 0;
        cut_kind how = cut_kind::fin;
    };
    struct lane {
        std::optional<cut_point> cut;
        milliseconds delay{0};
        std::size_t rate = 0;  ///< bytes in each period; 0 = any number
        milliseconds period{0};
        std::size_t segment = 0;  ///< bytes in each write; 0 = any number
        bool frames = false;      ///< each write ends where a WebSocket frame does
    };

    /// Ends the link as soon as `bytes` bytes were passed on in this direction. They arrive, none more does;
    /// the other direction ends wherever it is. With a cut in each direction, the first to be reached counts.
    link_plan& cut(direction way, std::uint64_t bytes, cut_kind how);
    /// Passes every piece on so much later.
    link_plan& delay(direction way, milliseconds time);
    /// Passes on so many bytes, then nothing for a period, and so on.
    link_plan& rate(direction way, std::size_t bytes, milliseconds period);
    /// Passes bytes on in writes of at most so many.
    link_plan& segments(direction way, std::size_t bytes);
    /// Passes a server's WebSocket frames on one by one, after the answer to the upgrade, so that reads end
    /// where frames do. A rate counts whole frames.
    link_plan& frames();
    /// Resets the connection as soon as it is accepted.
    link_plan& refused();

    const lane& operator[](direction way) const noexcept { return lanes_[static_cast<std::size_t>(way)]; }
    bool is_refused() const noexcept { return refused_; }

  private:
    lane& at(direction way) noexcept { return lanes_[static_cast<std::size_t>(way)]; }

    std::array<lane, 2> lanes_;
    bool refused_ = false;
};

/// A cut that has happened.
struct link_cut {
    std::size_t connection = 0;
    cut_kind how = cut_kind::fin;
    /// The direction whose bytes were counted; nothing after cut_all().
    std::optional<direction> way;
    /// What this connection has passed on.
    std::uint64_t to_server = 0;
    std::uint64_t to_client = 0;
};

/// Relays TCP connections from a port of its own on 127.0.0.1 to another one, in a thread of its own, and
/// does to them what their plans say. An end of stream and a reset of either peer are passed on to the other.
/// Knows nothing of what the bytes mean, but for frames().
///
/// All members may be called from any thread, the proxy's own included; what they ask for has been done when
/// they return.
class fault_proxy {
  public:
    using milliseconds = std::chrono::milliseconds;
    /// Given the number of the connection, from 0 on; called in the proxy's thread.
    using planner = std::function<link_plan(std::size_t)>;
    using cut_handler = std::function<void(const link_cut&)>;

    /// How new connections are refused: nobody listens, or they are accepted and reset.
    enum class refusal : std::uint8_t { not_listening, reset };

    explicit fault_proxy(std::uint16_t target_port);
    ~fault_proxy();
    fault_proxy(const fault_proxy&) = delete;
    fault_proxy& operator=(const fault_proxy&) = delete;

    /// Stays the same while nobody listens.
    std::uint16_t port() const noexcept;

    /// Where the plans of the connections accepted from now on come from.
    void next_plan(planner plans);
    /// The plan of every connection accepted from now on.
    void next_plan(const link_plan& plan);
    /// Called in the proxy's thread at every cut, before its peers see it.
    void on_cut(cut_handler handler);

    /// Refuses new connections until accept(), or until `time` has passed.
    void refuse(refusal how, std::optional<milliseconds> time = std::nullopt);
    void accept();
    /// Cuts every open link now. Those that are stalled end for good, unless they are to be stalled.
    void cut_all(cut_kind how);

    /// Connections that were accepted, those that were reset at once too.
    std::size_t connections() const;
    std::size_t open_connections() const;
    /// Connections that were accepted and reset at once.
    std::size_t resets_at_accept() const;
    /// Bytes passed on over all connections.
    std::uint64_t bytes(direction way) const;
    std::size_t cuts() const;
    std::size_t cuts(cut_kind how) const;

    /// Waits until a count is at least `count`; false when `timeout` passes first.
    bool await_cuts(std::size_t count, milliseconds timeout = std::chrono::seconds(10)) const;
    bool await_bytes(direction way, std::uint64_t count,
                     milliseconds timeout = std::chrono::seconds(10)) const;
    /// Waits until exactly `count` links are open; false when `timeout` passes first.
    bool await_open_connections(std::size_t count, milliseconds timeout = std::chrono::seconds(10)) const;

  private:
    class impl;
    class link;
    std::unique_ptr<impl> impl_;
};

}  // namespace tmq::test
