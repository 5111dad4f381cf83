// Rules of the subscription that no sequence of a poll loop shows by itself.
#include "subscription/subscription.hpp"

#include "driven_consumer.hpp"
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

/// A subscription of two vgroups with six rows each, three to a message.
class subscription_test : public ::testing::Test {
  protected:
    subscription_test() {
        server_.add_vgroups(2, 6);
        EXPECT_TRUE(consumer_.subscribe());
    }

    void answer() { consumer_.carry_out({task_kind::ask, {}}); }
    /// Carries out what is due until the server is asked for something of this kind.
    [[nodiscard]] bool reaches(protocol::action wanted) {
        for (int steps = 0; steps < 100; ++steps) {
            const task next = core_.next(server_.now());
            if (next.kind == task_kind::ask && core_.asked().action == wanted) return true;
            if (next.kind == task_kind::end) return false;
            consumer_.carry_out(next);
        }
        return false;
    }
    bool read() { return consumer_.read({true, true, true, server_.now() + 1s}); }
    message take() {
        message taken;
        EXPECT_EQ(consumer_.poll(taken, 1s), test::driven_consumer::result::message);
        return taken;
    }
    std::size_t index_of(const message& of) const { return *core_.places().find(of.topic(), of.vgroup()); }

    model_server server_;
    const config settings_ = config().group_id("group").start_at(offset_reset::earliest).prefetch(4);
    test::driven_consumer consumer_{server_, settings_};
    subscription& core_ = consumer_.core();
};

TEST_F(subscription_test, vgroups_of_a_lost_connection_are_awaited_at_once) {
    const message taken = take();
    core_.lose_link(failure(errc::connection_lost), server_.now());
    EXPECT_FALSE(core_.places()[index_of(taken)].is_placed);
    EXPECT_EQ(core_.classify_commit_refusal(failure(errc::connection_lost), index_of(taken), 0),
              subscription::verdict::await)
        << "a commit waits until it is known whether the vgroup comes back";
}

TEST_F(subscription_test, background_commit_does_not_take_back_that_of_another_member) {
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

TEST_F(subscription_test, no_poll_leaves_during_a_background_commit) {
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
    consumer_.carry_out(core_.next(server_.now()));
    EXPECT_TRUE(read()) << "after the commit polls go on";
}

TEST_F(subscription_test, revoked_vgroup_delivers_nothing_that_was_read_ahead) {
    const message taken = take();
    while (core_.reader().undelivered(taken.topic(), taken.vgroup()) == nullptr)
        ASSERT_TRUE(read());
    server_.at(taken.vgroup()).is_ours = false;
    core_.check_soon();
    for (int checks = 0; checks < 100 && core_.places()[index_of(taken)].next; ++checks)
        consumer_.carry_out(core_.next(server_.now()));
    EXPECT_EQ(core_.places()[index_of(taken)].next, std::nullopt) << "revoked";
    EXPECT_EQ(core_.reader().undelivered(taken.topic(), taken.vgroup()), nullptr);
}

TEST(subscription_start, link_that_is_lost_during_placement_does_not_come_up) {
    model_server server;
    server.add_vgroups(1, 6);
    test::driven_consumer consumer(server, config().group_id("group").start_at(offset_reset::earliest));
    subscription& core = consumer.core();
    core.start({std::string(model_server::topic)}, false, server.now());
    bool was_lost = false;
    while (!core.is_up()) {
        const task next = core.next(server.now());
        ASSERT_NE(next.kind, task_kind::end);
        if (was_lost && next.kind == task_kind::connect) break;
        consumer.carry_out(next);
        // Between the reply and the next action.
        if (next.kind == task_kind::ask && !std::exchange(was_lost, true))
            core.lose_link(failure(errc::connection_lost), server.now());
    }
    EXPECT_TRUE(was_lost);
    EXPECT_FALSE(core.is_up());
}

}  // namespace
}  // namespace tmq::subscription
