#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/post.hpp>

#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <new>
#include <type_traits>
#include <utility>

namespace tmq::client {

namespace asio = boost::asio;

/// Where one coroutine waits until somebody lets it go on. A timer that is cancelled does the same, but only
/// through the executor's queue: for every message a turn of the event loop more. Used from its executor
/// only.
class wait_point {
  public:
    explicit wait_point(asio::any_io_executor executor);
    wait_point(const wait_point&) = delete;
    wait_point& operator=(const wait_point&) = delete;
    ~wait_point();

    /// Awaited by one coroutine at a time, which also resumes when it is cancelled.
    auto wait() {
        return asio::async_initiate<const asio::deferred_t&, void()>(
            [this](auto handler) { keep(std::move(handler)); }, asio::deferred);
    }
    bool has_waiter() const noexcept { return take_ != nullptr; }
    /// The coroutine resumes inside this call, after which nothing of the caller may be in use: it may
    /// destroy everything.
    void resume() {
        if (take_ != nullptr) take_(*this, outcome::resumed);
    }
    /// The coroutine resumes in a later turn of the event loop.
    void post() {
        if (take_ != nullptr) take_(*this, outcome::posted);
    }

  private:
    /// Destroys the coroutines that still wait when their execution context ends, as Asio does with its
    /// operations.
    class registry;
    enum class outcome : std::uint8_t { resumed, posted, destroyed };

    template <class Handler>
    void keep(Handler handler) {
        static_assert(sizeof(Handler) <= sizeof(memory_) && alignof(Handler) <= alignof(std::max_align_t));
        static_assert(std::is_nothrow_move_constructible_v<Handler>);
        if (auto slot = asio::get_associated_cancellation_slot(handler); slot.is_connected())
            slot.assign([this](asio::cancellation_type) { post(); });
        ::new (static_cast<void*>(memory_)) Handler(std::move(handler));
        take_ = [](wait_point& self, outcome what) {
            Handler* const kept = std::launder(reinterpret_cast<Handler*>(self.memory_));
            Handler taken(std::move(*kept));
            kept->~Handler();
            self.take_ = nullptr;
            if (what == outcome::destroyed) return;
            if (what == outcome::resumed &&
                asio::get_associated_executor(taken, self.executor_) == self.executor_)
                std::move(taken)();
            else
                asio::post(self.executor_, std::move(taken));
        };
    }

    asio::any_io_executor executor_;
    void (*take_)(wait_point&, outcome) = nullptr;  ///< of the coroutine that waits
    alignas(std::max_align_t) std::byte memory_[48];
    registry& registry_;
    std::list<wait_point*>::iterator place_;
};

}  // namespace tmq::client
