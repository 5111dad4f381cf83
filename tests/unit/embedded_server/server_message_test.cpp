#include "embedded_server/broker/dialogue.hpp"
#include "embedded_server/web_socket_client.hpp"
#include "tmq/testing/server.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <future>
#include <mutex>
#include <stdexcept>

// What a test can do at the moment when a message is announced.

namespace tmq::test {

using namespace testing;

namespace {

using opcode = web_socket_client::opcode;

class server_message : public ::testing::Test {
  protected:
    explicit server_message(
        const testing::server_options& options = testing::server_options().version("3.4.1.6.community"))
        : hub(options) {
        hub.create_topic(topic_options("t").vgroups(2));
        for (int i = 0; i < 3; ++i)
            append();
    }
    void append() {
        block_builder row;
        row.column("ts", data_type::timestamp).row(1);
        hub.append("t", 1, row);
    }
    /// Does it when message number `count` is announced.
    void at_message(std::uint64_t count, std::function<void()> action) {
        hub.on_message([count, action = std::move(action)](const announced_message& message) {
            if (message.count == count) action();
        });
    }
    static std::string offset(const web_socket_client::received& reply) {
        const std::size_t at = reply.bytes.find("\"offset\":");
        return at == std::string::npos ? reply.bytes
                                       : reply.bytes.substr(at + 9, reply.bytes.find('}', at) - at - 9);
    }
    static std::string guarded_poll(int message_id) {
        return fmt::format(R"({{"action":"poll","args":{{"req_id":2,"blocking_time":0,"message_id":{}}}}})",
                           message_id);
    }

    testing::server hub;
};

TEST_F(server_message, is_told_once_with_what_the_reply_says) {
    std::mutex guard;
    std::vector<std::string> told;
    hub.on_message([&](const announced_message& m) {
        const std::lock_guard lock(guard);
        told.push_back(
            fmt::format("{} {} {} {} {} {}", m.count, m.group, m.topic, m.vgroup, m.message_type, m.offset));
    });
    web_socket_client client(hub.port());
    client.ask(subscribe("g", "t"));
    client.ask(guarded_poll(0));
    client.ask(guarded_poll(0));  // announced again, which is not told
    client.ask(guarded_poll(1));
    hub.append_meta("t", 2, "{}", std::vector<std::byte>(8), 519);
    client.ask(guarded_poll(2));
    {
        const std::lock_guard lock(guard);
        EXPECT_EQ(told, (std::vector<std::string>{"1 g t 1 1 0", "2 g t 1 1 1", "3 g t 1 1 2"}));
    }
    hub.on_message(nullptr);
    EXPECT_EQ(offset(client.ask(guarded_poll(3))), "1") << "metadata, which is not told";
    EXPECT_EQ(told.size(), 3U);
}

TEST_F(server_message, counts_from_the_call_on) {
    web_socket_client client(hub.port());
    client.ask(subscribe("g", "t"));
    EXPECT_EQ(offset(client.ask(poll(2, 0))), "0");
    at_message(1, [this] { hub.truncate_log("t", 1, 3); });
    EXPECT_EQ(offset(client.ask(poll(2, 0))), "1");
    EXPECT_EQ(hub.begin_offset("t", 1), 3);
}

TEST_F(server_message, may_see_the_log_truncated) {
    web_socket_client client(hub.port());
    client.ask(subscribe("g", "t"));
    at_message(1, [this] { hub.truncate_log("t", 1, 2); });
    EXPECT_EQ(offset(client.ask(poll(2, 0))), "0");
    EXPECT_EQ(client.ask(fetch(3, 1)).what, opcode::binary) << "the message itself is still there";
    EXPECT_EQ(offset(client.ask(poll(4, 0))), "2");
}

TEST_F(server_message, may_see_the_group_evicted) {
    web_socket_client client(hub.port());
    client.ask(subscribe("g", "t"));
    at_message(2, [this] { hub.evict("g"); });
    EXPECT_EQ(offset(client.ask(poll(2, 0))), "0");
    EXPECT_EQ(offset(client.ask(poll(2, 0))), "1");
    EXPECT_NE(client.ask(poll(2, 0)).bytes.find("\"code\":998,"), std::string::npos);
}

TEST_F(server_message, may_see_ghosts_come_and_go) {
    web_socket_client client(hub.port());
    client.ask(subscribe("g", "t"));
    std::uint64_t ghost = 0;
    hub.on_message([&](const announced_message& message) {
        if (message.count == 1) ghost = hub.ghost_member("g", "t");
        if (message.count == 2) hub.remove_member(ghost);
    });
    const std::string asked = assignment(3, "t");
    client.ask(poll(2, 0));
    EXPECT_EQ(client.ask(asked).bytes.find("\"vgroup_id\":2,"), std::string::npos);
    client.ask(poll(2, 0));
    EXPECT_NE(client.ask(asked).bytes.find("\"vgroup_id\":2,"), std::string::npos);
}

TEST_F(server_message, may_see_connections_broken_and_faults_injected) {
    web_socket_client client(hub.port());
    client.ask(subscribe("g", "t"));
    hub.on_message([this](const announced_message& message) {
        if (message.count == 1) hub.inject(fault::error_reply(5, "five").on("poll"));
        if (message.count == 2) hub.reset_all();
    });
    EXPECT_EQ(offset(client.ask(poll(2, 0))), "0");
    EXPECT_NE(client.ask(poll(2, 0)).bytes.find("\"code\":5,"), std::string::npos);
    client.send_text(poll(2, 0));
    auto next = client.receive();
    if (next.what == opcode::text) next = client.receive();  // the reset may overtake the reply
    EXPECT_EQ(next.what, opcode::reset);
    EXPECT_TRUE(hub.await_connections(0));
}

TEST_F(server_message, may_feed_more_messages) {
    web_socket_client client(hub.port());
    client.ask(subscribe("g", "t"));
    hub.on_message([this](const announced_message& message) {
        if (message.count < 10) append();
    });
    for (int i = 0; i < 12; ++i)
        EXPECT_EQ(offset(client.ask(poll(2, 10000))), std::to_string(i));
    EXPECT_EQ(hub.end_offset("t", 1), 12);
}

TEST_F(server_message, may_see_the_server_die) {
    web_socket_client client(hub.port());
    client.ask(subscribe("g", "t"));
    at_message(2, [this] {
        EXPECT_THROW(hub.start(), std::logic_error);
        hub.stop();
        EXPECT_EQ(hub.connection_count(), 0U);
        append();
    });
    client.ask(poll(2, 0));
    client.ask(with_offset("commit_offset", 3, "t", 1, 1));
    EXPECT_EQ(client.ask(poll(4, 0)).what, opcode::reset) << "without the reply";
    EXPECT_EQ(hub.member_count("g"), 0U);
    EXPECT_THROW(web_socket_client{hub.port()}, std::runtime_error);
    hub.start();
    hub.on_message(nullptr);
    web_socket_client again(hub.port());
    again.ask(subscribe("g", "t"));
    EXPECT_EQ(offset(again.ask(poll(2, 0))), "1");
}

TEST_F(server_message, that_stops_the_server_leaves_later_polls_to_be_woken) {
    web_socket_client client(hub.port()), waits(hub.port());
    client.ask(subscribe("g", "t"));
    waits.ask(subscribe("h", "t", "latest"));
    waits.send_text(poll(2, 60000));
    ASSERT_TRUE(hub.await_waiting_polls(1));
    at_message(1, [this] {
        append();  // would wake the poll that waits, if there were time for it
        hub.stop();
    });
    EXPECT_EQ(client.ask(poll(2, 0)).what, opcode::reset);
    EXPECT_EQ(waits.receive().what, opcode::reset);
    hub.start();
    web_socket_client again(hub.port());
    again.ask(subscribe("h", "t", "latest"));
    again.send_text(poll(2, 60000));
    ASSERT_TRUE(hub.await_waiting_polls(1));
    append();
    EXPECT_EQ(offset(again.receive()), "4");
}

TEST_F(server_message, is_no_obstacle_to_stopping) {
    web_socket_client client(hub.port());
    client.ask(subscribe("g", "t"));
    std::promise<void> begun;
    hub.on_message([&](const announced_message&) {
        begun.set_value();
        for (int i = 0; i < 2000; ++i)
            hub.commit("h", "t", 1, 1);
    });
    client.send_text(poll(2, 0));
    begun.get_future().wait();
    hub.stop();
    EXPECT_EQ(hub.member_count("g"), 0U);
}

}  // namespace
}  // namespace tmq::test
