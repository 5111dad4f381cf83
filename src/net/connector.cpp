#include "net/connector.hpp"

#include "config/secrets.hpp"
#include "ws/mask_source.hpp"
#include "ws/upgrade.hpp"

#include <fmt/format.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace tmq::net {

connector::connector(asio::any_io_executor executor, environment& shared, transport& link,
                     ws::receive_buffer& received)
    : environment_(shared),
      settings_(shared.settings),
      transport_(link),
      receive_(received),
      resolver_(executor),
      deadline_(executor) {}

asio::awaitable<failure> connector::connect(const endpoint& peer) {
    const auto self = shared_from_this();
    // Also when an exception ends the attempt: a handler that is late must not touch the transport.
    struct end_of_attempt {
        explicit end_of_attempt(connector& ended) noexcept : attempt(ended) {}
        ~end_of_attempt() { ++attempt.step_; }
        connector& attempt;
    };
    const end_of_attempt guard(*this);
    peer_ = &peer;
    receive_.clear();
    has_transport_ = has_compression_ = is_at_end_ = false;
    failure why = co_await resolve();
    if (!why) why = co_await establish();
    if (!why && settings_.tls()) why = co_await secure();
    has_transport_ = !why;
    if (!why) why = co_await upgrade();
    co_return why;
}

void connector::cancel(const failure& why) noexcept {
    try {
        cancelled_ = why;
    } catch (const std::bad_alloc&) {
        cancelled_ = failure(why.code);
    }
    is_cancelled_ = true;
    boost::system::error_code ignored;
    deadline_.cancel(ignored);
    resolver_.cancel();
    transport_.close();
}

void connector::begin_step(errc when_late, std::chrono::milliseconds time) {
    step_when_late_ = when_late;
    step_is_late_ = false;
    deadline_.expires_after(time);
    deadline_.async_wait([self = shared_from_this(), step = ++step_](boost::system::error_code ec) {
        if (ec || step != self->step_) return;
        self->step_is_late_ = true;
        self->transport_.close();
    });
}

failure connector::end_step(failure why) {
    ++step_;
    deadline_.cancel();
    // Three things end a step: its own outcome, its deadline, and a cancellation.
    if (is_cancelled_) return cancelled_;
    if (step_is_late_) why = failure(make_error_code(step_when_late_), why.context);
    return why;
}

asio::awaitable<failure> connector::resolve() {
    boost::system::error_code not_an_address;
    const asio::ip::address address = asio::ip::make_address(peer_->host(), not_an_address);
    if (!not_an_address) {
        addresses_ = asio::ip::tcp::resolver::results_type::create(
            asio::ip::tcp::endpoint(address, peer_->port()), peer_->host(), {});
        co_return failure();
    }
    // The system's resolver cannot be interrupted, so it is not awaited: a timer is, which its answer
    // cancels.
    deadline_.expires_after(settings_.connect_timeout());
    resolved_.reset();
    resolver_.async_resolve(
        peer_->host(), std::to_string(peer_->port()),
        [self = shared_from_this(), step = ++step_](boost::system::error_code ec,
                                                    asio::ip::tcp::resolver::results_type addresses) {
            if (step != self->step_) return;
            self->resolved_ = ec;
            self->addresses_ = std::move(addresses);
            self->deadline_.cancel();
        });
    co_await deadline_.async_wait(nothrow);
    step_is_late_ = !resolved_ && std::chrono::steady_clock::now() >= deadline_.expiry();
    step_when_late_ = errc::resolve_timeout;
    resolver_.cancel();
    const boost::system::error_code unresolved = resolved_.value_or(asio::error::operation_aborted);
    co_return end_step(transport_failure(unresolved, fmt::format("resolving {}", peer_->host())));
}

asio::awaitable<failure> connector::establish() {
    failure why;
    for (const auto& resolved : addresses_) {
        begin_step(errc::connect_timeout, settings_.connect_timeout());
        const asio::ip::tcp::endpoint address = resolved.endpoint();
        const boost::system::error_code refused = co_await transport_.connect(address);
        const std::string shown_address = address.address().to_string() == peer_->host()
                                              ? std::string()
                                              : fmt::format(" ({})", address.address().to_string());
        why = end_step(transport_failure(
            refused, fmt::format("connecting to {}:{}{}", peer_->host(), peer_->port(), shown_address)));
        if (!why || base::is_cancellation(why) || is_cancelled_) break;
    }
    co_return why;
}

asio::awaitable<failure> connector::secure() {
    // Files may have been replaced since the last connection.
    if (environment_.tls == nullptr || settings_.tls_settings().has_files()) {
        failure why = tls_context::share(settings_.tls_settings(), environment_.tls);
        if (why) co_return why;
    }
    begin_step(errc::handshake_timeout, settings_.handshake_timeout());
    const std::string& name = settings_.tls_settings().server_name().empty()
                                  ? peer_->host()
                                  : settings_.tls_settings().server_name();
    failure why = co_await transport_.secure(environment_.tls, name);
    if (why) why.context = fmt::format("TLS with {}:{}: {}", peer_->host(), peer_->port(), why.context);
    co_return end_step(std::move(why));
}

asio::awaitable<failure> connector::upgrade() {
    begin_step(errc::handshake_timeout, settings_.handshake_timeout());
    std::array<std::uint8_t, 16> random{};
    ws::fill_random(random);
    const std::string key = ws::make_key(random);
    const std::string request = ws::upgrade_request(
        peer_->host(), peer_->port(), settings::upgrade_target(settings_), key, settings_.compression());
    std::vector<std::uint8_t> bytes(request.begin(), request.end());
    environment_.counters.bytes_sent.add(bytes.size());
    failure why = co_await transport_.write(std::move(bytes));
    bool is_complete = false;
    while (!why && !is_complete) {
        why = co_await receive_more();
        if (!why) why = read_answer(key, is_complete);
    }
    co_return end_step(std::move(why));
}

/// Receives more of the answer to the upgrade.
asio::awaitable<failure> connector::receive_more() {
    const std::span<std::uint8_t> room = receive_.prepare(1);
    std::size_t count = transport_.decrypt(room);
    failure why;
    if (count == 0) {
        const std::span<std::uint8_t> target = transport_.read_target(room);
        const auto received =
            co_await transport_.socket().async_read_some(asio::buffer(target.data(), target.size()), nothrow);
        is_at_end_ = std::get<0>(received) == asio::error::eof;
        if (std::get<0>(received) && !is_at_end_)
            co_return transport_failure(std::get<0>(received),
                                        fmt::format("upgrade at {}:{}", peer_->host(), peer_->port()));
        count = transport_.received(std::get<1>(received), room);
    }
    if (count == 0) {
        why = transport_.why();
        if (why) why.context = fmt::format("upgrade at {}:{}: {}", peer_->host(), peer_->port(), why.context);
    }
    if (!why) {
        receive_.commit(count);
        environment_.counters.bytes_received.add(count);
    }
    co_return why;
}

failure connector::read_answer(std::string_view key, bool& is_complete) {
    ws::upgrade_result answer = ws::check_upgrade(receive_.unread(), key, settings_.compression());
    if (answer.need_more && !is_at_end_) return {};
    is_complete = true;
    failure why(answer.code);
    if (answer.need_more) {
        why = failure(errc::connection_lost);
        if (answer.text.empty()) answer.text = "the answer ends too early";
    }
    if (why) {
        settings::hide_secrets(answer.text, settings_);
        why.context = fmt::format("{}:{}: {}", peer_->host(), peer_->port(), answer.text);
        return why;
    }
    receive_.consume(answer.consumed);
    has_compression_ = answer.compression;
    return {};
}

}  // namespace tmq::net
