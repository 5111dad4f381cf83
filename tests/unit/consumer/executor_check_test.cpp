#include "consumer/executor_check.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/system_executor.hpp>
#include <boost/asio/thread_pool.hpp>

#include <gtest/gtest.h>

#include <future>

namespace tmq::client {
namespace {

namespace asio = boost::asio;

/// Asks on the executor itself.
template <class Executor>
bool may_run_there(const Executor& executor, const asio::any_io_executor& asked) {
    std::promise<bool> answer;
    asio::post(executor, [&] { answer.set_value(may_run_here(asked)); });
    return answer.get_future().get();
}

TEST(executor_check, knows_the_threads_of_a_pool) {
    asio::thread_pool pool(1);
    asio::thread_pool other(1);
    const asio::any_io_executor executor = pool.get_executor();
    EXPECT_FALSE(may_run_here(executor));
    EXPECT_TRUE(may_run_there(pool.get_executor(), executor));
    EXPECT_FALSE(may_run_there(other.get_executor(), executor));
}

TEST(executor_check, tells_a_strand_from_the_pool_under_it) {
    asio::thread_pool pool(1);
    const auto strand = asio::make_strand(pool);
    EXPECT_TRUE(may_run_there(strand, strand));
    EXPECT_FALSE(may_run_there(pool.get_executor(), strand));
    const auto erased = asio::make_strand(asio::any_io_executor(pool.get_executor()));
    EXPECT_TRUE(may_run_there(erased, erased));
    EXPECT_FALSE(may_run_there(strand, erased));
}

TEST(executor_check, knows_the_thread_that_runs_an_io_context) {
    asio::io_context context(1);
    const asio::any_io_executor executor = context.get_executor();
    EXPECT_FALSE(may_run_here(executor));
    bool runs = false;
    asio::post(context, [&] { runs = may_run_here(executor); });
    context.run();
    EXPECT_TRUE(runs);
}

TEST(executor_check, believes_an_executor_that_cannot_tell) {
    EXPECT_TRUE(may_run_here(asio::require(asio::system_executor(), asio::execution::blocking.never)));
}

}  // namespace
}  // namespace tmq::client
