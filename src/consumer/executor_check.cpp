#include "consumer/executor_check.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>

#include <optional>

namespace tmq::client {
namespace {

namespace asio = boost::asio;

template <class Executor>
std::optional<bool> runs_here(const asio::any_io_executor& executor) noexcept {
    if (const auto* const known = executor.target<Executor>()) return known->running_in_this_thread();
    if (const auto* const known = executor.target<asio::strand<Executor>>())
        return known->running_in_this_thread();
    return std::nullopt;
}

}  // namespace

bool may_run_here(const asio::any_io_executor& executor) noexcept {
    if (const auto here = runs_here<asio::io_context::executor_type>(executor)) return *here;
    if (const auto here = runs_here<asio::thread_pool::executor_type>(executor)) return *here;
    if (const auto* const known = executor.target<asio::strand<asio::any_io_executor>>())
        return known->running_in_this_thread();
    return true;
}

}  // namespace tmq::client
