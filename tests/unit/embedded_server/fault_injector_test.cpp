#include "embedded_server/fault_injector.hpp"

#include "embedded_server/protocol/requests.hpp"
#include "embedded_server/server_version.hpp"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tmq::embedded {
namespace {

using texts = std::vector<std::string>;

/// Notes what is done to it.
class noted_connection final : public net::connection {
  public:
    explicit noted_connection(broker::member_id number) { id = number; }

    void send(protocol::outgoing_message message) override { events.push_back(std::move(message.head)); }
    void send_part(protocol::outgoing_message message, std::size_t size, testing::fault::ending) override {
        events.push_back("part of " + message.head + " " + std::to_string(size));
    }
    void send_raw(std::string bytes) override { events.push_back("raw " + bytes); }
    void ping() override { events.emplace_back("ping"); }
    void close(std::uint16_t code, const std::string& reason) override {
        events.push_back("close " + std::to_string(code) + reason);
    }
    void drop() override { events.emplace_back("drop"); }
    void reset() override { events.emplace_back("reset"); }
    void silence(bool) override {}

    texts events;
};

class injected_faults : public ::testing::Test {
  protected:
    injected_faults() { injector.add_connection(client->id); }

    /// Sends a poll with this id and answers it with `answer`.
    void exchange(std::uint64_t req_id, const std::string& answer) {
        protocol::parsed_request parsed = poll(req_id);
        const auto suffered = injector.match(client->id, parsed);
        if (suffered && !suffered->carried_out()) return injector.answer(*client, parsed.request, *suffered);
        broker::outgoing_reply reply;
        reply.recipient = client->id;
        reply.req_id = parsed.request->req_id;
        reply.message.head = answer;
        injector.deliver(client, std::move(reply), context);
    }
    static protocol::parsed_request poll(std::uint64_t req_id) {
        return protocol::parse_request(R"({"action":"poll","args":{"req_id":)" + std::to_string(req_id) +
                                       "}}");
    }

    protocol::reply_writer replies{server_version("3.3.5.8")};
    fault_injector injector{replies};
    boost::asio::io_context context;
    std::shared_ptr<noted_connection> client = std::make_shared<noted_connection>(7);
};

TEST_F(injected_faults, leave_other_replies_alone) {
    injector.add(testing::fault::reset().on("commit"));
    exchange(1, "a");
    EXPECT_EQ(client->events, texts{"a"});
}

TEST_F(injected_faults, strike_in_the_place_of_the_reply) {
    injector.add(testing::fault::close(1011, "!"));
    injector.add(testing::fault::garbage_text("?"));
    exchange(1, "a");
    exchange(2, "b");
    exchange(3, "c");
    EXPECT_EQ(client->events, (texts{"close 1011!", "?", "c"}));
}

TEST_F(injected_faults, strike_the_reply_of_a_request_that_is_carried_out) {
    injector.add(testing::fault::reset().carry_out());
    protocol::parsed_request parsed = poll(1);
    ASSERT_TRUE(injector.match(client->id, parsed));
    EXPECT_EQ(client->events, texts{}) << "its reply has not come";
    exchange(2, "b");
    broker::outgoing_reply reply;
    reply.recipient = client->id;
    reply.req_id = 1;
    injector.deliver(client, std::move(reply), context);
    EXPECT_EQ(client->events, (texts{"b", "reset"}));
}

TEST_F(injected_faults, withhold_a_reply_until_others_have_left) {
    injector.add(testing::fault::withhold(2));
    exchange(1, "a");
    exchange(2, "b");
    EXPECT_EQ(client->events, texts{"b"});
    exchange(3, "c");
    EXPECT_EQ(client->events, (texts{"b", "c", "a"}));
}

TEST_F(injected_faults, count_a_withheld_reply_that_leaves_for_others) {
    injector.add(testing::fault::withhold(2));
    injector.add(testing::fault::withhold(1));
    exchange(1, "a");
    exchange(2, "b");
    EXPECT_EQ(client->events, texts{});
    exchange(3, "c");
    EXPECT_EQ(client->events, (texts{"c", "b", "a"}));
}

TEST_F(injected_faults, keep_nothing_of_a_connection_that_has_gone) {
    injector.add(testing::fault::withhold(1));
    exchange(1, "a");
    injector.remove_connection(client->id);
    injector.send(*client, {"b", nullptr, false});
    EXPECT_EQ(client->events, texts{"b"});
}

TEST_F(injected_faults, send_a_delayed_reply_after_its_time) {
    injector.add(testing::fault::delay(std::chrono::milliseconds(1)));
    exchange(1, "a");
    exchange(2, "b");
    EXPECT_EQ(client->events, texts{"b"});
    context.run();
    EXPECT_EQ(client->events, (texts{"b", "a"}));
}

TEST_F(injected_faults, change_the_id_before_the_request_is_carried_out) {
    injector.add(testing::fault::wrong_req_id());
    protocol::parsed_request parsed = poll(1);
    ASSERT_TRUE(injector.match(client->id, parsed));
    EXPECT_EQ(parsed.request->req_id, 2u);
}

TEST_F(injected_faults, are_forgotten_when_cleared) {
    injector.add(testing::fault::reset());
    injector.clear();
    exchange(1, "a");
    EXPECT_EQ(client->events, texts{"a"});
}

}  // namespace
}  // namespace tmq::embedded
