#include "embedded_server/request_log.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

namespace tmq::embedded {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(request_log, counts_requests_by_action_and_in_all) {
    request_log log;
    log.add_request("poll", "first");
    log.add_request("poll", "second");
    log.add_request("", "not a request");
    EXPECT_EQ(log.requests("poll"), 2u);
    EXPECT_EQ(log.requests("commit"), 0u);
    EXPECT_EQ(log.requests({}), 3u);
    EXPECT_EQ(log.last_request("poll"), "second");
    EXPECT_EQ(log.last_request("commit"), "");
}

TEST(request_log, remembers_connections_that_have_gone) {
    request_log log;
    log.add_connection();
    log.add_connection();
    log.remove_connection();
    EXPECT_EQ(log.connections(), 1u);
    EXPECT_EQ(log.accepted_connections(), 2u);
    EXPECT_TRUE(log.await_connections(1, milliseconds(0)));
    EXPECT_FALSE(log.await_connections(2, milliseconds(0))) << "exactly as many";
}

TEST(request_log, waits_for_what_another_thread_counts) {
    request_log log;
    std::thread other([&log] {
        log.add_request("poll", "{}");
        log.set_waiting_polls(1);
        log.add_pong();
        log.notify();
    });
    EXPECT_TRUE(log.await_requests("poll", 1, seconds(10)));
    EXPECT_TRUE(log.await_waiting_polls(1, seconds(10)));
    EXPECT_TRUE(log.await_pongs(1, seconds(10)));
    other.join();
    EXPECT_FALSE(log.await_requests("poll", 2, milliseconds(0)));
}

}  // namespace
}  // namespace tmq::embedded
