#include "net/transport.hpp"

#include <fmt/format.h>
#include <boost/asio/write.hpp>

namespace tmq::net {

failure transport_failure(boost::system::error_code code, std::string_view operation) {
    if (code == asio::error::eof || code == asio::error::connection_reset || code == asio::error::broken_pipe)
        return {make_error_code(errc::connection_lost), fmt::format("{}: {}", operation, code.message())};
    return {code, operation};
}

asio::awaitable<boost::system::error_code> transport::connect(asio::ip::tcp::endpoint address) {
    close();
    tls_.reset();
    auto connected = co_await socket_.async_connect(address, nothrow);
    if (std::get<0>(connected)) co_return std::get<0>(connected);
    boost::system::error_code ignored;
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
    socket_.set_option(asio::socket_base::keep_alive(true), ignored);
    socket_.non_blocking(true, ignored);
    co_return boost::system::error_code();
}

asio::awaitable<failure> transport::secure(std::shared_ptr<const tls_context> context, std::string host) {
    tls_.emplace(std::move(context), host);
    for (;;) {
        const tls_engine::progress progress = tls_->handshake();
        sealed_.clear();
        tls_->take_output(sealed_);
        if (!sealed_.empty()) {
            auto written = co_await asio::async_write(socket_, asio::buffer(sealed_), nothrow);
            if (progress == tls_engine::progress::failed) break;
            if (std::get<0>(written)) co_return transport_failure(std::get<0>(written), "TLS handshake");
        }
        if (progress == tls_engine::progress::done) co_return failure();
        if (progress == tls_engine::progress::failed) break;
        if (progress == tls_engine::progress::needs_output) continue;
        const std::span<std::uint8_t> room = tls_->input_room();
        auto received = co_await socket_.async_read_some(asio::buffer(room.data(), room.size()), nothrow);
        if (std::get<0>(received) == asio::error::eof)
            co_return failure(make_error_code(errc::connection_lost),
                              "the server hung up, perhaps it does not speak TLS");
        if (std::get<0>(received)) co_return transport_failure(std::get<0>(received), "TLS handshake");
        tls_->commit_input(std::get<1>(received));
    }
    co_return tls_->why();
}

asio::awaitable<failure> transport::write(std::vector<std::uint8_t> bytes) {
    if (!seal(bytes)) co_return why();
    auto written = co_await asio::async_write(socket_, asio::buffer(bytes), nothrow);
    if (std::get<0>(written)) co_return transport_failure(std::get<0>(written), "writing");
    co_return failure();
}

std::size_t transport::received(std::size_t count, std::span<std::uint8_t> room) {
    if (!tls_) return count;
    tls_->commit_input(count);
    return tls_->decrypt(room);
}

bool transport::seal(std::vector<std::uint8_t>& frames) {
    if (!tls_) return true;
    sealed_.clear();
    const bool good = tls_->encrypt(frames, sealed_);
    swap(frames, sealed_);
    return good;
}

void transport::write_farewell(std::vector<std::uint8_t>& frames) noexcept {
    try {
        if (!seal(frames)) return;
        if (tls_) tls_->take_farewell(frames);
        boost::system::error_code ignored;
        socket_.write_some(asio::buffer(frames), ignored);
    } catch (const std::bad_alloc&) {
        // Without memory the peer is not notified.
    }
}

}  // namespace tmq::net
