// How a session comes to be open: name, address, TLS, upgrade, each step within its deadline.
#include "config/secrets.hpp"
#include "net/session.hpp"
#include "ws/upgrade.hpp"

#include <fmt/format.h>

#include <array>

namespace tmq::net {

asio::awaitable<failure> session::open() {
    const auto self = shared_from_this();
    state_ = state::opening;
    failure why;
    endpoint_ring& endpoints = environment_->endpoints;
    for (std::size_t i = 0; i < endpoints.size(); ++i) {
        why = co_await open(endpoints.at(i));
        if (!why) endpoints.connected(i);
        if (!why || why.code == errc::cancelled || state_ != state::opening) break;
        environment_->log.write(log_level::warning, "no connection to {}:{}: {} {}", peer_->host(),
                                peer_->port(), why.code.message(), why.context);
    }
    if (why) {
        shut_down();
        co_return why;
    }
    ++environment_->counters.connections;
    environment_->log.write(log_level::info, "connected to {}:{}", peer_->host(), peer_->port());
    state_ = state::open;
    received_at_ = std::chrono::steady_clock::now();
    keepalive_.received(received_at_);
    arm_deadline();
    // What stands behind the upgrade in the same segment is handled right here, and may end the session at
    // once.
    read_on(self);
    co_return ended_by_;
}

asio::awaitable<failure> session::open(const endpoint& to) {
    peer_ = to;
    // Nothing is left of an attempt at another one.
    receive_.clear();
    decoder_ = ws::frame_decoder(settings_.max_message_size());
    inflater_.reset();
    has_transport_ = false;
    failure why = co_await resolve();
    if (!why) why = co_await connect();
    if (!why && settings_.tls()) why = co_await secure();
    has_transport_ = !why;
    if (!why) why = co_await upgrade();
    co_return why;
}

void session::begin_step(errc when_late, std::chrono::milliseconds time) {
    step_when_late_ = when_late;
    step_is_late_ = false;
    deadline_.expires_after(time);
    deadline_.async_wait([self = shared_from_this(), step = ++step_](boost::system::error_code ec) {
        if (ec || step != self->step_) return;
        self->step_is_late_ = true;
        self->transport_.close();
    });
}

failure session::end_step(failure why) {
    ++step_;
    deadline_.cancel();
    // Three things end a step: what it says itself, its deadline, and somebody who gave the session up
    // meanwhile.
    if (state_ != state::opening) return ended_by_;
    if (step_is_late_) why = failure(make_error_code(step_when_late_), why.context);
    return why;
}

asio::awaitable<failure> session::resolve() {
    boost::system::error_code is_a_name;
    const asio::ip::address address = asio::ip::make_address(peer_->host(), is_a_name);
    if (!is_a_name) {
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

asio::awaitable<failure> session::connect() {
    failure why;
    for (const auto& address : addresses_) {
        begin_step(errc::connect_timeout, settings_.connect_timeout());
        const asio::ip::tcp::endpoint endpoint = address.endpoint();
        const boost::system::error_code refused = co_await transport_.connect(endpoint);
        const std::string where = endpoint.address().to_string() == peer_->host()
                                      ? std::string()
                                      : fmt::format(" ({})", endpoint.address().to_string());
        why = end_step(transport_failure(
            refused, fmt::format("connecting to {}:{}{}", peer_->host(), peer_->port(), where)));
        if (!why || why.code == errc::cancelled || state_ != state::opening) break;
    }
    co_return why;
}

asio::awaitable<failure> session::secure() {
    // Files may have been replaced since the last connection.
    if (environment_->tls == nullptr || settings_.tls_settings().has_files()) {
        failure why = tls_context::share(settings_.tls_settings(), environment_->tls);
        if (why) co_return why;
    }
    begin_step(errc::handshake_timeout, settings_.handshake_timeout());
    const std::string& name = settings_.tls_settings().server_name().empty()
                                  ? peer_->host()
                                  : settings_.tls_settings().server_name();
    failure why = co_await transport_.secure(environment_->tls, name);
    if (why) why.context = fmt::format("TLS with {}:{}: {}", peer_->host(), peer_->port(), why.context);
    co_return end_step(std::move(why));
}

asio::awaitable<failure> session::upgrade() {
    begin_step(errc::handshake_timeout, settings_.handshake_timeout());
    const std::string what = fmt::format("upgrade at {}:{}", peer_->host(), peer_->port());
    std::array<std::uint8_t, 16> random{};
    ws::fill_random(random);
    const std::string key = ws::make_key(random);
    const std::string request = ws::upgrade_request(
        peer_->host(), peer_->port(), settings::upgrade_target(settings_), key, settings_.compression());
    std::vector<std::uint8_t> bytes(request.begin(), request.end());
    environment_->counters.bytes_sent += bytes.size();
    failure why = co_await transport_.write(std::move(bytes));
    while (!why) {
        const std::span<std::uint8_t> room = receive_.prepare(1);
        std::size_t count = transport_.decrypt(room);
        bool at_end = false;
        if (count == 0) {
            const std::span<std::uint8_t> target = transport_.read_target(room);
            auto received = co_await transport_.socket().async_read_some(
                asio::buffer(target.data(), target.size()), nothrow);
            at_end = std::get<0>(received) == asio::error::eof;
            if (std::get<0>(received) && !at_end) {
                why = transport_failure(std::get<0>(received), what);
                break;
            }
            count = transport_.received(std::get<1>(received), room);
        }
        if (count == 0 && transport_.why()) {
            why = transport_.why();
            why.context = fmt::format("{}: {}", what, why.context);
            break;
        }
        receive_.commit(count);
        environment_->counters.bytes_received += count;
        ws::upgrade_result answer = ws::check_upgrade(receive_.unread(), key, settings_.compression());
        if (answer.need_more && !at_end) continue;
        if (answer.need_more) answer.code = errc::connection_lost;
        if (answer.code != errc{}) {
            const std::string_view text =
                answer.text.empty() ? "the answer ends too early" : without_secrets(answer.text);
            why = failure(make_error_code(answer.code),
                          fmt::format("{}:{}: {}", peer_->host(), peer_->port(), text));
            break;
        }
        receive_.consume(answer.consumed);
        if (answer.compression) {
            decoder_.allow_compression();
            inflater_ = ws::make_inflater();
        }
        break;
    }
    co_return end_step(std::move(why));
}

}  // namespace tmq::net
