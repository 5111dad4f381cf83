// Starts that the application names: for which vgroups it is asked, and what its offsets change.
#include "driven_consumer.hpp"
#include "model_server.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tmq::subscription {
namespace {

using namespace std::chrono_literals;
using step = placement::step;
using test::driven_consumer;
using test::model_server;

constexpr placement::time_point now{1000s};

class named_start : public ::testing::Test {
  protected:
    placement plan() {
        placement::circumstances conditions;
        conditions.patience_end = now + 2s;
        conditions.await_end = now + 17s;
        conditions.may_advance = false;
        conditions.asks_application = true;
        return placement(positions_, topics_, conditions);
    }
    static void assign(placement& asked, const std::vector<protocol::vgroup_assignment>& listed) {
        ASSERT_EQ(asked.next(), step::assignment);
        asked.on_assignment(failure(), listed, now);
    }
    static void answer_position(placement& asked, const std::vector<std::int64_t>& offsets) {
        ASSERT_EQ(asked.next(), step::position);
        asked.on_position(failure(), offsets, now);
    }
    static void start(placement& asked, const std::vector<partition_offset>& named) {
        ASSERT_EQ(asked.next(), step::start);
        asked.on_start(failure(), named);
    }
    static void seek(placement& asked, const partition_offset& target) {
        ASSERT_EQ(asked.next(), step::seek);
        EXPECT_EQ(asked.target(), target);
        asked.on_seek(failure(), now);
    }

    std::vector<std::string> topics_{"meters"};
    positions positions_;
};

TEST_F(named_start, is_asked_for_vgroups_that_are_new_and_replaces_the_servers_position) {
    placement asked = plan();
    assign(asked, {{1, 4, 0, 100}, {2, 0, 0, 50}});
    answer_position(asked, {5, 0});
    EXPECT_EQ(asked.gained(), (std::vector<topic_partition>{{"meters", 1}, {"meters", 2}}));
    start(asked, {{"meters", 1, 70}});
    seek(asked, {"meters", 2, 0});
    seek(asked, {"meters", 1, 70});
    EXPECT_EQ(asked.next(), step::done);
    EXPECT_TRUE(asked.lost().empty());
    EXPECT_EQ(positions_[*positions_.find("meters", 1)].next, 70);
    EXPECT_EQ(positions_[*positions_.find("meters", 2)].next, 0) << "left out: as the server says";
}

TEST_F(named_start, before_the_beginning_of_the_log_is_a_loss_up_to_there) {
    placement asked = plan();
    assign(asked, {{1, 40, 40, 100}});
    answer_position(asked, {40});
    start(asked, {{"meters", 1, 10}});
    seek(asked, {"meters", 1, 40});
    ASSERT_EQ(asked.lost().size(), 1U);
    EXPECT_EQ(asked.lost()[0].begin, 10);
    EXPECT_EQ(asked.lost()[0].end, 40);
}

TEST_F(named_start, of_a_displaced_vgroup_moves_it_forward_only) {
    for (const std::int64_t vgroup : {1, 2}) {
        positions_.placed("meters", static_cast<std::int32_t>(vgroup), 50);
        positions_.assigned(static_cast<std::size_t>(vgroup - 1));
        positions_.displaced(static_cast<std::size_t>(vgroup - 1));
    }
    placement asked = plan();
    assign(asked, {{1, 0, 0, 100}, {2, 0, 0, 100}});
    ASSERT_EQ(asked.next(), step::committed);
    asked.on_committed(failure(), std::vector<std::int64_t>{0, 0}, now);
    start(asked, {{"meters", 1, 80}, {"meters", 2, 20}});
    seek(asked, {"meters", 2, 50});
    seek(asked, {"meters", 1, 80});
    EXPECT_EQ(asked.resumed().size(), 2U);
    EXPECT_TRUE(asked.lost().empty());
}

TEST_F(named_start, is_not_asked_for_vgroups_that_stay) {
    positions_.placed("meters", 1, 50);
    positions_.assigned(0);
    placement asked = plan();
    assign(asked, {{1, 50, 0, 100}});
    EXPECT_EQ(asked.next(), step::done);
}

TEST_F(named_start, serves_a_vgroup_whose_position_the_server_does_not_know) {
    placement asked = plan();
    assign(asked, {{1, 0, 0, 100}, {2, 0, 0, 100}});
    ASSERT_EQ(asked.next(), step::position);
    asked.on_position(failure(server_errc::snapshot_offset), {}, now);
    start(asked, {{"meters", 2, 30}});
    seek(asked, {"meters", 2, 30});
    EXPECT_EQ(asked.next(), step::done);
    EXPECT_FALSE(positions_.find("meters", 1)) << "its first message will say where it starts";
}

TEST_F(named_start, that_is_negative_or_fails_fails_the_placement) {
    placement negative = plan();
    assign(negative, {{1, 0, 0, 100}});
    answer_position(negative, {0});
    start(negative, {{"meters", 1, -1}});
    EXPECT_EQ(negative.next(), step::failed);
    EXPECT_EQ(negative.why().code, errc::invalid_argument);

    placement failed = plan();
    assign(failed, {{1, 0, 0, 100}});
    answer_position(failed, {0});
    failed.on_start(failure(make_error_code(errc::hook_failed), "store is down"), {});
    EXPECT_EQ(failed.next(), step::failed);
    EXPECT_EQ(failed.why().context, "store is down");
    EXPECT_EQ(positions_.size(), 0U);
}

TEST_F(named_start, must_be_sought_even_where_the_server_would_start_by_itself) {
    placement asked = plan();
    assign(asked, {{1, 0, 0, 100}});
    answer_position(asked, {0});
    start(asked, {{"meters", 1, 30}});
    ASSERT_EQ(asked.next(), step::seek);
    asked.on_seek(failure(server_errc::invalid_parameter), now);
    EXPECT_EQ(asked.next(), step::failed);
}

/// An application that keeps its offsets itself, with a consumer of a model server.
class own_offsets : public ::testing::Test {
  protected:
    own_offsets() {
        server_.add_vgroups(2, 12);
        consumer_.start_from([this](const std::vector<topic_partition>& gained) {
            if (++questions_ == repaired_at_) consumer_.fail_hook({});
            std::vector<partition_offset> named;
            for (const topic_partition& vgroup : gained)
                named.emplace_back(vgroup, store_[vgroup.vgroup()]);
            return named;
        });
    }
    /// Stores a message, which must be the next one of the store.
    void keep(const message& received) {
        EXPECT_EQ(received.offset(), store_[received.vgroup()]) << "vgroup " << received.vgroup();
        store_[received.vgroup()] = received.next_offset().value();
    }
    void keep_all() {
        message received;
        while (consumer_.poll(received, 60s) == driven_consumer::result::message)
            keep(received);
    }

    model_server server_;
    const config settings_ =
        config().group_id("group").start_at(offset_reset::earliest).auto_commit(false).prefetch(4);
    driven_consumer consumer_{server_, settings_};
    std::map<std::int32_t, std::int64_t> store_;
    int questions_ = 0;
    int repaired_at_ = 0;  ///< the question from which on the hook does not fail
};

TEST_F(own_offsets, decide_where_a_subscription_starts) {
    store_ = {{1, 6}, {2, 9}};
    ASSERT_TRUE(consumer_.subscribe());
    keep_all();
    EXPECT_EQ(store_, (std::map<std::int32_t, std::int64_t>{{1, 12}, {2, 12}}));
    EXPECT_EQ(questions_, 1);
}

TEST_F(own_offsets, are_asked_for_before_the_first_message_of_a_vgroup_that_a_rebalance_brings) {
    store_ = {{1, 0}, {2, 0}};
    server_.at(2).is_ours = false;
    ASSERT_TRUE(consumer_.subscribe());
    keep_all();
    EXPECT_EQ(store_[1], 12);
    store_[2] = 6;  // by another member, with the same store
    server_.rebalance();
    server_.move_back(server_.at(2));
    keep_all();
    EXPECT_EQ(store_[2], 12);
    EXPECT_EQ(questions_, 2);
}

TEST_F(own_offsets, are_asked_for_again_after_a_reconnect_and_never_go_back) {
    ASSERT_TRUE(consumer_.subscribe());
    message received;
    ASSERT_EQ(consumer_.poll(received, 1s), driven_consumer::result::message);
    // In the application's hands, and not stored yet, when the connection is lost.
    consumer_.core().lose_link(failure(errc::connection_lost), server_.now());
    const message in_hand = std::move(received);
    message next;
    ASSERT_EQ(consumer_.poll(next, 10s), driven_consumer::result::message);
    EXPECT_EQ(questions_, 2);
    keep(in_hand);
    keep(next);
    keep_all();
    EXPECT_EQ(store_, (std::map<std::int32_t, std::int64_t>{{1, 12}, {2, 12}}));
}

TEST_F(own_offsets, that_cannot_be_read_make_subscribe_fail) {
    consumer_.fail_hook(failure(make_error_code(errc::hook_failed), "store is down"));
    EXPECT_FALSE(consumer_.subscribe());
    EXPECT_EQ(consumer_.why().context, "store is down");
}

TEST_F(own_offsets, that_cannot_be_read_later_are_asked_for_until_they_can) {
    server_.at(2).is_ours = false;
    ASSERT_TRUE(consumer_.subscribe());
    keep_all();
    consumer_.fail_hook(failure(make_error_code(errc::hook_failed), "store is down"));
    repaired_at_ = questions_ + 4;
    server_.rebalance();
    server_.move_back(server_.at(2));
    keep_all();
    EXPECT_EQ(store_[2], 12) << "nothing of it came before the store was up";
    EXPECT_EQ(questions_, repaired_at_);
}

}  // namespace
}  // namespace tmq::subscription
