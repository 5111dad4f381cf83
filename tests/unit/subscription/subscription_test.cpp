// Rules of the subscription that no sequence of a poll loop shows by itself.
#include "subscription/subscription.hpp"

#include "model_replies.hpp"
#include "model_server.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tmq::subscription {
namespace {

using namespace std::chrono_literals;
using test::model_server;
using test::operation;
using action_kind = action::kind;

/// A subscription of two vgroups with six rows each, three to a message.
class subscribed : public ::testing::Test {
  protected:
    subscribed() {
        for (std::int32_t id = 1; id <= 2; ++id) {
            model_server::vgroup vgroup;
            vgroup.id = id;
            vgroup.end = 6;
            server_.vgroups.push_back(vgroup);
        }
        core_.start({std::string(model_server::topic)}, false, server_.now());
        while (!core_.is_up())
            carry_out(core_.next(server_.now()));
    }

    void carry_out(const action& next) {
        switch (next.what) {
            case action_kind::sleep: server_.sleep_until(next.until); break;
            case action_kind::disconnect:
                server_.disconnect();
                core_.disconnected();
                break;
            case action_kind::connect:
                ASSERT_FALSE(server_.open());
                core_.connected("3.3.6.0", endpoint("model", 6041));
                break;
            case action_kind::join:
                ASSERT_FALSE(server_.subscribe());
                core_.joined(server_.now());
                break;
            case action_kind::rest: core_.rested(server_.now()); break;
            case action_kind::ask: answer(); break;
            default: FAIL() << "ended";
        }
    }
    void answer() {
        tmq::subscription::answer said = test::act(server_, core_.asked());
        core_.answered(std::move(said), server_.now());
    }
    /// Carries out what is due until the server is asked for something of this kind.
    [[nodiscard]] bool reaches(protocol::action wanted) {
        for (int steps = 0; steps < 100; ++steps) {
            const action next = core_.next(server_.now());
            if (next.what == action_kind::ask && core_.asked().action == wanted) return true;
            if (next.what == action_kind::end) return false;
            carry_out(next);
        }
        return false;
    }
    /// One request for messages and its reply; false: there is none to send.
    bool read() {
        const waiting_poll poll{true, true, true, server_.now() + 1s};
        const auto next = core_.next_read(poll, {}, server_.now());
        if (!next) return false;
        const test::model_answer said = test::act(server_, *next, core_.reader().announced());
        EXPECT_EQ(test::deliver(core_, *next, said, server_.now()), errc{});
        return true;
    }
    /// The next message, as a poll of the application takes it.
    message take() {
        message taken;
        core_.begin_poll(server_.now());
        while (!core_.can_deliver() && read()) {
        }
        EXPECT_TRUE(core_.can_deliver());
        if (!core_.can_deliver()) return taken;
        core_.reader().mark_delivered();
        core_.reader().pop(taken);
        return taken;
    }
    std::size_t index_of(const message& of) const { return *core_.places().find(of.topic(), of.vgroup()); }

    model_server server_;
    const config settings_ = config().group_id("group").start_at(offset_reset::earliest).prefetch(4);
    subscription core_{settings_, 1};
};

TEST_F(subscribed, vgroups_of_a_lost_connection_are_awaited_at_once) {
    const message taken = take();
    core_.lose_link(failure(errc::connection_lost), server_.now());
    EXPECT_FALSE(core_.places()[index_of(taken)].is_placed);
    EXPECT_EQ(core_.judge_commit(failure(errc::connection_lost), index_of(taken), 0),
              subscription::verdict::await)
        << "a commit waits until it is known whether the vgroup comes back";
}

TEST_F(subscribed, background_commit_does_not_take_back_that_of_another_member) {
    const message taken = take();
    core_.begin_poll(server_.now());
    server_.at(taken.vgroup()).committed = 6;
    server_.sleep_until(server_.now() + settings_.auto_commit_interval());
    ASSERT_TRUE(reaches(protocol::action::committed));
    answer();
    EXPECT_FALSE(reaches(protocol::action::commit_offset));
    EXPECT_EQ(server_.calls(operation::commit_offset), 0);
    EXPECT_EQ(server_.at(taken.vgroup()).committed, 6);
}

TEST_F(subscribed, no_poll_leaves_during_a_background_commit) {
    take();
    core_.begin_poll(server_.now());
    server_.sleep_until(server_.now() + settings_.auto_commit_interval());
    ASSERT_TRUE(reaches(protocol::action::committed));
    EXPECT_TRUE(core_.is_committing());
    const int polls = server_.calls(operation::poll);
    while (read()) {
    }
    EXPECT_EQ(server_.calls(operation::poll), polls) << "a held poll would keep the commit waiting";
    answer();
    ASSERT_TRUE(reaches(protocol::action::commit_offset));
    answer();
    carry_out(core_.next(server_.now()));
    EXPECT_TRUE(read()) << "after the commit polls go on";
}

TEST_F(subscribed, revoked_vgroup_delivers_nothing_that_was_read_ahead) {
    const message taken = take();
    while (core_.reader().undelivered(taken.topic(), taken.vgroup()) == nullptr)
        ASSERT_TRUE(read());
    server_.at(taken.vgroup()).is_ours = false;
    core_.check_soon();
    for (int checks = 0; checks < 100 && core_.places()[index_of(taken)].next; ++checks)
        carry_out(core_.next(server_.now()));
    EXPECT_EQ(core_.places()[index_of(taken)].next, std::nullopt) << "revoked";
    EXPECT_EQ(core_.reader().undelivered(taken.topic(), taken.vgroup()), nullptr);
}

TEST(subscription_start, link_that_is_lost_during_placement_does_not_come_up) {
    model_server server;
    model_server::vgroup vgroup;
    vgroup.id = 1;
    vgroup.end = 6;
    server.vgroups.push_back(vgroup);
    const config settings = config().group_id("group").start_at(offset_reset::earliest);
    subscription core(settings, 1);
    core.start({std::string(model_server::topic)}, true, server.now());
    ASSERT_FALSE(server.open());
    ASSERT_EQ(core.next(server.now()).what, action_kind::join);
    ASSERT_FALSE(server.subscribe());
    core.joined(server.now());
    bool was_lost = false;
    for (int steps = 0; steps < 100 && !core.is_up() && core.state() != subscription::stage::idle; ++steps) {
        const action next = core.next(server.now());
        if (next.what == action_kind::sleep) server.sleep_until(next.until);
        if (next.what != action_kind::ask) continue;
        answer said = test::act(server, core.asked());
        core.answered(std::move(said), server.now());
        // Between the reply and the next action.
        if (!std::exchange(was_lost, true)) core.lose_link(failure(errc::connection_lost), server.now());
    }
    EXPECT_TRUE(was_lost);
    EXPECT_FALSE(core.is_up());
}

}  // namespace
}  // namespace tmq::subscription
