#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/buffers_iterator.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/role.hpp>

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace tmq::testing {
class server_options;
}

namespace tmq::embedded::net {

/// Certificate, key and rules of a TLS server.
class server_tls {
  public:
    /// Returns null if the options do not ask for TLS.
    /// Throws std::invalid_argument for PEM that cannot be used.
    static std::shared_ptr<server_tls> make(const testing::server_options& options);
    virtual ~server_tls() = default;
};

/// Completion handler of (error_code, size_t). All handlers have this one type, so TLS is compiled once and
/// not in every operation of the WebSocket.
class erased_handler {
  public:
    template <class Handler>
    explicit erased_handler(Handler&& handler)
        : model_(std::make_unique<model<std::decay_t<Handler>>>(std::forward<Handler>(handler))) {}
    void operator()(boost::system::error_code failure, std::size_t size = 0) {
        std::exchange(model_, nullptr)->complete(failure, size);
    }

  private:
    struct concept_base {
        virtual ~concept_base() = default;
        virtual void complete(boost::system::error_code failure, std::size_t size) = 0;
    };
    template <class Handler>
    struct model final : concept_base {
        explicit model(const Handler& source) : handler(source) {}
        explicit model(Handler&& source) : handler(std::move(source)) {}
        void complete(boost::system::error_code failure, std::size_t size) override {
            if constexpr (std::is_invocable_v<Handler, boost::system::error_code, std::size_t>)
                handler(failure, size);
            else
                handler(failure);
        }
        Handler handler;
    };
    std::unique_ptr<concept_base> model_;
};

/// Stream below the WebSocket: a socket, with or without TLS. It meets Beast's requirements for a next layer.
class peer_stream {
  public:
    using socket_type = boost::asio::ip::tcp::socket;
    using executor_type = socket_type::executor_type;
    using next_layer_type = socket_type;

    /// A null `context` means no TLS.
    peer_stream(socket_type socket, std::shared_ptr<server_tls> context);
    ~peer_stream();
    peer_stream(const peer_stream&) = delete;
    peer_stream& operator=(const peer_stream&) = delete;

    executor_type get_executor() noexcept { return socket_.get_executor(); }
    socket_type& next_layer() noexcept { return socket_; }
    const socket_type& next_layer() const noexcept { return socket_; }

    /// Runs the TLS handshake. Completes immediately without TLS.
    void async_handshake(erased_handler handler);

    template <class Buffers, class Handler>
    void async_read_some(const Buffers& buffers, Handler&& handler) {
        if (tls_)
            read_tls(first_buffer(buffers), erased_handler(std::forward<Handler>(handler)));
        else
            socket_.async_read_some(buffers, std::forward<Handler>(handler));
    }

    /// While set, written bytes are discarded.
    void silence(bool value) noexcept { silent_ = value; }

    template <class Buffers, class Handler>
    void async_write_some(const Buffers& buffers, Handler&& handler) {
        if (silent_)
            pretend(boost::asio::buffer_size(buffers), erased_handler(std::forward<Handler>(handler)));
        else if (tls_)
            write_tls(gather(buffers), erased_handler(std::forward<Handler>(handler)));
        else
            socket_.async_write_some(buffers, std::forward<Handler>(handler));
    }

    /// Ends TLS and TCP in order. Beast calls it after the closing handshake.
    void async_end(erased_handler handler);

  private:
    struct tls_layer;

    template <class Buffers>
    static boost::asio::mutable_buffer first_buffer(const Buffers& buffers) {
        const auto end = boost::asio::buffer_sequence_end(buffers);
        for (auto entry = boost::asio::buffer_sequence_begin(buffers); entry != end; ++entry)
            if (const boost::asio::mutable_buffer buffer(*entry); buffer.size() != 0) return buffer;
        return {};
    }

    /// Copies as many bytes as one TLS record takes, so that the head of a frame is not sent alone.
    template <class Buffers>
    boost::asio::const_buffer gather(const Buffers& buffers) {
        constexpr std::size_t record = 16384;
        record_.resize(record);
        const std::size_t size = boost::asio::buffer_copy(boost::asio::buffer(record_), buffers);
        return boost::asio::buffer(record_, size);
    }

    void read_tls(boost::asio::mutable_buffer target, erased_handler handler);
    void write_tls(boost::asio::const_buffer source, erased_handler handler);
    void pretend(std::size_t size, erased_handler handler);
    void discard_rest(erased_handler handler);

    socket_type socket_;
    std::unique_ptr<tls_layer> tls_;
    std::vector<std::byte> record_;
    bool silent_ = false;
};

/// Customization point of Beast, found by argument-dependent lookup.
template <class Handler>
void async_teardown(boost::beast::role_type, peer_stream& stream, Handler&& handler) {
    stream.async_end(erased_handler(std::forward<Handler>(handler)));
}

}  // namespace tmq::embedded::net
