#include "tmq/embedded_server.hpp"
#include "embedded_server/broker/broker.hpp"
#include "embedded_server/broker/transcript.hpp"
#include "embedded_server/encode/block_writer.hpp"
#include "embedded_server/encode/json_text.hpp"
#include "embedded_server/encode/meta_bytes.hpp"
#include "embedded_server/encode/meta_json.hpp"
#include "embedded_server/encode/raw_head.hpp"
#include "embedded_server/fault_list.hpp"
#include "embedded_server/net/connection.hpp"
#include "embedded_server/net/keep_alive.hpp"
#include "embedded_server/net/rest_api.hpp"
#include "embedded_server/sql/executor.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <fcntl.h>

#include <condition_variable>
#include <fstream>
#include <map>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>

namespace tmq {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using namespace embedded;

/// The broker and the counts are guarded by a mutex, so that any thread can look at them and add messages. Replies are made and written in the
/// network thread only, which keeps those of one connection in order.
class embedded_server::impl final : public connection_owner {
  public:
    explicit impl(embedded_server_options options)
        : options_(std::move(options)), port_(options_.port()), tls_(tls_context::make(options_)), broker_(options_) {
        start();
    }
    ~impl() { stop(); }

    void start() {
        if (serving_ == this) throw std::logic_error("the server's own thread cannot start it");
        const std::lock_guard running(life_);
        if (network_ && !network_->context.stopped()) return;
        end_network();
        auto made = std::make_unique<network>(options_);
        const tcp::endpoint address(asio::ip::address_v4::loopback(), port_);
        made->acceptor.open(address.protocol());
        close_on_exec(made->acceptor.native_handle());
        made->acceptor.set_option(tcp::acceptor::reuse_address(true));
        made->acceptor.bind(address);
        made->acceptor.listen();
        if (port_ == 0) port_ = made->acceptor.local_endpoint().port();
        {
            const std::lock_guard lock(mutex_);
            broker_.set_address("127.0.0.1:" + std::to_string(port_));
        }
        network_ = std::move(made);
        accept();
        asio::post(network_->context, [this] { advance(); });  // deadlines have passed meanwhile, and a wake-up was lost perhaps
        network_->thread = std::thread([this] {
            serving_ = this;
            network_->context.run();
        });
    }

    void stop() {
        // a thread cannot wait for its own end: the next start() or the destructor does
        if (serving_ == this) return die();
        const std::lock_guard running(life_);
        end_network();
    }

    template <class F>
    auto locked(F&& f) const {
        const std::lock_guard lock(mutex_);
        return f(broker_);
    }

    /// Changes the broker, then lets waiting polls have another look.
    template <class F>
    auto change(F&& f) {
        const auto result = [&] {
            const std::lock_guard lock(mutex_);
            return f(broker_);
        }();
        wake();
        return result;
    }

    sql::outcome execute(std::string_view statement, std::string_view database) {
        return change([&](broker&) { return sql_.execute(statement, database, std::chrono::system_clock::now()); });
    }

    template <class Condition>
    bool await(std::chrono::milliseconds timeout, Condition&& condition) const {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, timeout, condition);
    }

    void inject(fault value) {
        const std::lock_guard lock(mutex_);
        faults_.add(std::move(value));
    }
    void silence(bool value) {
        {
            const std::lock_guard lock(mutex_);
            silent_ = value;
        }
        each_client([value](connection& client) { client.silence(value); });
    }
    void on_message(std::function<void(const announced_message&)> action) {
        const std::lock_guard lock(mutex_);
        on_message_ = std::move(action);
        announced_ = 0;
    }
    void clear_faults() {
        const std::lock_guard lock(mutex_);
        faults_.clear();
    }

    /// Calls `f` with every connection, in the network thread.
    template <class F>
    void each_client(F f) {
        with_network([this, f = std::move(f)] {
            asio::post(network_->context, [this, f] {
                const auto clients = network_->clients;  // f may close them
                for (const auto& [id, one] : clients) f(*one.to);
            });
        });
    }

    // each of these with the mutex held
    std::size_t requests(std::string_view action) const {
        const auto at = requests_.find(action);
        return action.empty() ? all_requests_ : at == requests_.end() ? 0 : at->second.count;
    }
    std::string last_request(std::string_view action) const {
        const auto at = requests_.find(action);
        return at == requests_.end() ? std::string() : at->second.last;
    }
    std::size_t open_count() const { return open_; }
    std::size_t accepted_count() const { return accepted_; }
    std::size_t ping_count() const { return pings_; }
    std::size_t pong_count() const { return pongs_; }
    std::size_t waiting_polls() const { return broker_.waiting_polls(); }

    std::uint16_t port() const noexcept { return port_; }
    bool uses_tls() const noexcept { return tls_ != nullptr; }

  private:
    /// A reply that waits for others to go out before it.
    struct withheld_reply {
        frame message;
        std::size_t others = 0;
    };
    struct served_client {
        std::shared_ptr<connection> to;
        std::vector<withheld_reply> withheld;
    };
    struct network {
        explicit network(const embedded_server_options& options) : peers(options.ping_interval(), options.idle_timeout()) {}

        asio::io_context context{1};
        tcp::acceptor acceptor{context};
        asio::steady_timer timer{context};
        broker::time_point armed = broker::time_point::max();  ///< when the timer fires
        asio::steady_timer keep_alive_timer{context};
        asio::steady_timer accept_timer{context};
        keep_alive peers;
        std::map<session_id, served_client> clients;
        std::thread thread;
    };
    struct faulty_request {
        request what;
        fault how;
    };
    struct request_record {
        std::size_t count = 0;
        std::string last;
    };

    /// A program that this one starts must not keep connections open.
    static void close_on_exec(int socket) { ::fcntl(socket, F_SETFD, FD_CLOEXEC); }

    void accept() {
        network_->acceptor.async_accept([this](error_code failure, tcp::socket socket) {
            if (failure == asio::error::operation_aborted) return;
            if (failure) return accept_later();
            close_on_exec(socket.native_handle());
            socket.set_option(tcp::no_delay(true), failure);
            serve_connection(std::move(socket), tls_, *this, options_.compression());
            accept();
        });
    }

    /// Without a free descriptor accepting fails again at once, and would take a whole processor until there is one.
    void accept_later() {
        constexpr std::chrono::milliseconds pause{20};
        network_->accept_timer.expires_after(pause);
        network_->accept_timer.async_wait([this](error_code stopped) {
            if (!stopped) accept();
        });
    }

    /// With life_ held.
    void end_network() {
        if (!network_) return;
        network_->context.stop();
        network_->thread.join();
        die();
        // handlers that have not run go with their sockets
        network_.reset();
    }

    /// Drops everything. In the network thread, or after it.
    void die() {
        network_->context.stop();
        error_code ignored;
        network_->acceptor.close(ignored);
        break_connections();
    }

    /// All at once: no reply that one of them causes by its end goes to another.
    void break_connections() {
        {
            const std::lock_guard lock(mutex_);
            broker::output lost;
            for (const auto& [id, one] : network_->clients) broker_.close(id, broker::clock::now(), lost, broker::loss::server);
            faulty_.clear();
        }
        for (const auto& [id, one] : std::exchange(network_->clients, {})) one.to->reset();
        changed_.notify_all();
    }

    /// Calls `f` while there is a network. Its own thread needs no lock for that, and must not wait for one that stop() holds.
    template <class F>
    void with_network(F f) {
        if (serving_ == this) return f();
        const std::lock_guard running(life_);
        if (network_) f();
    }

    void wake() {
        with_network([this] {
            {
                const std::lock_guard lock(mutex_);
                if (waking_ || broker_.waiting_polls() == 0) return;
                waking_ = true;
            }
            asio::post(network_->context, [this] { advance(); });
        });
    }

    void advance() {
        broker::output out;
        {
            const std::lock_guard lock(mutex_);
            waking_ = false;
            broker_.advance(broker::clock::now(), out);
        }
        deliver(std::move(out));
    }

    void on_open(const std::shared_ptr<connection>& from) override {
        {
            const std::lock_guard lock(mutex_);
            from->id = broker_.open();
            network_->clients.emplace(from->id, served_client{from, {}});
            from->silence(silent_);
            ++open_;
            ++accepted_;
        }
        network_->peers.open(from->id, broker::clock::now());
        arm_keep_alive();
        changed_.notify_all();
    }

    void on_closed(connection& from) override {
        const session_id id = from.id;
        broker::output out;
        {
            const std::lock_guard lock(mutex_);
            broker_.close(id, broker::clock::now(), out);
            --open_;
            std::erase_if(faulty_, [id](const auto& one) { return one.first.first == id; });
        }
        network_->peers.close(id);
        // the connection is in the middle of a call
        asio::post(network_->context, [keep = network_->clients.extract(id)] {});
        deliver(std::move(out));
        changed_.notify_all();
    }

    std::optional<fault> fault_of(std::string_view event) override {
        const std::lock_guard lock(mutex_);
        return faults_.match_event(event);
    }

    void on_ping() override { count(pings_); }
    void on_pong(connection& from) override {
        network_->peers.heard(from.id, broker::clock::now());
        count(pongs_);
    }
    void count(std::size_t& what) {
        {
            const std::lock_guard lock(mutex_);
            ++what;
        }
        changed_.notify_all();
    }

    http_answer on_http(const http_request& request) override {
        return answer_rest(request, options_.user(), options_.password(),
                           [this](std::string_view statement, std::string_view database) { return execute(statement, database); });
    }

    void on_text(connection& from, std::string_view text) override {
        if (from.queries) {
            std::string reply = answer_query_socket(text, options_.user(), options_.password(), options_.version());
            if (!reply.empty()) send(from, {std::move(reply), nullptr, false});
            return;
        }
        const session_id id = from.id;
        network_->peers.heard(id, broker::clock::now());
        parsed_request parsed = parse_request(text);
        std::optional<fault> suffered;
        broker::output out;
        {
            const std::lock_guard lock(mutex_);
            request_record& record = requests_[parsed.action];
            ++record.count;
            record.last = text;
            ++all_requests_;
            suffered = faults_.match(parsed.action);
            if (parsed.what && (!suffered || suffered->carried_out())) {
                if (suffered && suffered->what() == fault::kind::wrong_req_id) ++parsed.what->req_id;
                if (suffered && suffered->what() == fault::kind::leave_out_vgroup) parsed.what->left_out = suffered->vgroup();
                if (suffered) faulty_.insert_or_assign({id, parsed.what->req_id}, faulty_request{*parsed.what, *suffered});
                broker_.handle(id, *parsed.what, broker::clock::now(), out);
            }
        }
        if (suffered && !suffered->carried_out()) {
            const frame error = parsed.what ? error_frame(*parsed.what, *suffered) : frame{};
            suffer(from, *suffered, error);
        }
        deliver(std::move(out));
        changed_.notify_all();
    }

    frame error_frame(const request& to, const fault& value) const {
        return broker_.replies().error(to, std::chrono::nanoseconds(0), value.code(), value.text());
    }

    static frame bytes_frame(const std::vector<std::byte>& bytes) {
        return {std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()), nullptr, true};
    }

    /// Does to a connection what the fault says, in the place of a reply. `error`: the reply for kind error_reply.
    void suffer(connection& to, const fault& value, const frame& error) {
        switch (value.what()) {
            case fault::kind::close: to.close(value.code() == 0 ? 1001 : static_cast<std::uint16_t>(value.code()), value.text()); break;
            case fault::kind::reset: to.reset(); break;
            case fault::kind::garbage_text: send(to, {value.text(), nullptr, false}); break;
            case fault::kind::garbage_binary: send(to, bytes_frame(value.bytes())); break;
            case fault::kind::error_reply: send(to, error); break;
            case fault::kind::raw_bytes: to.send_raw(bytes_frame(value.bytes()).head); break;
            default: break;
        }
    }

    void deliver(broker::output out) {
        for (outgoing& reply : out) {
            const auto found = network_->clients.find(reply.to);
            if (found == network_->clients.end()) continue;
            if (reply.crash) {
                break_connections();
                break;
            }
            const std::shared_ptr<connection> to = found->second.to;
            if (reply.announces) announce(std::move(*reply.announces));
            const std::optional<faulty_request> faulty = take_faulty(reply);
            if (!faulty) {
                send(*to, std::move(reply.message));
                continue;
            }
            switch (faulty->how.what()) {
                case fault::kind::delay: send_later(to, std::move(reply.message), faulty->how.time()); break;
                case fault::kind::duplicate:
                    send(*to, reply.message);
                    send(*to, std::move(reply.message));
                    break;
                case fault::kind::withhold: withhold(*to, {std::move(reply.message), faulty->how.size()}); break;
                case fault::kind::partial: to->send_part(std::move(reply.message), faulty->how.size(), faulty->how.after()); break;
                case fault::kind::wrong_req_id:
                case fault::kind::leave_out_vgroup:
                case fault::kind::replace_text:
                case fault::kind::replace_binary:
                case fault::kind::wrong_action:
                case fault::kind::text_for_binary:
                case fault::kind::binary_for_text: send(*to, falsified(std::move(reply.message), *faulty)); break;
                default: suffer(*to, faulty->how, error_frame(faulty->what, faulty->how)); break;
            }
        }
        arm_timer();
    }

    /// Sends a reply, and those behind it that were kept back for it.
    void send(connection& to, frame message) {
        to.send(std::move(message));
        const auto found = network_->clients.find(to.id);
        if (found == network_->clients.end()) return;
        std::vector<withheld_reply> due, kept;
        for (withheld_reply& one : found->second.withheld) (--one.others == 0 ? due : kept).push_back(std::move(one));
        found->second.withheld = std::move(kept);
        for (withheld_reply& one : due) send(to, std::move(one.message));
    }

    void withhold(connection& to, withheld_reply reply) {
        if (reply.others == 0) return send(to, std::move(reply.message));
        const auto found = network_->clients.find(to.id);
        if (found != network_->clients.end()) found->second.withheld.push_back(std::move(reply));
    }

    void announce(announced_message message) {
        std::function<void(const announced_message&)> action;
        {
            const std::lock_guard lock(mutex_);
            message.count = ++announced_;
            action = on_message_;
        }
        if (action) action(message);
    }

    /// The reply with what the fault makes of it.
    frame falsified(frame reply, const faulty_request& of) const {
        const bool binary = reply.binary;
        switch (of.how.what()) {
            case fault::kind::replace_binary: return binary ? bytes_frame(of.how.bytes()) : std::move(reply);
            case fault::kind::text_for_binary: return binary ? broker_.replies().success(of.what, {}) : std::move(reply);
            case fault::kind::replace_text: {
                const std::size_t at = binary ? std::string::npos : reply.head.find(of.how.text());
                if (at != std::string::npos) reply.head.replace(at, of.how.text().size(), of.how.other_text());
                return reply;
            }
            case fault::kind::wrong_action: return reply_writer::renamed(std::move(reply), of.what, of.how.text());
            case fault::kind::binary_for_text: {
                if (binary) return reply;
                request raw = of.what;
                raw.what = action::fetch_raw_data;
                return broker_.replies().raw(raw, {}, 2, std::make_shared<const std::vector<std::byte>>());
            }
            default: return reply;
        }
    }

    std::optional<faulty_request> take_faulty(const outgoing& reply) {
        const std::lock_guard lock(mutex_);
        const auto node = faulty_.extract({reply.to, reply.req_id});
        return node.empty() ? std::nullopt : std::optional(std::move(node.mapped()));
    }

    void send_later(const std::shared_ptr<connection>& to, frame message, std::chrono::milliseconds time) {
        auto timer = std::make_shared<asio::steady_timer>(network_->context, time);
        timer->async_wait([this, timer, to, message = std::move(message)](error_code failure) {
            if (!failure) send(*to, message);
        });
    }

    void arm_keep_alive() {
        const auto due = network_->peers.next_deadline();
        if (!due) return;
        network_->keep_alive_timer.expires_at(*due);
        network_->keep_alive_timer.async_wait([this](error_code failure) {
            if (!failure) keep_alive_now();
        });
    }

    void keep_alive_now() {
        const keep_alive::actions due = network_->peers.take_due(broker::clock::now());
        const auto client = [this](session_id id) {
            const auto at = network_->clients.find(id);
            return at == network_->clients.end() ? nullptr : at->second.to;
        };
        for (const session_id id : due.drops)
            if (const auto silent = client(id)) silent->drop();
        for (const session_id id : due.pings)
            if (const auto to = client(id)) to->ping();
        arm_keep_alive();
    }

    /// A timer that fires too early does no harm: deadlines mostly move away, with every poll.
    void arm_timer() {
        const auto due = locked([](const broker& state) { return state.next_deadline(); });
        if (!due || network_->armed <= *due) return;
        network_->armed = *due;
        network_->timer.expires_at(*due);
        network_->timer.async_wait([this](error_code failure) {
            if (failure) return;
            network_->armed = broker::time_point::max();
            advance();
        });
    }

    const embedded_server_options options_;
    std::uint16_t port_;
    const std::shared_ptr<tls_context> tls_;

    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    broker broker_;
    sql_executor sql_{broker_};
    fault_list faults_;
    std::function<void(const announced_message&)> on_message_;
    std::uint64_t announced_ = 0;
    std::map<std::pair<session_id, std::uint64_t>, faulty_request> faulty_;  ///< requests under way whose reply is to go wrong
    std::map<std::string, request_record, std::less<>> requests_;
    std::size_t all_requests_ = 0;
    std::size_t open_ = 0;
    std::size_t accepted_ = 0;
    std::size_t pings_ = 0;
    std::size_t pongs_ = 0;
    bool waking_ = false;
    bool silent_ = false;

    inline static thread_local const impl* serving_ = nullptr;  ///< whose network thread this is
    std::mutex life_;                                           ///< guards the existence of network_
    std::unique_ptr<network> network_;
};

embedded_server::embedded_server(embedded_server_options options) : impl_(std::make_unique<impl>(std::move(options))) {}
embedded_server::~embedded_server() = default;

std::uint16_t embedded_server::port() const noexcept { return impl_->port(); }
std::string embedded_server::url() const { return (impl_->uses_tls() ? "wss://127.0.0.1:" : "ws://127.0.0.1:") + std::to_string(port()); }
void embedded_server::stop() { impl_->stop(); }
void embedded_server::start() { impl_->start(); }

std::vector<std::int32_t> embedded_server::create_topic(const topic_options& options) {
    return impl_->change([&](broker& state) { return state.topics().create(options).vgroup_ids(); });
}

std::vector<std::int32_t> embedded_server::vgroups(std::string_view topic) const {
    return impl_->locked([&](const broker& state) { return state.topics().at(topic).vgroup_ids(); });
}

time_precision embedded_server::precision(std::string_view topic) const {
    return impl_->locked([&](const broker& state) { return state.topics().at(topic).precision(); });
}

namespace {

/// Lets the log of a vgroup grow by what `grow(topic, log)` does with it, and returns the offset behind it.
template <class Grow>
std::int64_t grow_log(broker& state, std::string_view name, std::int32_t vgroup, Grow grow) {
    vgroup_log& log = state.topics().at(name, vgroup);
    const topic& of = state.topics().at(name);
    grow(of, log);
    of.retain(log);
    return log.end();
}

void append_rows(const topic& of, vgroup_log& log, std::span<const block_builder> blocks) {
    std::vector<std::byte> raw = encode_data_message(blocks, of.kind(), log.next_begin(), log.end() + 1);
    if (raw.empty())
        log.insert_unselected();
    else
        log.append(2, std::move(raw), nullptr, log_entry_kind::message);
}

void append_changes(const topic& of, vgroup_log& log, std::uint16_t raw_type, std::vector<std::byte> raw, std::shared_ptr<const std::string> json) {
    if (of.with_meta())
        log.append(raw_type, std::move(raw), std::move(json));
    else
        log.advance(1);
}

/// Null when there is none.
std::shared_ptr<const std::string> shared_json(std::string text) {
    return text == "null" ? nullptr : std::make_shared<const std::string>(std::move(text));
}

}  // namespace

std::int64_t embedded_server::append(std::string_view topic, std::int32_t vgroup, std::span<const block_builder> blocks) {
    return impl_->change(
        [&](broker& state) { return grow_log(state, topic, vgroup, [&](const auto& of, vgroup_log& log) { append_rows(of, log, blocks); }); });
}

std::int64_t embedded_server::append(std::string_view topic, std::int32_t vgroup, const block_builder& block) {
    return append(topic, vgroup, std::span(&block, 1));
}

std::int64_t embedded_server::insert(std::string_view topic, std::int32_t vgroup, std::span<const block_builder> blocks) {
    std::size_t rows = 0;
    for (const block_builder& one : blocks) rows += one.rows();
    return impl_->change([&](broker& state) {
        return grow_log(state, topic, vgroup, [&](const auto& of, vgroup_log& log) { log.insert(encode_insert(blocks, of.kind()), rows); });
    });
}

std::int64_t embedded_server::insert(std::string_view topic, std::int32_t vgroup, const block_builder& block) {
    return insert(topic, vgroup, std::span(&block, 1));
}

std::int64_t embedded_server::append(std::string_view topic, std::int32_t vgroup, const meta& change) {
    return impl_->change([&](broker& state) {
        const server_version& version = state.replies().version();
        raw_meta raw = encode_raw_meta(change, vgroup, version);
        // A raw type that says nothing of the kind of message is heard of in a batch.
        if (message_type_of(raw.type) == 0) raw = {5, encode_raw_batch({&raw, 1})};
        auto json = shared_json(encode_json_meta(change, version));
        return grow_log(state, topic, vgroup,
                        [&](const auto& of, vgroup_log& log) { append_changes(of, log, raw.type, std::move(raw.bytes), std::move(json)); });
    });
}

std::int64_t embedded_server::append(std::string_view topic, std::int32_t vgroup, std::span<const meta> changes) {
    if (changes.empty()) throw std::invalid_argument("metadata: no change");
    return impl_->change([&](broker& state) {
        const server_version& version = state.replies().version();
        std::vector<raw_meta> raw;
        for (const meta& change : changes) raw.push_back(encode_raw_meta(change, vgroup, version));
        auto json = shared_json(encode_json_batch(changes, version));
        return grow_log(state, topic, vgroup,
                        [&](const auto& of, vgroup_log& log) { append_changes(of, log, 5, encode_raw_batch(raw), std::move(json)); });
    });
}

std::int64_t embedded_server::append(std::string_view topic, std::int32_t vgroup, const create_table& created,
                                     std::span<const block_builder> blocks) {
    return impl_->change([&](broker& state) {
        const server_version& version = state.replies().version();
        const auto tables = encode_created_tables(created, version);
        auto json = shared_json(encode_json_meta(created, version));
        return grow_log(state, topic, vgroup, [&](const auto& of, vgroup_log& log) {
            if (!of.with_meta()) return append_rows(of, log, blocks);
            log.append(4, encode_data_message_with_tables(blocks, of.kind(), log.next_begin(), log.end() + 1, tables), std::move(json),
                       log_entry_kind::message);
        });
    });
}

std::int64_t embedded_server::append(std::string_view topic, std::int32_t vgroup, const create_table& created, const block_builder& block) {
    return append(topic, vgroup, created, std::span(&block, 1));
}

std::int64_t embedded_server::append_message(std::string_view topic, std::int32_t vgroup, std::vector<std::byte> raw, std::uint16_t raw_type) {
    if (message_type_of(raw_type) == 0) throw std::invalid_argument("no raw type " + std::to_string(raw_type));
    return impl_->change(
        [&](broker& state) { return grow_log(state, topic, vgroup, [&](const auto&, vgroup_log& log) { log.append(raw_type, std::move(raw)); }); });
}

std::int64_t embedded_server::append_meta(std::string_view topic, std::int32_t vgroup, std::string_view json, std::vector<std::byte> raw,
                                          std::uint16_t raw_type) {
    const std::int32_t type = message_type_of(raw_type);
    if (type != 2 && type != 3) throw std::invalid_argument("raw type " + std::to_string(raw_type) + " has no metadata");
    auto text = compact_json(json);
    if (!text) throw std::invalid_argument("the metadata is not JSON");
    auto shared = std::make_shared<const std::string>(std::move(*text));
    return impl_->change([&](broker& state) {
        return grow_log(state, topic, vgroup, [&](const auto&, vgroup_log& log) { log.append(raw_type, std::move(raw), std::move(shared)); });
    });
}

void embedded_server::advance_log(std::string_view topic, std::int32_t vgroup, std::int64_t count) {
    if (count < 0) throw std::invalid_argument("a log does not shrink");
    impl_->change([&](broker& state) { return grow_log(state, topic, vgroup, [&](const auto&, vgroup_log& log) { log.advance(count); }); });
}

void embedded_server::truncate_log(std::string_view topic, std::int32_t vgroup, std::int64_t offset) {
    impl_->change([&](broker& state) {
        vgroup_log& log = state.topics().at(topic, vgroup);
        if (offset > log.end()) throw std::invalid_argument("the log ends at " + std::to_string(log.end()));
        log.truncate(offset);
        return true;
    });
}

std::int64_t embedded_server::execute(std::string_view statement, std::string_view database) {
    const sql::outcome made = impl_->execute(statement, database);
    if (const auto* const refused = std::get_if<sql::error>(&made)) throw std::invalid_argument(refused->text);
    return sql::row_count(std::get<sql::result>(made));
}

std::size_t embedded_server::load_transcript(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) throw std::runtime_error(path + ": cannot be opened");
    std::vector<recorded_message> messages;
    try {
        messages = read_transcript(in);
    } catch (const std::runtime_error& e) {
        throw std::runtime_error(path + ": " + e.what());
    }
    return impl_->change([&](broker& state) {
        const std::size_t added = add_recorded(state.topics(), std::move(messages));
        state.rebalance_all(broker::clock::now());
        return added;
    });
}

std::optional<std::int64_t> embedded_server::committed(std::string_view group, std::string_view topic, std::int32_t vgroup) const {
    return impl_->locked([&](const broker& state) { return state.committed(group, topic, vgroup); });
}

std::int64_t embedded_server::begin_offset(std::string_view topic, std::int32_t vgroup) const {
    return impl_->locked([&](const broker& state) { return state.topics().at(topic, vgroup).begin(); });
}

std::int64_t embedded_server::end_offset(std::string_view topic, std::int32_t vgroup) const {
    return impl_->locked([&](const broker& state) { return state.topics().at(topic, vgroup).end(); });
}

std::size_t embedded_server::member_count(std::string_view group) const {
    return impl_->locked([&](const broker& state) { return state.member_count(group); });
}

std::size_t embedded_server::evict(std::string_view group) {
    return impl_->change([&](broker& state) { return state.evict(group, broker::clock::now()); });
}

std::uint64_t embedded_server::ghost_member(std::string_view group, std::string_view topic) {
    return impl_->change([&](broker& state) { return state.add_ghost(std::string(group), std::string(topic), broker::clock::now()); });
}

void embedded_server::remove_member(std::uint64_t id) {
    impl_->change([&](broker& state) {
        state.remove_ghost(id, broker::clock::now());
        return true;
    });
}

void embedded_server::commit(std::string_view group, std::string_view topic, std::int32_t vgroup, std::int64_t offset) {
    impl_->change([&](broker& state) {
        const std::int64_t end = state.topics().at(topic, vgroup).end();
        if (offset < 0 || offset > end) throw std::invalid_argument("an offset to commit is 0 to " + std::to_string(end));
        state.set_committed(std::string(group), {std::string(topic), vgroup}, offset);
        return true;
    });
}

void embedded_server::on_message(std::function<void(const announced_message&)> action) { impl_->on_message(std::move(action)); }

std::size_t embedded_server::connection_count() const {
    return impl_->locked([this](const broker&) { return impl_->open_count(); });
}
std::size_t embedded_server::accepted_count() const {
    return impl_->locked([this](const broker&) { return impl_->accepted_count(); });
}
std::size_t embedded_server::request_count(std::string_view action) const {
    return impl_->locked([&](const broker&) { return impl_->requests(action); });
}
std::string embedded_server::last_request(std::string_view action) const {
    return impl_->locked([&](const broker&) { return impl_->last_request(action); });
}
std::size_t embedded_server::waiting_polls() const {
    return impl_->locked([this](const broker&) { return impl_->waiting_polls(); });
}
std::size_t embedded_server::ping_count() const {
    return impl_->locked([this](const broker&) { return impl_->ping_count(); });
}
std::size_t embedded_server::pong_count() const {
    return impl_->locked([this](const broker&) { return impl_->pong_count(); });
}

bool embedded_server::await_requests(std::string_view action, std::size_t count, std::chrono::milliseconds timeout) const {
    return impl_->await(timeout, [&] { return impl_->requests(action) >= count; });
}
bool embedded_server::await_waiting_polls(std::size_t count, std::chrono::milliseconds timeout) const {
    return impl_->await(timeout, [&] { return impl_->waiting_polls() >= count; });
}
bool embedded_server::await_pongs(std::size_t count, std::chrono::milliseconds timeout) const {
    return impl_->await(timeout, [&] { return impl_->pong_count() >= count; });
}
bool embedded_server::await_connections(std::size_t count, std::chrono::milliseconds timeout) const {
    return impl_->await(timeout, [&] { return impl_->open_count() == count; });
}

void embedded_server::inject(fault value) { impl_->inject(std::move(value)); }
void embedded_server::clear_faults() { impl_->clear_faults(); }
void embedded_server::silence(bool value) { impl_->silence(value); }
void embedded_server::ping_all() {
    impl_->each_client([](connection& client) { client.ping(); });
}
void embedded_server::close_all(std::uint16_t code) {
    impl_->each_client([code](connection& client) { client.close(code, {}); });
}
void embedded_server::reset_all() {
    impl_->each_client([](connection& client) { client.reset(); });
}

}  // namespace tmq
