#include "embedded_server/broker/dialogue.hpp"
#include "embedded_server/broker/gathered_message.hpp"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <chrono>
#include <span>
#include <string>
#include <vector>

// When positions pass entries without rows, for each version and kind of topic, and what libtaos remembers.

namespace tmq::test {
namespace {

using std::chrono::milliseconds;

class broker_reading : public ::testing::Test {
  protected:
    explicit broker_reading(const testing::server_options& options = {}, topic_kind of = topic_kind::select)
        : talk(testing::server_options(options).commit_growth(1)), kind(of) {
        talk.state().topics().create(topic_options("t").kind(of).vgroups(2));
    }

    member_id member(const std::string& group = "g") {
        const member_id id = talk.connect();
        talk.ask(id, subscribe(group, "t"));
        return id;
    }
    embedded::broker::vgroup_log& log(std::int32_t vgroup = 1) {
        return talk.state().topics().at("t", vgroup);
    }
    void insert(std::int32_t vgroup = 1) {
        block_builder block;
        block.table("d0").column("v", data_type::integer).row(1);
        log(vgroup).insert(embedded::broker::encode_insert(std::span(&block, 1), kind), 1);
    }
    /// "VGROUP@OFFSET", "nothing", or the error.
    std::string polled(member_id id, int time = 0) {
        const std::string reply = talk.ask(id, poll(2, time));
        if (reply.find("\"have_message\":true") == std::string::npos)
            return reply.find("\"code\":0,") == std::string::npos ? reply.substr(1, 12) : "nothing";
        const auto number = [&reply](std::string_view key) {
            return std::stoll(reply.substr(reply.find(key) + key.size()));
        };
        return fmt::format("{}@{}", number("\"vgroup_id\":"), number("\"offset\":"));
    }
    std::string position(member_id id, std::int32_t vgroup = 1) {
        const std::string reply = talk.ask(id, offset_of("position", 9, "t", vgroup));
        const std::size_t at = reply.find('[');
        return at == std::string::npos ? reply.substr(1, 12) : reply.substr(at + 1, reply.find(']') - at - 1);
    }
    /// "VGROUP:OFFSET/BEGIN/END ..."
    std::string assigned(member_id id) {
        const std::string reply = talk.ask(id, assignment(9, "t"));
        if (reply.find("\"code\":0,") == std::string::npos) return reply.substr(1, 12);
        std::string got;
        for (std::size_t at = reply.find("\"vgroup_id\":"); at != std::string::npos;
             at = reply.find("\"vgroup_id\":", at + 1)) {
            const auto number = [&](std::string_view key) {
                return std::stoll(reply.substr(reply.find(key, at) + key.size()));
            };
            got += fmt::format("{}{}:{}/{}/{}", got.empty() ? "" : " ", number("\"vgroup_id\":"),
                               number("\"offset\":"), number("\"begin\":"), number("\"end\":"));
        }
        return got;
    }
    int code(member_id id, const std::string& request) { return std::stoi(talk.ask(id, request).substr(8)); }
    int commit_offset(member_id id, std::int64_t offset) {
        return code(id, with_offset("commit_offset", 8, "t", 1, offset));
    }
    int seek(member_id id, std::int64_t offset) { return code(id, with_offset("seek", 8, "t", 1, offset)); }

    dialogue talk;
    topic_kind kind;
};

class reading_query_335 : public broker_reading {};

class reading_stable_335 : public broker_reading {
  protected:
    reading_stable_335() : broker_reading({}, topic_kind::stable) {}
};

class reading_34 : public broker_reading, public ::testing::WithParamInterface<topic_kind> {
  protected:
    reading_34() : broker_reading(testing::server_options().version("3.4.1.6.community"), GetParam()) {}
};

TEST_F(reading_query_335, stalls_behind_its_own_commit_when_a_poll_is_held) {
    insert();
    const member_id a = member();
    EXPECT_EQ(polled(a), "1@0");
    EXPECT_EQ(polled(a, 10), "nothing");
    EXPECT_EQ(commit_offset(a, 1), 0);
    for (const int time : {200, 5000, 20000, 0})
        EXPECT_EQ(polled(a, time), "nothing");
    EXPECT_EQ(position(a), "1");
    EXPECT_EQ(assigned(a), "1:0/0/2 2:0/0/0") << "asked: one more than position, for ever";
}

TEST_F(reading_query_335, stalls_behind_what_others_write) {
    insert();
    const member_id a = member();
    const member_id b = member("h");
    EXPECT_EQ(polled(a), "1@0");
    EXPECT_EQ(polled(a), "nothing");
    assigned(b);
    EXPECT_EQ(commit_offset(b, 1), 0);
    log().advance(3);
    EXPECT_EQ(polled(a, 1000), "nothing");
    EXPECT_EQ(position(a), "1");
}

TEST_F(reading_query_335, passes_a_commit_when_no_poll_is_held) {
    insert();
    const member_id a = member();
    EXPECT_EQ(polled(a), "1@0");
    EXPECT_EQ(commit_offset(a, 1), 0) << "before the next poll";
    EXPECT_EQ(polled(a), "nothing");
    EXPECT_EQ(position(a), "2");
}

TEST_F(reading_query_335, is_held_from_the_end_of_a_poll_that_has_waited) {
    insert();
    const member_id a = member();
    EXPECT_EQ(polled(a), "1@0");
    EXPECT_EQ(commit_offset(a, 1), 0);
    EXPECT_EQ(polled(a, 10), "nothing");
    EXPECT_EQ(position(a), "2");
    log().advance(1);
    EXPECT_EQ(polled(a, 1000), "nothing");
    EXPECT_EQ(position(a), "2");
}

TEST_F(reading_query_335, goes_on_with_rows) {
    insert();
    const member_id a = member();
    EXPECT_EQ(polled(a), "1@0");
    EXPECT_EQ(polled(a), "nothing");
    EXPECT_EQ(commit_offset(a, 1), 0);
    EXPECT_EQ(polled(a), "nothing");
    insert();
    EXPECT_EQ(polled(a), "1@1");
    EXPECT_EQ(position(a), "3");
}

TEST_F(reading_query_335, goes_on_with_a_seek_and_two_polls) {
    insert();
    const member_id a = member();
    EXPECT_EQ(polled(a), "1@0");
    EXPECT_EQ(polled(a), "nothing");
    EXPECT_EQ(commit_offset(a, 1), 0);
    EXPECT_EQ(seek(a, 1), 0);
    EXPECT_EQ(polled(a), "nothing");
    EXPECT_EQ(position(a), "1");
    EXPECT_EQ(polled(a), "nothing");
    EXPECT_EQ(position(a), "2");
}

TEST_F(reading_query_335,
       needs_the_second_poll_after_a_seek_however_long_the_first_one_is_but_for_the_timer) {
    insert();
    const member_id a = member();
    EXPECT_EQ(polled(a), "1@0");
    EXPECT_EQ(polled(a), "nothing");
    EXPECT_EQ(commit_offset(a, 1), 0);
    EXPECT_EQ(seek(a, 1), 0);
    EXPECT_EQ(polled(a, 300), "nothing");
    EXPECT_EQ(position(a), "1");
    EXPECT_EQ(polled(a, 1), "nothing");
    EXPECT_EQ(position(a), "2");
    EXPECT_EQ(polled(a, 99), "nothing");
    EXPECT_EQ(seek(a, 0), 0);
    EXPECT_EQ(polled(a, 2000), "1@0");
    EXPECT_EQ(talk.elapsed(), milliseconds(1000)) << "libtaos wakes up once a second";
}

TEST_F(reading_query_335, does_not_pass_an_insert_without_rows_even_with_a_seek) {
    insert();
    const member_id a = member();
    EXPECT_EQ(polled(a), "1@0");
    EXPECT_EQ(polled(a), "nothing");
    log().insert_unselected();
    EXPECT_EQ(polled(a, 1000), "nothing");
    EXPECT_EQ(seek(a, 1), 0);
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(polled(a, 10), "nothing");
    EXPECT_EQ(position(a), "1");
    EXPECT_EQ(assigned(a), "1:1/0/2 2:0/0/0");
}

TEST_F(reading_query_335, never_passes_an_insert_without_rows_that_is_there_before_the_first_poll) {
    log().advance(2);
    log().insert_unselected();
    const member_id a = member();
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(polled(a, 100), "nothing");
    EXPECT_EQ(position(a), "\"code\":16400") << "there was no reply";
    log().advance(1);
    EXPECT_EQ(polled(a, 100), "nothing");
    EXPECT_EQ(assigned(a), "1:0/0/4 2:0/0/0");
    EXPECT_EQ(position(a), "0");
}

TEST_F(reading_stable_335, passes_entries_of_any_sort) {
    insert();
    const member_id a = member();
    EXPECT_EQ(polled(a), "1@0");
    EXPECT_EQ(polled(a), "nothing");
    EXPECT_EQ(commit_offset(a, 1), 0);
    EXPECT_EQ(polled(a), "nothing");
    EXPECT_EQ(position(a), "2");
    log().insert_unselected();
    EXPECT_EQ(polled(a), "nothing");
    EXPECT_EQ(position(a), "3");
}

TEST_P(reading_34, passes_entries_of_any_sort) {
    insert();
    const member_id a = member();
    EXPECT_EQ(polled(a), "1@0");
    EXPECT_EQ(polled(a, 10), "nothing");
    EXPECT_EQ(commit_offset(a, 1), 0);
    EXPECT_EQ(polled(a), "nothing");
    EXPECT_EQ(position(a), "2");
    log().insert_unselected();
    EXPECT_EQ(polled(a), "nothing");
    EXPECT_EQ(position(a), "3");
}

TEST_P(reading_34, passes_them_at_the_second_poll_when_another_vgroup_has_data) {
    insert();
    log(2).advance(3);
    const member_id a = member();
    EXPECT_EQ(polled(a), "1@0");
    assigned(a);
    EXPECT_EQ(position(a, 2), "0");
    EXPECT_EQ(polled(a), "nothing");
    EXPECT_EQ(position(a, 2), "3");
}

TEST_P(reading_34, a_seek_changes_only_what_libtaos_remembers) {
    insert();
    insert();
    const member_id a = member();
    EXPECT_EQ(polled(a), "1@0");
    EXPECT_EQ(polled(a), "nothing");
    EXPECT_EQ(seek(a, 1), 0);
    EXPECT_EQ(position(a), "1");
    EXPECT_EQ(polled(a), "1@1");
    EXPECT_EQ(position(a), "2");
}

INSTANTIATE_TEST_SUITE_P(topics, reading_34,
                         ::testing::Values(topic_kind::select, topic_kind::stable, topic_kind::database),
                         [](const auto& one) {
                             return one.param == topic_kind::select   ? "query"
                                    : one.param == topic_kind::stable ? "stable"
                                                                      : "database";
                         });

/// Both versions: what waits in libtaos while the client is told of another vgroup.
class broker_prefetch : public broker_reading, public ::testing::WithParamInterface<std::string> {
  protected:
    broker_prefetch() : broker_reading(testing::server_options().version(GetParam())) {}
};

TEST_P(broker_prefetch, brings_a_message_that_waits_once_after_a_seek_and_again_with_the_next_poll) {
    for (const int vgroup : {2, 1})
        insert(vgroup);
    const member_id a = member();
    EXPECT_EQ(polled(a), "1@0");
    assigned(a);
    EXPECT_EQ(code(a, with_offset("seek", 8, "t", 2, 0)), 0);
    EXPECT_EQ(polled(a), "2@0");
    EXPECT_EQ(position(a, 2), "0");
    EXPECT_EQ(polled(a), "2@0");
    EXPECT_EQ(position(a, 2), "1");
    EXPECT_EQ(polled(a), "nothing");
}

TEST_P(broker_prefetch, does_not_bring_it_twice_when_the_reader_is_sought_behind_it) {
    for (const int vgroup : {2, 1})
        insert(vgroup);
    const member_id a = member();
    EXPECT_EQ(polled(a), "1@0");
    assigned(a);
    EXPECT_EQ(code(a, with_offset("seek", 8, "t", 2, 0)), 0);
    EXPECT_EQ(polled(a), "2@0");
    EXPECT_EQ(code(a, with_offset("seek", 8, "t", 2, 1)), 0);
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(polled(a), "nothing");
}

TEST_P(broker_prefetch, brings_what_was_there_when_the_vnode_was_asked) {
    insert(2);
    insert(1);
    const member_id a = member();
    EXPECT_EQ(polled(a), "1@0");
    insert(2);
    EXPECT_EQ(polled(a), "2@0");
    EXPECT_EQ(position(a, 2), "1");
    EXPECT_EQ(polled(a), "2@1");
}

TEST_P(broker_prefetch, is_not_there_between_a_subscribe_and_the_first_poll) {
    insert(1);
    insert(1);
    const member_id a = member();
    assigned(a);
    EXPECT_EQ(seek(a, 1), 0);
    EXPECT_EQ(polled(a), "1@1");
    EXPECT_EQ(polled(a), "nothing");
}

INSTANTIATE_TEST_SUITE_P(versions, broker_prefetch, ::testing::Values("3.3.5.8", "3.4.1.6.community"),
                         [](const auto& one) { return one.param.substr(0, 3) == "3.4" ? "v34" : "v335"; });

TEST_F(reading_query_335, wakes_a_held_poll_between_the_polls_of_the_client) {
    insert();
    const member_id a = member();
    EXPECT_EQ(polled(a), "1@0");
    EXPECT_EQ(polled(a), "nothing");
    insert();
    EXPECT_EQ(seek(a, 1), 0) << "when the message waits already";
    EXPECT_EQ(polled(a), "1@1");
    EXPECT_EQ(position(a), "1");
    EXPECT_EQ(polled(a), "1@1");
    EXPECT_EQ(position(a), "2");
}

TEST_F(reading_query_335, has_a_commit_before_the_first_poll_move_the_reader) {
    for (int i = 0; i < 3; ++i)
        insert();
    const member_id a = member();
    assigned(a);
    EXPECT_EQ(commit_offset(a, 2), 0);
    EXPECT_EQ(position(a), "2");
    EXPECT_EQ(polled(a), "1@2");
}

TEST_F(reading_query_335, has_a_commit_move_no_reader_that_was_sought) {
    for (int i = 0; i < 3; ++i)
        insert();
    const member_id a = member();
    assigned(a);
    EXPECT_EQ(seek(a, 0), 0);
    EXPECT_EQ(commit_offset(a, 2), 0);
    EXPECT_EQ(polled(a), "1@0");
}

TEST_F(reading_query_335, remembers_the_assignment_once_every_vgroup_had_data_or_a_seek) {
    insert(1);
    insert(2);
    const member_id a = member();
    EXPECT_EQ(polled(a), "1@0");
    log(1).advance(1);
    EXPECT_EQ(assigned(a), "1:0/0/2 2:0/0/1") << "asked, because of vgroup 2";
    EXPECT_EQ(polled(a), "2@0");
    log(1).advance(5);
    log(2).advance(5);
    EXPECT_EQ(assigned(a), "1:0/0/2 2:0/0/1") << "remembered";
    EXPECT_EQ(seek(a, 3), 0x4007) << "out of what is remembered";
    EXPECT_EQ(commit_offset(a, 3), 0x4007);
}

TEST_F(reading_query_335, remembers_the_assignment_of_readers_that_were_all_sought) {
    log(1).advance(2);
    log(2).advance(2);
    const member_id a = member();
    EXPECT_EQ(assigned(a), "1:0/0/2 2:0/0/2");
    EXPECT_EQ(seek(a, 0), 0);
    EXPECT_EQ(code(a, with_offset("seek", 8, "t", 2, 0)), 0);
    log(1).advance(3);
    EXPECT_EQ(assigned(a), "1:0/0/2 2:0/0/2");
    EXPECT_EQ(polled(a), "nothing");
    EXPECT_EQ(assigned(a), "1:0/0/5 2:0/0/2") << "told with the reply";
    EXPECT_EQ(position(a), "5");
}

/// A member whose other vgroup goes to one who joins.
class broker_reading_rebalance : public broker_reading {
  protected:
    explicit broker_reading_rebalance(const testing::server_options& options = {},
                                      topic_kind of = topic_kind::select)
        : broker_reading(options, of) {
        insert(1);
        insert(2);
        a = member();
        EXPECT_EQ(polled(a), "1@0");
        EXPECT_EQ(polled(a), "2@0");
    }
    void join() { talk.state().add_ghost("g", "t", talk.now()); }

    member_id a = 0;
};

TEST_F(broker_reading_rebalance, knows_no_bounds_while_its_poll_is_held) {
    EXPECT_EQ(polled(a), "nothing");
    join();
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(polled(a, 500), "nothing");
    EXPECT_EQ(assigned(a), "1:0/-1/-1") << "remembered";
    EXPECT_EQ(position(a), "\"code\":16400");
    EXPECT_EQ(seek(a, 1), 0x4010);
    EXPECT_EQ(commit_offset(a, 1), 0x4010);
    EXPECT_EQ(code(a, offset_of("committed", 9, "t", 1)), 0);
    EXPECT_EQ(code(a, plain("commit", 3)), 0);
    EXPECT_EQ(talk.state().committed("g", "t", 1), 1);
    EXPECT_EQ(position(a), "\"code\":16400");
    insert();
    EXPECT_EQ(polled(a), "1@1");
    EXPECT_EQ(position(a), "3");
    EXPECT_EQ(assigned(a), "1:1/0/3");
    EXPECT_EQ(commit_offset(a, 3), 0);
}

TEST_F(reading_query_335, knows_no_bounds_after_a_rebalance_until_its_next_reply) {
    insert();
    const member_id a = member();
    EXPECT_EQ(polled(a), "1@0");
    talk.state().add_ghost("g", "t", talk.now());
    EXPECT_EQ(commit_offset(a, 1), 0x4010);
    log().advance(1);
    EXPECT_EQ(polled(a), "nothing") << "not held, and answered";
    EXPECT_EQ(commit_offset(a, 1), 0);
}

class broker_reading_rebalance_34 : public broker_reading_rebalance {
  protected:
    broker_reading_rebalance_34()
        : broker_reading_rebalance(testing::server_options().version("3.4.1.6.community")) {}
};

TEST_F(broker_reading_rebalance_34, knows_the_bounds_with_the_next_poll) {
    EXPECT_EQ(polled(a), "nothing");
    join();
    EXPECT_EQ(position(a), "\"code\":16400");
    EXPECT_EQ(assigned(a), "1:0/-1/-1");
    EXPECT_EQ(polled(a), "nothing");
    EXPECT_EQ(position(a), "1");
    EXPECT_EQ(commit_offset(a, 1), 0);
}

class broker_reading_rebalance_stable : public broker_reading_rebalance {
  protected:
    broker_reading_rebalance_stable() : broker_reading_rebalance({}, topic_kind::stable) {}
};

TEST_F(broker_reading_rebalance_stable, knows_the_bounds_with_the_next_poll) {
    EXPECT_EQ(polled(a), "nothing");
    join();
    EXPECT_EQ(position(a), "\"code\":16400");
    EXPECT_EQ(polled(a), "nothing");
    EXPECT_EQ(position(a), "1");
}

TEST_F(broker_reading_rebalance, learns_the_bounds_from_an_assignment_that_is_asked) {
    EXPECT_EQ(polled(a), "nothing");
    const std::uint64_t ghost = talk.state().add_ghost("g", "t", talk.now());
    talk.state().remove_ghost(ghost, talk.now());
    EXPECT_EQ(assigned(a), "1:0/0/1 2:0/0/1") << "vgroup 2 is new again";
    EXPECT_EQ(position(a), "1");
    EXPECT_EQ(commit_offset(a, 1), 0);
}

TEST_F(reading_query_335, leaves_a_vgroup_out_of_an_asked_assignment_when_it_is_to) {
    const member_id a = member();
    embedded::protocol::request what = *embedded::protocol::parse_request(assignment(9, "t")).request;
    what.omitted_vgroup = 1;
    EXPECT_EQ(talk.ask_frame(a, what).head.find("\"vgroup_id\":1,"), std::string::npos);
    EXPECT_EQ(assigned(a), "1:0/0/0 2:0/0/0");
    seek(a, 0);
    EXPECT_EQ(code(a, with_offset("seek", 8, "t", 2, 0)), 0);
    EXPECT_NE(talk.ask_frame(a, what).head.find("\"vgroup_id\":1,"), std::string::npos)
        << "what libtaos remembers is complete";
}

class broker_fatal_assignment : public broker_reading {
  protected:
    broker_fatal_assignment() : broker_reading(testing::server_options().assignment_crash(3)) {}
};

TEST_F(broker_fatal_assignment, kills_the_adapter_when_it_is_asked) {
    const member_id a = member();
    const embedded::protocol::request what = *embedded::protocol::parse_request(assignment(9, "t")).request;
    embedded::broker::broker::output out;
    for (int i = 0; i < 3; ++i)
        talk.state().handle(a, what, talk.now(), out);
    ASSERT_EQ(out.size(), 3U);
    EXPECT_FALSE(out[1].crash);
    EXPECT_TRUE(out[2].crash);
}

}  // namespace
}  // namespace tmq::test
