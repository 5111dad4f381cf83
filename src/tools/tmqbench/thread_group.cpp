#include "tools/tmqbench/thread_group.hpp"

#include <boost/asio/co_spawn.hpp>

#include <thread>
#include <utility>

namespace tmq::tools::tmqbench {

thread_group::thread_group(std::size_t threads) {
    for (std::size_t i = 0; i < threads; ++i)
        contexts_.push_back(std::make_unique<asio::io_context>(1));
}

void thread_group::spawn(std::size_t index, asio::awaitable<void> work) {
    ++pending_;
    asio::co_spawn((*this)[index], std::move(work),
                   [this](std::exception_ptr failure) { on_end(std::move(failure)); });
}

void thread_group::run() {
    if (pending_ == 0) return;
    for (const auto& context : contexts_)
        context->restart();
    {
        std::vector<std::jthread> workers;
        for (std::size_t i = 1; i < contexts_.size(); ++i)
            workers.emplace_back([&context = *contexts_[i]] { context.run(); });
        contexts_.front()->run();
    }
    if (failure_) std::rethrow_exception(failure_);
}

void thread_group::on_end(std::exception_ptr failure) {
    const bool has_failed = failure != nullptr;
    if (has_failed) {
        const std::scoped_lock lock(mutex_);
        if (!failure_) failure_ = std::move(failure);
    }
    if (--pending_ == 0 || has_failed) stop();
}

void thread_group::stop() {
    for (const auto& context : contexts_)
        context->stop();
}

}  // namespace tmq::tools::tmqbench
