#pragma once

#include "tmq/consumer.hpp"
#include "tmq/message.hpp"

#include <boost/asio/awaitable.hpp>

#include <concepts>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

namespace tmq {

namespace detail {
using message_handler = std::function<boost::asio::awaitable<void>(const message&)>;
boost::asio::awaitable<void> for_each_message(consumer& source, message_handler handler);
}  // namespace detail

/// Polls a subscribed consumer, and calls `handler(message)` for every message, one after the other. The
/// handler returns void, or an awaitable that is awaited. A message counts as processed when its handler has
/// returned.
///
/// It ends without an error when it is stopped: when its coroutine is cancelled, consumer::cancel() is
/// called, or the consumer is closed. A handler in progress is not interrupted; its message is the last one.
/// The cancellation of the coroutine is used up then, and its filter is Asio's default again: `co_await
/// consumer.close()` may follow, which commits the last message if auto commit is on.
/// *Throws* what poll throws, errc::data_lost included, and what the handler throws. The message of a handler
/// that has thrown does not count as processed, so neither close() nor unsubscribe() commits it.
/// *Lifetime*: `source` must outlive the operation. The handler is moved into it.
/// *Threads*: The handler runs on the executor of the coroutine, which must be the consumer's.
template <std::invocable<const message&> Handler>
boost::asio::awaitable<void> for_each_message(consumer& source, Handler handler) {
    auto shared = std::make_shared<Handler>(std::move(handler));
    detail::message_handler erased;
    if constexpr (std::is_void_v<std::invoke_result_t<Handler&, const message&>>)
        erased = [shared](const message& received) -> boost::asio::awaitable<void> {
            (*shared)(received);
            co_return;
        };
    else
        erased = [shared](const message& received) { return (*shared)(received); };
    return detail::for_each_message(source, std::move(erased));
}

}  // namespace tmq
