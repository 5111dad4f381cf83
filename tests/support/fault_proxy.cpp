#include "support/fault_proxy.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <future>
#include <map>
#include <mutex>
#include <numeric>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace tmq::test {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::steady_clock;

namespace {

constexpr std::size_t largest_piece = 65536;
/// What a direction holds back at most: delayed, or not taken by its receiver.
constexpr std::size_t largest_queue = 1 << 20;
/// How long a reset waits for its receiver to take the bytes before it, which it would destroy.
constexpr std::chrono::seconds reset_patience{1};

std::size_t index_of(direction way) noexcept { return static_cast<std::size_t>(way); }

/// Bytes that were written and not acknowledged.
bool has_unacknowledged(tcp::socket& socket) {
    int count = 0;
    return socket.is_open() && ioctl(socket.native_handle(), SIOCOUTQ, &count) == 0 && count > 0;
}

/// Finds the ends of the frames in what a server sends.
class frame_ends {
  public:
    /// How many of these bytes, which follow those of before, belong to the same frame or to the answer to
    /// the upgrade.
    std::size_t same_frame(std::span<const char> bytes) {
        std::size_t taken = 0;
        while (taken < bytes.size()) {
            if (left_ != 0) {
                const std::size_t size = std::min(left_, bytes.size() - taken);
                left_ -= size;
                taken += size;
                if (left_ == 0) break;
                continue;
            }
            head_.push_back(bytes[taken++]);
            if (is_upgraded_ ? read_head() : head_.ends_with("\r\n\r\n")) {
                is_upgraded_ = true;
                head_.clear();
                if (left_ == 0) break;
            }
        }
        return taken;
    }
    bool is_at_end() const { return head_.empty() && left_ == 0; }

  private:
    /// Whether the head is whole; left_ then is what follows.
    bool read_head() {
        if (head_.size() < 2) return false;
        const auto byte = [this](std::size_t i) { return static_cast<unsigned char>(head_[i]); };
        const std::size_t length = byte(1);
        const std::size_t size = 2U + (length == 126 ? 2U : length == 127 ? 8U : 0U);
        if (head_.size() < size) return false;
        left_ = size == 2 ? length : 0;
        for (std::size_t i = 2; i < size; ++i)
            left_ = left_ << 8 | byte(i);
        return true;
    }

    std::string head_;
    std::size_t left_ = 0;
    bool is_upgraded_ = false;
};

void reset(tcp::socket& socket) {
    error_code ignored;
    socket.set_option(asio::socket_base::linger(true, 0), ignored);
    socket.close(ignored);
}

}  // namespace

link_plan& link_plan::cut(direction way, std::uint64_t bytes, cut_kind how) {
    at(way).cut = cut_point{bytes, how};
    return *this;
}
link_plan& link_plan::delay(direction way, milliseconds time) {
    at(way).delay = time;
    return *this;
}
link_plan& link_plan::rate(direction way, std::size_t bytes, milliseconds period) {
    at(way).rate = bytes;
    at(way).period = period;
    return *this;
}
link_plan& link_plan::segments(direction way, std::size_t bytes) {
    at(way).segment = bytes;
    return *this;
}
link_plan& link_plan::frames() {
    at(direction::to_client).frames = true;
    return *this;
}
link_plan& link_plan::refused() {
    refused_ = true;
    return *this;
}

class fault_proxy::impl {
  public:
    explicit impl(std::uint16_t target_port);
    ~impl();

    /// Runs a function in the proxy's thread and waits for it.
    template <class Function>
    void run(Function function) {
        std::promise<void> done;
        asio::dispatch(context_, [&] {
            try {
                function();
                done.set_value();
            } catch (...) {
                done.set_exception(std::current_exception());
            }
        });
        done.get_future().get();
    }
    std::uint16_t port() const noexcept { return local_.port(); }
    void next_plan(planner plans) { plans_ = std::move(plans); }
    void on_cut(cut_handler handler) { on_cut_ = std::move(handler); }
    void refuse(refusal how, std::optional<milliseconds> time);
    void accept();
    void cut_all(cut_kind how);

    struct counters {
        std::size_t connections = 0;
        std::size_t open = 0;
        std::size_t resets_at_accept = 0;
        std::array<std::uint64_t, 2> bytes{};
        std::array<std::size_t, 3> cuts{};
    };
    counters count() const {
        const std::lock_guard lock(mutex_);
        return counters_;
    }
    template <class Condition>
    bool await(milliseconds timeout, const Condition& condition) const {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, timeout, [&] { return condition(counters_); });
    }
    template <class Change>
    void note(const Change& change) {
        const std::lock_guard lock(mutex_);
        change(counters_);
        changed_.notify_all();
    }
    void tell(const link_cut& cut) {
        if (on_cut_) on_cut_(cut);
    }
    void closed(std::size_t number) {
        links_.erase(number);
        note([](counters& now) { --now.open; });
    }
    const tcp::endpoint& target() const noexcept { return target_; }

  private:
    void listen();
    asio::awaitable<void> serve();

    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    counters counters_;
    planner plans_;
    cut_handler on_cut_;
    std::map<std::size_t, std::weak_ptr<link>> links_;
    bool reset_new_ = false;
    tcp::endpoint target_;
    tcp::endpoint local_;

    asio::io_context context_{1};
    asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
    /// Bound to the port and never listening: keeps it while the acceptor is closed.
    tcp::socket reservation_{context_};
    tcp::acceptor acceptor_{context_};
    asio::steady_timer refusing_{context_};
    std::thread thread_;
};

/// One relayed connection: for each direction a coroutine that reads and one that writes, with a queue
/// between them.
class fault_proxy::link : public std::enable_shared_from_this<link> {
  public:
    link(impl& owner, std::size_t number, const link_plan& plan, tcp::socket client)
        : owner_(owner),
          number_(number),
          client_(std::move(client)),
          server_(client_.get_executor()),
          lanes_{lane(direction::to_server, plan[direction::to_server], client_, server_),
                 lane(direction::to_client, plan[direction::to_client], server_, client_)} {}
    ~link() { owner_.closed(number_); }
    link(const link&) = delete;
    link& operator=(const link&) = delete;

    static asio::awaitable<void> start(std::shared_ptr<link> self) {
        error_code failed;
        co_await self->server_.async_connect(self->owner_.target(),
                                             asio::redirect_error(asio::use_awaitable, failed));
        if (failed || (self->cut_ && self->cut_ != cut_kind::stall)) {
            self->reset_both();
            co_return;
        }
        error_code ignored;
        self->client_.set_option(tcp::no_delay(true), ignored);
        self->server_.set_option(tcp::no_delay(true), ignored);
        for (lane& one : self->lanes_) {
            asio::co_spawn(self->client_.get_executor(), read(self, one), asio::detached);
            asio::co_spawn(self->client_.get_executor(), write(self, one), asio::detached);
        }
    }

    void cut(cut_kind how, std::optional<direction> way) {
        const bool was_open = !cut_;
        if (!was_open && (cut_ != cut_kind::stall || how == cut_kind::stall)) return;
        cut_ = how;
        if (was_open) {
            // Told first, so that nobody sees a cut that is not counted.
            owner_.note([&](impl::counters& now) { ++now.cuts[static_cast<std::size_t>(how)]; });
            owner_.tell(link_cut{number_, how, way, lanes_[0].passed, lanes_[1].passed});
        }
        for (lane& one : lanes_)
            one.changed.cancel();
        if (how == cut_kind::fin) {
            // The readers go on: closing a socket with unread bytes would be a reset.
            error_code ignored;
            client_.shutdown(tcp::socket::shutdown_send, ignored);
            server_.shutdown(tcp::socket::shutdown_send, ignored);
        } else if (how == cut_kind::rst) {
            asio::co_spawn(client_.get_executor(), reset_when_delivered(shared_from_this()), asio::detached);
        }
    }

  private:
    enum class ending : std::uint8_t { none, fin, rst };
    struct piece {
        steady_clock::time_point due;
        std::vector<char> bytes;
    };
    struct lane {
        lane(direction which, const link_plan::lane& what, tcp::socket& source, tcp::socket& sink)
            : way(which),
              plan(what),
              from(source),
              to(sink),
              changed(source.get_executor(), steady_clock::time_point::max()) {}

        direction way;
        link_plan::lane plan;
        tcp::socket& from;
        tcp::socket& to;
        std::deque<piece> queue;
        std::size_t queued = 0;
        std::uint64_t passed = 0;
        ending end = ending::none;
        asio::steady_timer changed;
    };

    static asio::awaitable<void> wait(asio::steady_timer& timer) {
        error_code ignored;
        co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }

    static asio::awaitable<void> read(std::shared_ptr<link> self, lane& on) {
        std::vector<char> bytes(largest_piece);
        error_code ended;
        while (true) {
            while (!self->cut_ && on.queued >= largest_queue)
                co_await wait(on.changed);
            const std::size_t size = co_await on.from.async_read_some(
                asio::buffer(bytes), asio::redirect_error(asio::use_awaitable, ended));
            if (ended) break;
            if (self->cut_) continue;
            on.queue.push_back(piece{steady_clock::now() + on.plan.delay,
                                     {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)}});
            on.queued += size;
            on.changed.cancel();
        }
        on.end = ended == asio::error::eof ? ending::fin : ending::rst;
        on.changed.cancel();
        // A stalled link lives as long as its client does.
        if (self->cut_ == cut_kind::stall && on.way == direction::to_server) self->reset_both();
    }

    static asio::awaitable<void> write(std::shared_ptr<link> self, lane& on) {
        asio::steady_timer pause(on.to.get_executor());
        std::size_t budget = on.plan.rate;
        frame_ends frames;
        std::size_t done = 0;  // of the first piece
        while (!self->cut_) {
            if (on.plan.cut && on.plan.cut->bytes == on.passed) {
                self->cut(on.plan.cut->how, on.way);
                co_return;
            }
            if (on.queue.empty()) {
                if (on.end == ending::none) {
                    co_await wait(on.changed);
                    continue;
                }
                if (on.end == ending::rst) {
                    asio::co_spawn(on.to.get_executor(), reset_when_delivered(self), asio::detached);
                } else {
                    error_code ignored;
                    on.to.shutdown(tcp::socket::shutdown_send, ignored);
                }
                co_return;
            }
            piece& first = on.queue.front();
            if (first.due > steady_clock::now()) {
                pause.expires_at(first.due);
                co_await wait(pause);
                continue;
            }
            std::size_t size = first.bytes.size() - done;
            if (on.plan.segment != 0) size = std::min(size, on.plan.segment);
            if (on.plan.frames)
                size = frames.same_frame(std::span(first.bytes).subspan(done));
            else if (on.plan.rate != 0)
                size = std::min(size, budget);
            if (on.plan.cut)
                size =
                    static_cast<std::size_t>(std::min<std::uint64_t>(size, on.plan.cut->bytes - on.passed));
            self->owner_.note([&](impl::counters& now) { now.bytes[index_of(on.way)] += size; });
            error_code failed;
            co_await asio::async_write(on.to, asio::buffer(first.bytes.data() + done, size),
                                       asio::redirect_error(asio::use_awaitable, failed));
            if (failed) {
                if (!self->cut_) self->reset_both();
                co_return;
            }
            on.passed += size;
            done += size;
            if (done == first.bytes.size()) {
                on.queued -= done;
                on.queue.pop_front();
                done = 0;
                on.changed.cancel();
            }
            if (on.plan.rate == 0) continue;
            budget -= std::min(budget, size);
            if (budget != 0 || (on.plan.frames && !frames.is_at_end())) continue;
            budget = on.plan.rate;
            pause.expires_after(on.plan.period);
            co_await wait(pause);
        }
    }

    static asio::awaitable<void> reset_when_delivered(std::shared_ptr<link> self) {
        asio::steady_timer tick(self->client_.get_executor());
        const auto deadline = steady_clock::now() + reset_patience;
        while (has_unacknowledged(self->client_) || has_unacknowledged(self->server_)) {
            if (steady_clock::now() > deadline) break;
            tick.expires_after(std::chrono::milliseconds(1));
            co_await wait(tick);
        }
        self->reset_both();
    }

    void reset_both() {
        reset(client_);
        reset(server_);
        for (lane& one : lanes_)
            one.changed.cancel();
    }

    impl& owner_;
    std::size_t number_;
    tcp::socket client_;
    tcp::socket server_;
    std::array<lane, 2> lanes_;
    std::optional<cut_kind> cut_;
};

fault_proxy::impl::impl(std::uint16_t target_port) : target_(asio::ip::address_v4::loopback(), target_port) {
    reservation_.open(tcp::v4());
    reservation_.set_option(tcp::socket::reuse_address(true));
    reservation_.bind(tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    local_ = reservation_.local_endpoint();
    listen();
    thread_ = std::thread([this] { context_.run(); });
}

fault_proxy::impl::~impl() {
    context_.stop();
    thread_.join();
}

void fault_proxy::impl::listen() {
    acceptor_.open(tcp::v4());
    acceptor_.set_option(tcp::acceptor::reuse_address(true));
    acceptor_.bind(local_);
    acceptor_.listen();
    asio::co_spawn(context_, serve(), asio::detached);
}

asio::awaitable<void> fault_proxy::impl::serve() {
    while (true) {
        error_code failed;
        tcp::socket client =
            co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, failed));
        if (failed == asio::error::operation_aborted) co_return;
        if (failed) continue;
        const std::size_t number = counters_.connections;
        link_plan plan;
        if (plans_ && !reset_new_) plan = plans_(number);
        if (reset_new_ || plan.is_refused()) {
            note([](counters& now) { ++now.connections, ++now.resets_at_accept; });
            reset(client);
            continue;
        }
        note([](counters& now) { ++now.connections, ++now.open; });
        const auto made = std::make_shared<link>(*this, number, plan, std::move(client));
        links_[number] = made;
        asio::co_spawn(context_, link::start(made), asio::detached);
    }
}

void fault_proxy::impl::refuse(refusal how, std::optional<milliseconds> time) {
    accept();
    if (how == refusal::reset) {
        reset_new_ = true;
    } else {
        acceptor_.close();
    }
    if (!time) return;
    refusing_.expires_after(*time);
    refusing_.async_wait([this](error_code ended) {
        if (!ended) accept();
    });
}

void fault_proxy::impl::accept() {
    refusing_.cancel();
    reset_new_ = false;
    if (!acceptor_.is_open()) listen();
}

void fault_proxy::impl::cut_all(cut_kind how) {
    const auto links = links_;  // a cut may end a link
    for (const auto& [number, one] : links)
        if (const std::shared_ptr<link> open = one.lock()) open->cut(how, std::nullopt);
}

fault_proxy::fault_proxy(std::uint16_t target_port) : impl_(std::make_unique<impl>(target_port)) {}
fault_proxy::~fault_proxy() = default;

std::uint16_t fault_proxy::port() const noexcept { return impl_->port(); }
void fault_proxy::next_plan(planner plans) {
    impl_->run([&] { impl_->next_plan(std::move(plans)); });
}
void fault_proxy::next_plan(const link_plan& plan) {
    next_plan([plan](std::size_t) { return plan; });
}
void fault_proxy::on_cut(cut_handler handler) {
    impl_->run([&] { impl_->on_cut(std::move(handler)); });
}
void fault_proxy::refuse(refusal how, std::optional<milliseconds> time) {
    impl_->run([&] { impl_->refuse(how, time); });
}
void fault_proxy::accept() {
    impl_->run([&] { impl_->accept(); });
}
void fault_proxy::cut_all(cut_kind how) {
    impl_->run([&] { impl_->cut_all(how); });
}

std::size_t fault_proxy::connections() const { return impl_->count().connections; }
std::size_t fault_proxy::open_connections() const { return impl_->count().open; }
std::size_t fault_proxy::resets_at_accept() const { return impl_->count().resets_at_accept; }
std::uint64_t fault_proxy::bytes(direction way) const { return impl_->count().bytes[index_of(way)]; }
std::size_t fault_proxy::cuts() const {
    const auto counts = impl_->count().cuts;
    return std::accumulate(counts.begin(), counts.end(), std::size_t{0});
}
std::size_t fault_proxy::cuts(cut_kind how) const {
    return impl_->count().cuts[static_cast<std::size_t>(how)];
}

bool fault_proxy::await_cuts(std::size_t count, milliseconds timeout) const {
    return impl_->await(timeout, [count](const impl::counters& now) {
        return now.cuts[0] + now.cuts[1] + now.cuts[2] >= count;
    });
}
bool fault_proxy::await_bytes(direction way, std::uint64_t count, milliseconds timeout) const {
    return impl_->await(timeout,
                        [=](const impl::counters& now) { return now.bytes[index_of(way)] >= count; });
}
bool fault_proxy::await_open_connections(std::size_t count, milliseconds timeout) const {
    return impl_->await(timeout, [count](const impl::counters& now) { return now.open == count; });
}

}  // namespace tmq::test
