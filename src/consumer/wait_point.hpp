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

/// Wait of one coroutine until another call resumes it. A cancelled timer does the same, but only through the
/// executor's queue, which costs a turn of the event loop for every message. Used from its executor only.
class wait_point {
  public:
    explicit wait_point(asio::any_io_executor executor);
    wait_point(const wait_point&) = delete;
    wait_point& operator=(const wait_point&) = delete;
    ~wait_point();

    /// Waits. One coroutine at a time; its cancellation resumes it too.
    auto wait() {
        return asio::async_initiate<const asio::deferred_t&, void()>(
            [this](auto handler) { keep(std::move(handler)); }, asio::deferred);
    }
    bool has_waiter() const noexcept { return take_ != nullptr; }
    /// Resumes the coroutine inside this call. The coroutine may destroy everything, so the caller must use
    /// nothing afterwards.
    void resume() {
        if (take_ != nullptr) take_(*this, outcome::resumed);
    }
    /// Resumes the coroutine in a later turn of the event loop.
    void post() {
        if (take_ != nullptr) take_(*this, outcome::posted);
    }

  private:
    /// Destroys the waiting coroutines when their execution context ends, as Asio does with its operations.
    class registry;
    enum class outcome : std::uint8_t { resumed, posted, destroyed };

    template <class Handler>
    void keep(Handler handler) {
        static_assert(sizeof(Handler) <= sizeof(memory_) && alignof(Handler) <= alignof(std::max_align_t));
        static_assert(std::is_nothrow_move_constructible_v<Handler>);
        if (auto slot = asio::get_associated_cancellation_slot(handler); slot.is_connected())
            slot.assign([this](asio::cancellation_type) { post(); });
        ::new (static_cast<void*>(memory_)) Handler(std::move(handler));
        take_ = [](wait_point& self, outcome result) {
            Handler* const kept = std::launder(reinterpret_cast<Handler*>(self.memory_));
            Handler taken(std::move(*kept));
            kept->~Handler();
            self.take_ = nullptr;
            if (result == outcome::destroyed) return;
            if (result == outcome::resumed &&
                asio::get_associated_executor(taken, self.executor_) == self.executor_)
                std::move(taken)();
            else
                asio::post(self.executor_, std::move(taken));
        };
    }

    asio::any_io_executor executor_;
    void (*take_)(wait_point&, outcome) = nullptr;  ///< of the waiting coroutine; null: there is none
    alignas(std::max_align_t) std::byte memory_[48];
    registry& registry_;
    std::list<wait_point*>::iterator place_;
};

}  // namespace tmq::client
