#include "embedded_server/broker/dialogue.hpp"
#include "embedded_server/web_socket_client.hpp"
#include "tmq/testing/meters.hpp"
#include "wire/data_message.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <functional>
#include <map>
#include <stdexcept>
#include <thread>

// The server over real sockets. What it answers is the broker's and is tested there.

namespace tmq::test {

using namespace testing;

namespace {

using std::chrono::milliseconds;
using opcode = web_socket_client::opcode;

class server : public ::testing::Test {
  protected:
    server() {
        hub.create_topic(topic_options("t").database("d"));
        row.column("ts", data_type::timestamp).row(1);
    }
    void subscribed(web_socket_client& client) {
        ASSERT_NE(client.ask(subscribe("g", "t")).bytes.find("\"code\":0,"), std::string::npos);
    }

    void expect_that_data_wake_a_poll() {
        web_socket_client client(hub.port());
        subscribed(client);
        client.send_text(poll(2, 60000));
        ASSERT_TRUE(hub.await_waiting_polls(1));
        hub.append("t", 1, row);
        EXPECT_NE(client.receive().bytes.find("\"have_message\":true"), std::string::npos);
    }

    testing::server hub;
    block_builder row;
};

std::vector<std::uint8_t> raw_of(const std::string& reply) { return {reply.begin() + 56, reply.end()}; }

TEST_F(server, answers_a_poll_and_a_fetch_with_the_bytes_of_the_log) {
    EXPECT_EQ(hub.append("t", 1, row), 1);
    web_socket_client client(hub.port());
    subscribed(client);
    EXPECT_NE(
        client.ask(poll(2, 1000))
            .bytes.find(
                R"("have_message":true,"topic":"t","database":"d","vgroup_id":1,"message_type":1,"message_id":1,"offset":0)"),
        std::string::npos);
    const auto reply = client.ask(fetch(3, 1));
    EXPECT_EQ(reply.what, opcode::binary);
    detail::message_layout layout;
    ASSERT_FALSE(wire::parse_data_message(raw_of(reply.bytes), layout));
    EXPECT_EQ(layout.rows, 1U);
}

TEST_F(server, answers_a_waiting_poll_when_data_is_appended) { expect_that_data_wake_a_poll(); }

TEST_F(server, answers_a_waiting_poll_when_its_time_is_over) {
    web_socket_client client(hub.port());
    subscribed(client);
    EXPECT_NE(client.ask(poll(2, 30)).bytes.find("\"have_message\":false"), std::string::npos);
}

TEST_F(server, gives_a_big_message_whole) {
    hub.create_topic(topic_options("big"));
    std::vector<std::byte> raw(3'000'000);
    for (std::size_t i = 0; i < raw.size(); ++i)
        raw[i] = static_cast<std::byte>(i % 251);
    hub.append_message("big", 2, raw);
    web_socket_client client(hub.port());
    client.ask(subscribe("g", "big"));
    client.ask(poll(2, 0));
    const auto reply = client.ask(fetch(3, 1));
    ASSERT_EQ(reply.bytes.size(), raw.size() + 56);
    EXPECT_EQ(std::memcmp(reply.bytes.data() + 56, raw.data(), raw.size()), 0);
}

TEST_F(server, takes_a_dropped_connection_out_of_its_group) {
    web_socket_client stays(hub.port());
    subscribed(stays);
    {
        web_socket_client goes(hub.port());
        subscribed(goes);
        EXPECT_EQ(hub.member_count("g"), 2U);
        EXPECT_EQ(hub.connection_count(), 2U);
    }
    ASSERT_TRUE(hub.await_connections(1));
    EXPECT_EQ(hub.member_count("g"), 1U);
    EXPECT_EQ(hub.accepted_count(), 2U);
}

TEST_F(server, answers_pings_and_counts_pings_and_pongs) {
    web_socket_client client(hub.port());
    client.send(opcode::ping, "hello");
    const auto pong = client.receive();
    EXPECT_EQ(pong.what, opcode::pong);
    EXPECT_EQ(pong.bytes, "hello");
    EXPECT_EQ(hub.ping_count(), 1U);
    hub.ping_all();
    EXPECT_EQ(client.receive().what, opcode::ping);
    client.send(opcode::pong, "");
    EXPECT_TRUE(hub.await_pongs(1));
}

TEST_F(server, counts_requests_and_remembers_the_last_of_each_action) {
    web_socket_client client(hub.port());
    client.send_text("nonsense");
    client.send_text(poll(1, 0));
    client.ask(poll(2, 0));
    ASSERT_TRUE(hub.await_requests("", 3));
    EXPECT_EQ(hub.request_count("poll"), 2U);
    EXPECT_EQ(hub.request_count("commit"), 0U);
    EXPECT_EQ(hub.last_request("poll"), poll(2, 0));
    EXPECT_FALSE(hub.await_requests("commit", 1, milliseconds(1)));
}

TEST_F(server, accepts_the_upgrade_at_its_path_only) {
    EXPECT_EQ(web_socket_client(hub.port(), "/rest/tmq?token=abc").upgrade_answer().rfind("HTTP/1.1 101 ", 0),
              0U);
    EXPECT_EQ(web_socket_client(hub.port(), "/rest/ws").upgrade_answer().rfind("HTTP/1.1 404 ", 0), 0U);
}

TEST_F(server, closes_every_connection_with_a_close_frame) {
    web_socket_client client(hub.port());
    client.ask(plain("version", 1));
    hub.close_all(1001);
    const auto bye = client.receive();
    EXPECT_EQ(bye.what, opcode::close);
    EXPECT_EQ(bye.bytes, "\x03\xe9");
    client.send(opcode::close, "\x03\xe9");
    EXPECT_EQ(client.receive().what, opcode::end_of_stream);
    client.drop();
    EXPECT_TRUE(hub.await_connections(0));
}

TEST_F(server, resets_every_connection) {
    web_socket_client client(hub.port());
    client.ask(plain("version", 1));
    hub.reset_all();
    EXPECT_EQ(client.receive().what, opcode::reset);
    EXPECT_TRUE(hub.await_connections(0));
}

TEST_F(server, keeps_its_port_and_offsets_when_it_stops_and_starts_again) {
    const auto port = hub.port();
    hub.append("t", 1, row);
    {
        web_socket_client client(port);
        subscribed(client);
        client.ask(poll(2, 0));
        client.ask(with_offset("commit_offset", 3, "t", 1, 1));
        hub.stop();
        EXPECT_TRUE(client.receive().what == opcode::reset);
        EXPECT_EQ(hub.connection_count(), 0U);
        EXPECT_THROW(web_socket_client{port}, std::runtime_error);
    }
    hub.append("t", 1, row);
    hub.start();
    EXPECT_EQ(hub.port(), port);
    EXPECT_EQ(hub.committed("g", "t", 1), 1);
    web_socket_client client(port);
    subscribed(client);
    EXPECT_NE(client.ask(poll(2, 0)).bytes.find("\"offset\":1}"), std::string::npos);
}

TEST_F(server, forgets_members_and_keeps_topics_groups_and_ghosts_over_a_restart) {
    hub.create_topic(topic_options("u").vgroups(2));
    const auto ghost = hub.ghost_member("h", "u");
    web_socket_client a(hub.port()), b(hub.port());
    subscribed(a);
    subscribed(b);
    a.ask(with_offset("commit_offset", 3, "t", 1, 0));
    hub.advance_log("t", 1, 3);
    hub.truncate_log("t", 1, 2);
    EXPECT_EQ(hub.member_count("g"), 2U);
    hub.stop();
    hub.stop();
    EXPECT_EQ(hub.member_count("g"), 0U);
    EXPECT_EQ(hub.connection_count(), 0U);
    hub.commit("g", "t", 1, 3);
    hub.start();
    hub.start();
    EXPECT_EQ(hub.committed("g", "t", 1), 3);
    EXPECT_EQ(hub.begin_offset("t", 1), 2);
    EXPECT_EQ(hub.end_offset("t", 1), 3);
    EXPECT_EQ(hub.vgroups("u"), (std::vector<std::int32_t>{2, 3}));
    EXPECT_EQ(hub.member_count("h"), 1U);
    hub.remove_member(ghost);
    EXPECT_EQ(hub.member_count("h"), 0U);
}

TEST_F(server, stops_during_a_waiting_poll_and_answers_those_of_later) {
    for (int round = 0; round < 3; ++round) {
        web_socket_client client(hub.port());
        subscribed(client);
        client.send_text(poll(2, 60000));
        client.send_text(plain("commit", 3));
        ASSERT_TRUE(hub.await_waiting_polls(1));
        ASSERT_TRUE(hub.await_requests("commit", static_cast<std::size_t>(round) + 1));
        std::thread feeder(
            [this] { hub.advance_log("t", 1, 0); });  // which wakes the poll that is about to end
        hub.stop();
        feeder.join();
        EXPECT_EQ(client.receive().what, opcode::reset) << "neither poll nor commit is answered";
        EXPECT_EQ(hub.waiting_polls(), 0U);
        EXPECT_EQ(hub.member_count("g"), 0U);
        hub.start();
    }
    expect_that_data_wake_a_poll();
}

TEST(slow_server, stops_during_a_subscribe) {
    testing::server hub(testing::server_options().subscribe_time(milliseconds(200)));
    hub.create_topic(topic_options("t"));
    web_socket_client client(hub.port());
    client.send_text(subscribe("g", "t"));
    ASSERT_TRUE(hub.await_requests("subscribe", 1));
    hub.stop();
    EXPECT_EQ(client.receive().what, opcode::reset);
    hub.start();
    web_socket_client next(hub.port());
    EXPECT_NE(next.ask(subscribe("g", "t")).bytes.find("\"code\":0,"), std::string::npos);
    EXPECT_EQ(hub.member_count("g"), 1U) << "who had not become a member before, never does";
}

TEST_F(server, refuses_what_its_owner_gets_wrong) {
    EXPECT_THROW(hub.create_topic(topic_options("t")), std::invalid_argument);
    EXPECT_THROW(hub.create_topic(topic_options("")), std::invalid_argument);
    EXPECT_THROW(hub.create_topic(topic_options("none").vgroups(0)), std::invalid_argument);
    EXPECT_THROW(hub.append("nope", 1, row), std::invalid_argument);
    EXPECT_THROW(hub.append("t", 99, row), std::invalid_argument);
    EXPECT_THROW(hub.append_message("t", 1, {}, 3), std::invalid_argument);
    EXPECT_THROW(hub.load(transcript::from_file("/no/such/file")), std::runtime_error);
    EXPECT_THROW(testing::server(testing::server_options().port(hub.port())), std::exception)
        << "the port is taken";
}

TEST_F(server, serves_metadata_as_bytes_and_as_json) {
    EXPECT_EQ(
        hub.append_meta("t", 1, "{ \"type\" : \"drop\" }", std::vector<std::byte>(8, std::byte{1}), 519), 1);
    web_socket_client client(hub.port());
    subscribed(client);
    EXPECT_NE(client.ask(poll(2, 0)).bytes.find(R"("message_type":2,"message_id":1,"offset":1})"),
              std::string::npos);
    EXPECT_EQ(client.ask(fetch(3, 1)).bytes.substr(56), std::string(8, '\1'));
    EXPECT_NE(client.ask(R"({"action":"fetch_json_meta","args":{"req_id":4,"message_id":1}})")
                  .bytes.find(R"("data":{"type":"drop"}})"),
              std::string::npos);
    EXPECT_THROW(hub.append_meta("t", 1, "{", {}, 519), std::invalid_argument);
    EXPECT_THROW(hub.append_meta("t", 1, "", {}, 519), std::invalid_argument);
    EXPECT_THROW(hub.append_meta("t", 1, "{}", {}, 2), std::invalid_argument) << "rows have none";
}

TEST_F(server, numbers_the_vgroups_of_all_topics_without_repeating_one) {
    EXPECT_EQ(hub.vgroups("t"), (std::vector<std::int32_t>{1}));
    EXPECT_EQ(hub.create_topic(topic_options("u").vgroups(2)), (std::vector<std::int32_t>{2, 3}));
    EXPECT_EQ(hub.create_topic(topic_options("v").first_vgroup_id(39)), (std::vector<std::int32_t>{39}));
    EXPECT_EQ(hub.create_topic(topic_options("w")), (std::vector<std::int32_t>{40}));
}

TEST_F(server, lets_a_log_grow_without_data) {
    block_builder empty;
    empty.column("ts", data_type::timestamp);
    EXPECT_EQ(hub.append("t", 1, empty), 1);
    hub.advance_log("t", 1, 4);
    EXPECT_EQ(hub.end_offset("t", 1), 5);
    web_socket_client client(hub.port());
    subscribed(client);
    EXPECT_NE(client.ask(poll(2, 0)).bytes.find("\"have_message\":false"), std::string::npos);
}

TEST_F(server, truncates_a_log) {
    for (int i = 0; i < 3; ++i)
        hub.append("t", 1, row);
    EXPECT_EQ(hub.begin_offset("t", 1), 0);
    hub.truncate_log("t", 1, 2);
    EXPECT_EQ(hub.begin_offset("t", 1), 2);
    EXPECT_EQ(hub.end_offset("t", 1), 3);
    web_socket_client client(hub.port());
    subscribed(client);
    EXPECT_NE(client.ask(poll(2, 0)).bytes.find("\"offset\":2}"), std::string::npos);
    EXPECT_THROW(hub.truncate_log("t", 1, 4), std::invalid_argument);
    EXPECT_THROW(hub.truncate_log("t", 2, 0), std::invalid_argument);
    EXPECT_THROW(hub.begin_offset("nope", 1), std::invalid_argument);
}

TEST_F(server, keeps_no_more_of_a_log_than_its_topic_asks_for) {
    hub.create_topic(topic_options("short").first_vgroup_id(8).vgroups(2).retention(2));
    for (int i = 0; i < 2; ++i)
        hub.append("short", 8, row);
    EXPECT_EQ(hub.begin_offset("short", 8), 0);
    hub.append("short", 8, row);
    EXPECT_EQ(hub.begin_offset("short", 8), 1);
    hub.append("short", 8, meta(drop_table{table_kind::unspecified, {"d0"}}));
    EXPECT_EQ(hub.begin_offset("short", 8), 2);
    hub.append_message("short", 8, {}, 6);
    hub.append_meta("short", 8, "{}", {}, 519);
    hub.advance_log("short", 8, 3);
    EXPECT_EQ(hub.begin_offset("short", 8), 7);
    EXPECT_EQ(hub.end_offset("short", 8), 9);
    EXPECT_EQ(hub.begin_offset("short", 9), 0) << "the other vgroup has not grown";
    EXPECT_THROW(hub.create_topic(topic_options("none").retention(0)), std::invalid_argument);
}

TEST_F(server, evicts_a_group_and_answers_its_waiting_polls) {
    web_socket_client client(hub.port());
    subscribed(client);
    client.send_text(poll(2, 60000));
    ASSERT_TRUE(hub.await_waiting_polls(1));
    EXPECT_EQ(hub.evict("g"), 1U);
    EXPECT_NE(client.receive().bytes.find("\"code\":16385,"), std::string::npos);
    EXPECT_EQ(hub.member_count("g"), 0U);
    EXPECT_EQ(hub.evict("g"), 0U);
}

TEST_F(server, lets_ghosts_join_and_leave) {
    hub.create_topic(topic_options("u").vgroups(2));
    web_socket_client client(hub.port());
    client.ask(subscribe("g", "u"));
    const auto ghost = hub.ghost_member("g", "u");
    EXPECT_EQ(hub.member_count("g"), 2U);
    hub.append("u", 3, row);
    hub.append("u", 3, row);
    client.send_text(poll(2, 60000));
    ASSERT_TRUE(hub.await_waiting_polls(1));
    hub.commit("g", "u", 3, 1);
    EXPECT_EQ(hub.committed("g", "u", 3), 1);
    hub.remove_member(ghost);
    EXPECT_NE(client.receive().bytes.find("\"offset\":1}"), std::string::npos);
    EXPECT_THROW(hub.remove_member(ghost), std::invalid_argument);
    EXPECT_THROW(hub.ghost_member("g", "nope"), std::invalid_argument);
    EXPECT_THROW(hub.commit("g", "u", 1, 0), std::invalid_argument);
    EXPECT_THROW(hub.commit("g", "u", 3, 3), std::invalid_argument);
    EXPECT_THROW(hub.commit("g", "u", 3, -1), std::invalid_argument);
}

TEST(server_dead_members, give_vgroups_back_after_their_time_even_when_the_server_was_down) {
    testing::server hub(testing::server_options().keep_dead_members(milliseconds(50)));
    hub.create_topic(topic_options("t"));
    block_builder row;
    row.column("ts", data_type::timestamp).row(1);
    hub.append("t", 1, row);
    web_socket_client client(hub.port());
    client.ask(subscribe("g", "t"));
    const auto lost_at = std::chrono::steady_clock::now();
    hub.stop();
    EXPECT_EQ(hub.member_count("g"), 1U);
    hub.start();
    web_socket_client next(hub.port());
    next.ask(subscribe("g", "t"));
    EXPECT_NE(next.ask(poll(2, 10000)).bytes.find("\"have_message\":true"), std::string::npos);
    EXPECT_GE(std::chrono::steady_clock::now() - lost_at, milliseconds(50));
    EXPECT_EQ(hub.member_count("g"), 1U);
}

TEST(server_dead_members, give_vgroups_back_after_their_session_timeout_when_the_server_is_stopped) {
    testing::server hub(testing::server_options().keep_dead_members_by_session_timeout(true));
    hub.create_topic(topic_options("t"));
    web_socket_client lost(hub.port());
    lost.ask(subscribe("g", "t"));
    lost.drop();
    ASSERT_TRUE(hub.await_connections(0));
    EXPECT_EQ(hub.member_count("g"), 0U);
    web_socket_client client(hub.port());
    client.ask(subscribe("g", "t"));
    hub.stop();
    EXPECT_EQ(hub.member_count("g"), 1U);
}

TEST(server_34, lists_its_instances_when_it_is_asked_for_them) {
    const std::string asking = subscribe("g", "t", "earliest", R"(,"list_instances":true)");
    const auto listed = [](testing::server& hub, const std::string& request) {
        hub.create_topic(topic_options("t"));
        const std::string reply = web_socket_client(hub.port()).ask(request).bytes;
        const std::size_t at = reply.find(",\"list_instances\":");
        return at == std::string::npos ? std::string() : reply.substr(at + 18, reply.size() - at - 19);
    };
    const auto options = testing::server_options().version("3.4.1.6.community");
    testing::server alone(options), silent(options), old;
    testing::server several(testing::server_options(options).instances({"a:6041", "b:7041"}));
    EXPECT_EQ(listed(alone, asking), "[\"127.0.0.1:" + std::to_string(alone.port()) + "\"]");
    EXPECT_EQ(listed(several, asking), R"(["a:6041","b:7041"])");
    EXPECT_EQ(listed(silent, subscribe("g", "t")), "");
    EXPECT_EQ(listed(old, asking), "");
}

TEST_F(server, serves_a_recorded_conversation) {
    EXPECT_EQ(hub.load(transcript::from_file(TMQ_TEST_DATA "/v3.3.5/meters_select.jsonl")), 2U);
    web_socket_client client(hub.port());
    client.ask(subscribe("g", "gold_meters"));
    EXPECT_NE(client.ask(poll(2, 0)).bytes.find("\"vgroup_id\":39"), std::string::npos);
    EXPECT_EQ(client.ask(fetch(3, 1)).bytes.size(), 8175U);
}

TEST_F(server, appends_meters_so_that_every_row_arrives_once_with_its_values) {
    const auto vgroups = hub.create_topic(
        topic_options("meters").kind(topic_kind::stable).vgroups(3).precision(time_precision::microseconds));
    const meter_source source(42, 5, 7);
    constexpr std::uint64_t first = 13, rows = 1000;
    append_meters(hub, "meters", source, first, rows, 16, 3);
    web_socket_client client(hub.port());
    client.ask(subscribe("g", "meters"));
    std::map<std::uint64_t, int> seen;
    std::map<std::string, std::string> home;
    for (std::uint64_t id = 1; id < 1000; ++id) {
        const std::string announced = client.ask(poll(id, 0)).bytes;
        if (announced.find("\"have_message\":false") != std::string::npos) break;
        const auto at = announced.find("\"vgroup_id\":");
        const std::string vgroup = announced.substr(at, announced.find(',', at) - at);
        const auto raw = raw_of(client.ask(fetch(id, id)).bytes);
        detail::message_layout layout;
        ASSERT_FALSE(wire::parse_data_message(raw, layout));
        EXPECT_LE(layout.blocks.size(), 3U);
        for (const auto& block : layout.blocks) {
            EXPECT_LE(block.rows, 16U);
            EXPECT_EQ(home.try_emplace(std::string(block.table_name), vgroup).first->second, vgroup)
                << "a table lives in one vgroup";
            for (std::uint32_t i = 0; i < block.rows; ++i) {
                std::int64_t ticks = 0;
                std::int32_t voltage = 0;
                std::memcpy(&ticks, layout.columns[block.first_column].data + 8 * std::size_t{i},
                            sizeof ticks);
                std::memcpy(&voltage, layout.columns[block.first_column + 2].data + 4 * std::size_t{i},
                            sizeof voltage);
                const std::uint64_t index =
                    meter_source::index_of(timestamp(ticks, time_precision::microseconds));
                ++seen[index];
                const meter_row expected = source.row(index);
                EXPECT_EQ(voltage, expected.voltage);
                EXPECT_EQ(block.table_name, meter_source::table_name(source.table_of(index)));
                std::int32_t offset = 0;
                std::memcpy(&offset, layout.columns[block.first_column + 5].nulls + 4 * std::size_t{i},
                            sizeof offset);
                EXPECT_EQ(offset == -1, !expected.location.has_value());
            }
        }
    }
    EXPECT_EQ(home.size(), 5U);
    ASSERT_EQ(seen.size(), rows);
    EXPECT_EQ(seen.begin()->first, first);
    EXPECT_EQ(seen.rbegin()->first, first + rows - 1);
    for (const auto& [index, times] : seen)
        EXPECT_EQ(times, 1) << index;
    EXPECT_EQ(vgroups.size(), 3U);
}

TEST_F(server, may_be_fed_from_several_threads_while_clients_poll) {
    constexpr int threads = 4, each = 100;
    std::vector<std::thread> feeders;
    for (int i = 0; i < threads; ++i)
        feeders.emplace_back([this] {
            for (int n = 0; n < each; ++n)
                hub.append("t", 1, row);
        });
    web_socket_client client(hub.port());
    subscribed(client);
    for (int n = 0; n < threads * each; ++n) {
        const std::string reply = client.ask(poll(2, 10000)).bytes;
        ASSERT_NE(reply.find("\"offset\":" + std::to_string(n) + "}"), std::string::npos) << reply;
    }
    for (std::thread& one : feeders)
        one.join();
    EXPECT_EQ(hub.end_offset("t", 1), threads * each);
}

TEST_F(server, may_be_told_everything_by_several_threads_while_clients_come_and_go) {
    constexpr int each = 100;
    std::vector<std::thread> threads;
    std::atomic<int> running = 0;
    const auto repeat = [&](std::function<void()> what) {
        ++running;
        threads.emplace_back([&running, what = std::move(what)] {
            for (int i = 0; i < each; ++i)
                what();
            --running;
        });
    };
    repeat([this] { hub.append("t", 1, row); });
    repeat([this] { hub.truncate_log("t", 1, hub.end_offset("t", 1)); });
    repeat([this] { hub.remove_member(hub.ghost_member("g", "t")); });
    repeat([this] { hub.commit("g", "t", 1, hub.begin_offset("t", 1)); });
    repeat([this] { hub.inject(fault::withhold(2)), hub.inject(fault::duplicate()), hub.clear_faults(); });
    repeat([this] {
        hub.on_message([this](const announced_message&) { hub.evict("g"), hub.reset_all(); }),
            hub.on_message(nullptr);
    });
    repeat([this] { hub.evict("g"); });
    repeat([this] { hub.stop(), hub.start(); });
    while (running != 0) {
        try {
            web_socket_client client(hub.port());
            client.send_text(subscribe("g", "t"));
            for (int i = 0; i < 3; ++i)
                client.send_text(poll(2, 1));
            client.receive(milliseconds(1));
        } catch (const std::runtime_error&) {
            // the server is down
        }
    }
    for (std::thread& one : threads)
        one.join();
    hub.clear_faults();
    hub.on_message(nullptr);
    hub.truncate_log("t", 1, each);
    hub.stop();
    hub.start();
    EXPECT_EQ(hub.member_count("g"), 0U);
    web_socket_client client(hub.port());
    client.ask(subscribe("h", "t"));
    hub.append("t", 1, row);
    EXPECT_NE(client.ask(poll(2, 10000)).bytes.find("\"offset\":" + std::to_string(each) + "}"),
              std::string::npos);
}

TEST(server_34, goes_down_with_all_connections_when_raw_data_are_fetched_twice_and_is_there_again) {
    testing::server hub(testing::server_options().version("3.4.1.6.community"));
    hub.create_topic(topic_options("t"));
    hub.append_message("t", 1, std::vector<std::byte>(8), 6);
    web_socket_client bystander(hub.port());
    bystander.ask(subscribe("g", "t"));
    bystander.send_text(poll(2, 0));
    bystander.receive();
    bystander.send_text(poll(3, 60000));
    ASSERT_TRUE(hub.await_waiting_polls(1));
    web_socket_client client(hub.port());
    client.ask(subscribe("h", "t"));
    client.ask(poll(2, 0));
    EXPECT_EQ(client.ask(fetch(3, 1)).what, opcode::binary);
    EXPECT_EQ(client.ask(fetch(4, 1)).what, opcode::reset);
    EXPECT_EQ(bystander.receive().what, opcode::reset);
    ASSERT_TRUE(hub.await_connections(0));
    EXPECT_EQ(hub.member_count("g") + hub.member_count("h"), 0U);
    web_socket_client next(hub.port());
    EXPECT_NE(next.ask(subscribe("h", "t")).bytes.find("\"code\":0,"), std::string::npos);
}

}  // namespace
}  // namespace tmq::test
