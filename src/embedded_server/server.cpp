#include "tmq/testing/server.hpp"

#include "embedded_server/broker/broker.hpp"
#include "embedded_server/broker/log_writer.hpp"
#include "embedded_server/broker/transcript.hpp"
#include "embedded_server/encode/json_text.hpp"
#include "embedded_server/encode/raw_head.hpp"
#include "embedded_server/fault_injector.hpp"
#include "embedded_server/message_observer.hpp"
#include "embedded_server/net/peer_stream.hpp"
#include "embedded_server/network.hpp"
#include "embedded_server/request_log.hpp"
#include "embedded_server/shared_broker.hpp"

#include <mutex>
#include <stdexcept>
#include <utility>

namespace tmq::testing {

using embedded::fault_injector;
using embedded::message_observer;
using embedded::network;
using embedded::request_log;
using embedded::server_version;
using embedded::shared_broker;
using embedded::broker::broker;
using embedded::broker::vgroup_log;
namespace sql = embedded::sql;

/// Parts of the server, and the network while it runs.
class server::impl {
  public:
    explicit impl(server_options values) : options(std::move(values)), port_(options.port()) { start(); }
    ~impl() { stop(); }

    void start() {
        if (network::runs_here(shared)) throw std::logic_error("the server's own thread cannot start it");
        const std::lock_guard lock(life_);
        if (network_ && !network_->is_dead()) return;
        end_network();
        const network::environment parts{options, shared, faults, log, observer};
        auto next = std::make_unique<network>(parts, tls, port_);
        // port() reads it without a lock, so it is written only once.
        if (port_ == 0) port_ = next->port();
        shared.change([this](broker& state) { state.set_address("127.0.0.1:" + std::to_string(port_)); });
        network_ = std::move(next);
        network_->start();
    }

    void stop() {
        // A thread cannot wait for its own end, so the next start() or the destructor waits for it.
        if (network::runs_here(shared)) return network_->die();
        const std::lock_guard lock(life_);
        end_network();
    }

    /// Calls `action` with the network if there is one. The network cannot end meanwhile.
    /// The network's own thread takes no lock: stop() may hold it while it waits for that thread.
    template <class Action>
    void with_network(Action action) {
        if (network::runs_here(shared)) return action(*network_);
        const std::lock_guard lock(life_);
        if (network_) action(*network_);
    }

    /// Changes the broker, then lets waiting polls read again.
    template <class F>
    auto change(F&& f) {
        const auto result = shared.change(std::forward<F>(f));
        with_network([](network& active) { active.wake(); });
        return result;
    }

    /// Calls `grow(topic, log)` with the log of a vgroup, and returns the end of the log after it.
    template <class Grow>
    std::int64_t grow_log(std::string_view name, std::int32_t vgroup, Grow grow) {
        return change([&](broker& state) {
            vgroup_log& target = state.topics().at(name, vgroup);
            const embedded::broker::topic& source = state.topics().at(name);
            grow(source, target);
            source.retain(target);
            return target.end();
        });
    }

    sql::outcome execute(std::string_view statement, std::string_view database) {
        sql::outcome result = shared.execute(statement, database);
        with_network([](network& active) { active.wake(); });
        return result;
    }

    std::uint16_t port() const noexcept { return port_; }
    const server_version& version() const noexcept { return shared.replies().version(); }

    const server_options options;
    request_log log;
    shared_broker shared{options, log};
    fault_injector faults{shared.replies()};
    message_observer observer;
    const std::shared_ptr<embedded::net::server_tls> tls = embedded::net::server_tls::make(options);

  private:
    /// Stops the network. The caller holds life_.
    void end_network() {
        if (!network_) return;
        network_->stop();
        // This destroys the handlers that have not run, and their sockets.
        network_.reset();
    }

    std::uint16_t port_;  ///< 0 until the first start if the options name no port.
    std::mutex life_;     ///< Guards the existence of network_.
    std::unique_ptr<network> network_;
};

server::server(server_options options) : impl_(std::make_unique<impl>(std::move(options))) {}
server::~server() = default;

std::uint16_t server::port() const noexcept { return impl_->port(); }
std::string server::url() const {
    return (impl_->tls ? "wss://127.0.0.1:" : "ws://127.0.0.1:") + std::to_string(port());
}
void server::stop() { impl_->stop(); }
void server::start() { impl_->start(); }

std::vector<std::int32_t> server::create_topic(const topic_options& options) {
    return impl_->change([&](broker& state) { return state.topics().create(options).vgroup_ids(); });
}

std::vector<std::int32_t> server::vgroups(std::string_view topic) const {
    return impl_->shared.read([&](const broker& state) { return state.topics().at(topic).vgroup_ids(); });
}

time_precision server::precision(std::string_view topic) const {
    return impl_->shared.read([&](const broker& state) { return state.topics().at(topic).precision(); });
}

std::int64_t server::append(std::string_view topic, std::int32_t vgroup,
                            std::span<const block_builder> blocks) {
    return impl_->grow_log(topic, vgroup, [&](const auto& source, vgroup_log& log) {
        embedded::broker::append_rows(source, log, blocks);
    });
}

std::int64_t server::append(std::string_view topic, std::int32_t vgroup, const block_builder& block) {
    return append(topic, vgroup, std::span(&block, 1));
}

std::int64_t server::insert(std::string_view topic, std::int32_t vgroup,
                            std::span<const block_builder> blocks) {
    return impl_->grow_log(topic, vgroup, [&](const auto& source, vgroup_log& log) {
        embedded::broker::append_insert(source, log, blocks);
    });
}

std::int64_t server::insert(std::string_view topic, std::int32_t vgroup, const block_builder& block) {
    return insert(topic, vgroup, std::span(&block, 1));
}

std::int64_t server::append(std::string_view topic, std::int32_t vgroup, const meta& change) {
    embedded::broker::encoded_change encoded =
        embedded::broker::encode_change(change, vgroup, impl_->version());
    return impl_->grow_log(topic, vgroup, [&](const auto& source, vgroup_log& log) {
        embedded::broker::append_change(source, log, std::move(encoded));
    });
}

std::int64_t server::append(std::string_view topic, std::int32_t vgroup, std::span<const meta> changes) {
    if (changes.empty()) throw std::invalid_argument("metadata: no change");
    embedded::broker::encoded_change encoded =
        embedded::broker::encode_changes(changes, vgroup, impl_->version());
    return impl_->grow_log(topic, vgroup, [&](const auto& source, vgroup_log& log) {
        embedded::broker::append_change(source, log, std::move(encoded));
    });
}

std::int64_t server::append(std::string_view topic, std::int32_t vgroup, const create_table& created,
                            std::span<const block_builder> blocks) {
    return impl_->grow_log(topic, vgroup, [&](const auto& source, vgroup_log& log) {
        embedded::broker::append_created(source, log, created, blocks, impl_->version());
    });
}

std::int64_t server::append(std::string_view topic, std::int32_t vgroup, const create_table& created,
                            const block_builder& block) {
    return append(topic, vgroup, created, std::span(&block, 1));
}

std::int64_t server::append_message(std::string_view topic, std::int32_t vgroup, std::vector<std::byte> raw,
                                    std::uint16_t raw_type) {
    if (embedded::encode::message_type_of(raw_type) == 0)
        throw std::invalid_argument("no raw type " + std::to_string(raw_type));
    return impl_->grow_log(topic, vgroup,
                           [&](const auto&, vgroup_log& log) { log.append(raw_type, std::move(raw)); });
}

std::int64_t server::append_meta(std::string_view topic, std::int32_t vgroup, std::string_view json,
                                 std::vector<std::byte> raw, std::uint16_t raw_type) {
    const std::int32_t type = embedded::encode::message_type_of(raw_type);
    if (type != 2 && type != 3)
        throw std::invalid_argument("raw type " + std::to_string(raw_type) + " has no metadata");
    auto text = embedded::encode::compact_json(json);
    if (!text) throw std::invalid_argument("the metadata is not JSON");
    auto shared = std::make_shared<const std::string>(std::move(*text));
    return impl_->grow_log(topic, vgroup, [&](const auto&, vgroup_log& log) {
        log.append(raw_type, std::move(raw), std::move(shared));
    });
}

void server::advance_log(std::string_view topic, std::int32_t vgroup, std::int64_t count) {
    if (count < 0) throw std::invalid_argument("a log does not shrink");
    impl_->grow_log(topic, vgroup, [&](const auto&, vgroup_log& log) { log.advance(count); });
}

void server::truncate_log(std::string_view topic, std::int32_t vgroup, std::int64_t offset) {
    impl_->change([&](broker& state) {
        vgroup_log& log = state.topics().at(topic, vgroup);
        if (offset > log.end()) throw std::invalid_argument("the log ends at " + std::to_string(log.end()));
        log.truncate(offset);
        return true;
    });
}

std::int64_t server::execute(std::string_view statement, std::string_view database) {
    const sql::outcome result = impl_->execute(statement, database);
    if (const auto* const refusal = std::get_if<sql::error>(&result))
        throw std::invalid_argument(refusal->text);
    return sql::row_count(std::get<sql::result>(result));
}

std::size_t server::load(const transcript& recorded) {
    return impl_->change([&](broker& state) {
        const std::size_t added = embedded::broker::add_recorded(state.topics(), *recorded.messages_);
        state.rebalance_all(broker::clock::now());
        return added;
    });
}

std::optional<std::int64_t> server::committed(std::string_view group, std::string_view topic,
                                              std::int32_t vgroup) const {
    return impl_->shared.read([&](const broker& state) { return state.committed(group, topic, vgroup); });
}

std::int64_t server::begin_offset(std::string_view topic, std::int32_t vgroup) const {
    return impl_->shared.read([&](const broker& state) { return state.topics().at(topic, vgroup).begin(); });
}

std::int64_t server::end_offset(std::string_view topic, std::int32_t vgroup) const {
    return impl_->shared.read([&](const broker& state) { return state.topics().at(topic, vgroup).end(); });
}

std::size_t server::member_count(std::string_view group) const {
    return impl_->shared.read([&](const broker& state) { return state.member_count(group); });
}

std::size_t server::evict(std::string_view group) {
    return impl_->change([&](broker& state) { return state.evict(group, broker::clock::now()); });
}

std::uint64_t server::ghost_member(std::string_view group, std::string_view topic) {
    return impl_->change([&](broker& state) {
        return state.add_ghost(std::string(group), std::string(topic), broker::clock::now());
    });
}

void server::remove_member(std::uint64_t id) {
    impl_->change([&](broker& state) {
        state.remove_ghost(id, broker::clock::now());
        return true;
    });
}

void server::commit(std::string_view group, std::string_view topic, std::int32_t vgroup,
                    std::int64_t offset) {
    impl_->change([&](broker& state) {
        const std::int64_t end = state.topics().at(topic, vgroup).end();
        if (offset < 0 || offset > end)
            throw std::invalid_argument("an offset to commit is 0 to " + std::to_string(end));
        state.set_committed(std::string(group), {std::string(topic), vgroup}, offset);
        return true;
    });
}

void server::on_message(std::function<void(const announced_message&)> action) {
    impl_->observer.replace(std::move(action));
}

std::size_t server::connection_count() const { return impl_->log.connections(); }
std::size_t server::accepted_count() const { return impl_->log.accepted_connections(); }
std::size_t server::request_count(std::string_view action) const { return impl_->log.requests(action); }
std::string server::last_request(std::string_view action) const { return impl_->log.last_request(action); }
std::size_t server::waiting_polls() const { return impl_->log.waiting_polls(); }
std::size_t server::ping_count() const { return impl_->log.pings(); }
std::size_t server::pong_count() const { return impl_->log.pongs(); }

bool server::await_requests(std::string_view action, std::size_t count,
                            std::chrono::milliseconds timeout) const {
    return impl_->log.await_requests(action, count, timeout);
}
bool server::await_waiting_polls(std::size_t count, std::chrono::milliseconds timeout) const {
    return impl_->log.await_waiting_polls(count, timeout);
}
bool server::await_pongs(std::size_t count, std::chrono::milliseconds timeout) const {
    return impl_->log.await_pongs(count, timeout);
}
bool server::await_connections(std::size_t count, std::chrono::milliseconds timeout) const {
    return impl_->log.await_connections(count, timeout);
}

void server::inject(fault value) { impl_->faults.add(std::move(value)); }
void server::clear_faults() { impl_->faults.clear(); }
void server::silence(bool value) {
    impl_->faults.silence(value);
    impl_->with_network([value](network& active) {
        active.for_each_client([value](embedded::net::connection& client) { client.silence(value); });
    });
}
void server::ping_all() {
    impl_->with_network([](network& active) {
        active.for_each_client([](embedded::net::connection& client) { client.ping(); });
    });
}
void server::close_all(std::uint16_t code) {
    impl_->with_network([code](network& active) {
        active.for_each_client([code](embedded::net::connection& client) { client.close(code, {}); });
    });
}
void server::reset_all() {
    impl_->with_network([](network& active) {
        active.for_each_client([](embedded::net::connection& client) { client.reset(); });
    });
}

}  // namespace tmq::testing
