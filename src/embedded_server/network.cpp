#include "embedded_server/network.hpp"

#include "embedded_server/net/rest_api.hpp"

#include <boost/asio/post.hpp>

#include <fcntl.h>

#include <cassert>
#include <chrono>
#include <string>
#include <utility>

namespace tmq::embedded {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

/// Closes the socket in programs that this process starts: they must not keep connections open.
void close_on_exec(int socket) { ::fcntl(socket, F_SETFD, FD_CLOEXEC); }

}  // namespace

network::network(const environment& parts, std::shared_ptr<net::server_tls> tls, std::uint16_t port)
    : options_(parts.options),
      broker_(parts.broker),
      faults_(parts.faults),
      log_(parts.log),
      observer_(parts.observer),
      tls_(std::move(tls)),
      peers_(options_.ping_interval(), options_.idle_timeout()) {
    const tcp::endpoint address(asio::ip::address_v4::loopback(), port);
    acceptor_.open(address.protocol());
    close_on_exec(acceptor_.native_handle());
    acceptor_.set_option(tcp::acceptor::reuse_address(true));
    acceptor_.bind(address);
    acceptor_.listen();
}

network::~network() { assert(!thread_.joinable() && clients_.empty()); }

void network::start() {
    assert(!thread_.joinable());
    accept();
    // Deadlines may have passed while no network ran, and a wake-up may be lost.
    asio::post(context_, [this] { advance(); });
    thread_ = std::thread([this] {
        current_ = this;
        context_.run();
    });
}

void network::stop() {
    assert(current_ != this);
    context_.stop();
    thread_.join();
    die();
}

void network::die() {
    assert(is_own_thread());
    context_.stop();
    error_code ignored;
    acceptor_.close(ignored);
    break_connections();
}

void network::wake() {
    if (log_.waiting_polls() == 0 || is_waking_.exchange(true)) return;
    asio::post(context_, [this] { advance(); });
}

void network::for_each_client(std::function<void(net::connection&)> action) {
    asio::post(context_, [this, action = std::move(action)] {
        // The copy is needed because `action` may close clients.
        const auto clients = clients_;
        for (const auto& [id, client] : clients)
            action(*client);
    });
}

void network::accept() {
    acceptor_.async_accept([this](error_code failure, tcp::socket socket) {
        if (failure == asio::error::operation_aborted) return;
        if (failure) return accept_later();
        close_on_exec(socket.native_handle());
        socket.set_option(tcp::no_delay(true), failure);
        net::serve_connection(std::move(socket), tls_, *this, options_.compression());
        accept();
    });
}

/// Accepts after a pause. Without a free descriptor the next accept would fail at once, and a loop of them
/// would use a whole processor.
void network::accept_later() {
    constexpr std::chrono::milliseconds pause{20};
    accept_timer_.expires_after(pause);
    accept_timer_.async_wait([this](error_code stopped) {
        if (!stopped) accept();
    });
}

/// Closes all clients in one critical section, so that the rebalance caused by one close is not sent to a
/// client about to be closed.
void network::break_connections() {
    assert(is_own_thread());
    broker_.change([this](broker::broker& state) {
        broker::broker::output lost;
        for (const auto& [id, client] : clients_)
            state.close(id, broker::broker::clock::now(), lost, broker::broker::loss::server);
    });
    faults_.remove_all_connections();
    for (const auto& [id, client] : std::exchange(clients_, {}))
        client->reset();
    log_.notify();
}

void network::advance() {
    assert(is_own_thread());
    // The flag is reset before the broker is asked, so that a later change posts another call.
    is_waking_ = false;
    broker::broker::output replies;
    broker_.change([&](broker::broker& state) { state.advance(broker::broker::clock::now(), replies); });
    deliver(std::move(replies));
}

void network::deliver(broker::broker::output replies) {
    assert(is_own_thread());
    for (broker::outgoing_reply& reply : replies) {
        const std::shared_ptr<net::connection> client = find_client(reply.recipient);
        if (!client) continue;
        if (reply.crash) {
            break_connections();
            break;
        }
        if (reply.announcement) observer_.announce(std::move(*reply.announcement));
        faults_.deliver(client, std::move(reply), context_);
    }
    arm_timer();
}

/// Sets the timer to the next deadline, unless it fires earlier anyway. Most polls move the deadline away,
/// and a timer that fires too early does no harm.
void network::arm_timer() {
    const auto due = broker_.read([](const broker::broker& state) { return state.next_deadline(); });
    if (!due || timer_deadline_ <= *due) return;
    timer_deadline_ = *due;
    timer_.expires_at(*due);
    timer_.async_wait([this](error_code failure) {
        if (failure) return;
        timer_deadline_ = broker::broker::time_point::max();
        advance();
    });
}

void network::arm_keep_alive() {
    const auto due = peers_.next_deadline();
    if (!due) return;
    keep_alive_timer_.expires_at(*due);
    keep_alive_timer_.async_wait([this](error_code failure) {
        if (!failure) keep_alive_now();
    });
}

void network::keep_alive_now() {
    const net::ping_schedule::actions due = peers_.take_due(broker::broker::clock::now());
    for (const broker::member_id id : due.drops)
        if (const auto client = find_client(id)) client->drop();
    for (const broker::member_id id : due.pings)
        if (const auto client = find_client(id)) client->ping();
    arm_keep_alive();
}

std::shared_ptr<net::connection> network::find_client(broker::member_id id) const {
    const auto entry = clients_.find(id);
    return entry == clients_.end() ? nullptr : entry->second;
}

void network::on_open(const std::shared_ptr<net::connection>& client) {
    assert(is_own_thread());
    broker_.change([&](broker::broker& state) {
        client->id = state.open();
        log_.add_connection();
    });
    clients_.emplace(client->id, client);
    faults_.add_connection(client->id);
    client->silence(faults_.is_silent());
    peers_.open(client->id, broker::broker::clock::now());
    arm_keep_alive();
    log_.notify();
}

void network::on_closed(net::connection& client) {
    assert(is_own_thread());
    const broker::member_id id = client.id;
    broker::broker::output replies;
    broker_.change([&](broker::broker& state) {
        state.close(id, broker::broker::clock::now(), replies);
        log_.remove_connection();
    });
    faults_.remove_connection(id);
    peers_.close(id);
    // A function of the connection is still running, so the connection is released later.
    asio::post(context_, [node = clients_.extract(id)] {});
    deliver(std::move(replies));
    log_.notify();
}

void network::on_text(net::connection& client, std::string_view text) {
    assert(is_own_thread());
    if (client.is_query_socket) {
        std::string reply =
            net::answer_query_socket(text, options_.user(), options_.password(), options_.version());
        if (!reply.empty()) faults_.send(client, {std::move(reply), nullptr, false});
        return;
    }
    peers_.note_activity(client.id, broker::broker::clock::now());
    protocol::parsed_request parsed = protocol::parse_request(text);
    std::optional<testing::fault> injected;
    broker::broker::output replies;
    broker_.change([&](broker::broker& state) {
        injected = faults_.match(client.id, parsed);
        if (parsed.request && (!injected || injected->carried_out()))
            state.handle(client.id, *parsed.request, broker::broker::clock::now(), replies);
        // The broker comes first, so that a thread that sees the new count sees its effect too.
        log_.add_request(parsed.action, text);
    });
    if (injected && !injected->carried_out()) faults_.answer(client, parsed.request, *injected);
    deliver(std::move(replies));
    log_.notify();
}

net::http_answer network::on_http(const net::http_request& request) {
    return net::answer_rest(request, options_.user(), options_.password(),
                            [this](std::string_view statement, std::string_view database) {
                                sql::outcome result = broker_.execute(statement, database);
                                wake();
                                return result;
                            });
}

void network::on_ping() {
    log_.add_ping();
    log_.notify();
}

void network::on_pong(net::connection& client) {
    assert(is_own_thread());
    peers_.note_activity(client.id, broker::broker::clock::now());
    log_.add_pong();
    log_.notify();
}

std::optional<testing::fault> network::take_fault(std::string_view event) {
    return faults_.match_event(event);
}

}  // namespace tmq::embedded
