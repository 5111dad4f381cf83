#include "tmq/for_each_message.hpp"

#include "tmq/detail/consumer_access.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>

namespace tmq::detail {
namespace {

namespace asio = boost::asio;

/// Runs the handler with a cancellation state of its own. The one of this coroutine still records a signal.
asio::awaitable<void> handle_uninterrupted(message_handler& handler, const message& received) {
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    asio::awaitable<void> handling = handler(received);
    const auto [failure] = co_await asio::co_spawn(
        executor, std::move(handling),
        asio::bind_cancellation_slot(asio::cancellation_slot(), asio::as_tuple(asio::use_awaitable)));
    if (failure) std::rethrow_exception(failure);
}

asio::awaitable<void> handle_all(consumer& source, message_handler& handler) {
    message received;
    const std::uint64_t cancellations = consumer_access::cancellations(source);
    for (;;) {
        bool has_message = false;
        try {
            has_message = co_await source.poll(received);
        } catch (const boost::system::system_error& failure) {
            if (failure.code() != asio::error::operation_aborted) throw;
        }
        if (!has_message) co_return;
        try {
            co_await handle_uninterrupted(handler, received);
        } catch (...) {
            consumer_access::forget_delivery(source);
            throw;
        }
        const asio::cancellation_state cancellation = co_await asio::this_coro::cancellation_state;
        if (cancellation.cancelled() != asio::cancellation_type::none ||
            cancellations != consumer_access::cancellations(source))
            co_return;
    }
}

}  // namespace

asio::awaitable<void> for_each_message(consumer& source, message_handler handler) {
    // A signal during a handler must not make the next await throw.
    const bool throws = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    std::exception_ptr failure;
    try {
        co_await handle_all(source, handler);
    } catch (...) {
        failure = std::current_exception();
    }
    co_await asio::this_coro::throw_if_cancelled(throws);
    if (failure) std::rethrow_exception(failure);
    const asio::cancellation_state cancellation = co_await asio::this_coro::cancellation_state;
    if (cancellation.cancelled() != asio::cancellation_type::none)
        co_await asio::this_coro::reset_cancellation_state();
}

}  // namespace tmq::detail
