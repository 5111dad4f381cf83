// When tmqcat ends: with -e at the end of what the group can give it, on a signal, and after a silence.
#include "e2e.hpp"
#include "programs.hpp"

#include <set>

namespace tmq::test {
namespace {

using std::chrono::steady_clock;

/// tmqcat of a topic of two vgroups, with the settle time that it has by default.
class tmqcat_end : public e2e {
  protected:
    static constexpr std::size_t rows = 200;

    explicit tmqcat_end(testing::server_options options = {}) : e2e(std::move(options)) {
        create_topic(2);
        append(0, rows);
    }

    std::vector<std::string> line(std::vector<std::string> more) const {
        std::vector<std::string> arguments = {program("tmqcat"),  "-b", server.url(), "-t",
                                              std::string(topic), "-G", "g",          "-o",
                                              "earliest",         "-J"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return arguments;
    }
    static std::size_t distinct(const std::vector<std::string>& lines) {
        return std::set<std::string>(lines.begin(), lines.end()).size();
    }
    /// How long a program takes to end from now on.
    static std::chrono::duration<double> time_to_end(process& child, int status) {
        const auto since = steady_clock::now();
        EXPECT_EQ(child.wait(60s), status) << child.errors();
        return steady_clock::now() - since;
    }
};

TEST_F(tmqcat_end, comes_soon_after_the_last_row_and_says_how_many_vgroups_were_read) {
    for (const bool commits : {false, true}) {
        process child(
            line(commits ? std::vector<std::string>{"-e", "--commit"} : std::vector<std::string>{"-e"}));
        for (std::size_t i = 0; i < rows; ++i)
            EXPECT_NE(child.read_line(), "");
        EXPECT_LT(time_to_end(child, 0), 4s);
        EXPECT_EQ(child.read_line(), "") << "nothing but the rows";
        EXPECT_EQ(child.errors(), "tmqcat: 200 rows of 2 vgroups\n");
    }
}

TEST_F(tmqcat_end, does_not_wait_until_a_slow_server_has_let_the_member_go) {
    server.inject(fault::stall().on("unsubscribe"));
    process child(line({"-e", "--commit"}));
    for (std::size_t i = 0; i < rows; ++i)
        EXPECT_NE(child.read_line(), "");
    // With the close.timeout.ms that other ends have, it would be 4 s.
    EXPECT_LT(time_to_end(child, 0), 3'500ms);
    EXPECT_EQ(server.request_count("unsubscribe"), 1U);
}

TEST_F(tmqcat_end, is_not_believed_while_the_vgroups_settle) {
    process child(line({"-e"}));
    for (std::size_t i = 0; i < rows; ++i)
        EXPECT_NE(child.read_line(), "");
    // Well after the first empty poll, and well before the end.
    ASSERT_TRUE(server.await_requests("poll", server.request_count("poll") + 4));
    append(rows, rows);
    for (std::size_t i = 0; i < rows; ++i)
        EXPECT_NE(child.read_line(), "") << i;
    EXPECT_EQ(child.wait(), 0) << child.errors();
}

TEST_F(tmqcat_end, waits_for_the_vgroups_of_a_member_that_leaves_meanwhile) {
    const std::uint64_t other = server.ghost_member("g", topic);
    process child(line({"-e"}));
    std::vector<std::string> lines = {child.read_line()};
    // The vgroup that it has is read, and a poll behind it has found nothing.
    ASSERT_TRUE(server.await_requests("poll", server.request_count("poll") + 5));
    server.remove_member(other);
    const std::vector<std::string> rest = child.read_lines();
    lines.insert(lines.end(), rest.begin(), rest.end());
    EXPECT_EQ(child.wait(), 0) << child.errors();
    EXPECT_EQ(lines.size(), rows);
    EXPECT_EQ(distinct(lines), rows);
    EXPECT_NE(child.errors().find("200 rows of 2 vgroups\n"), std::string::npos) << child.errors();
}

class tmqcat_end_dead_member : public tmqcat_end {
  protected:
    tmqcat_end_dead_member() : tmqcat_end(testing::server_options().keep_dead_members(1'500ms)) {}
};

TEST_F(tmqcat_end_dead_member, waits_for_the_vgroups_that_a_dead_member_still_holds) {
    // It holds one of the two, so that the next member has something to read at once.
    const std::uint64_t other = server.ghost_member("g", topic);
    {
        process dead(line({}));
        EXPECT_NE(dead.read_line(), "");
        dead.signal(SIGKILL);
        EXPECT_EQ(dead.wait(), 128 + SIGKILL);
    }
    ASSERT_TRUE(server.await_connections(0));
    server.remove_member(other);
    const output all = output_of(line({"-e"}));
    EXPECT_EQ(all.status, 0) << all.errors;
    EXPECT_EQ(all.lines.size(), rows);
    EXPECT_EQ(distinct(all.lines), rows);
}

TEST_F(tmqcat_end, of_a_member_without_a_vgroup_comes_too) {
    server.ghost_member("g", topic);
    server.ghost_member("g", topic);
    const output none = output_of(line({"-e", "--settle", "0.2"}));
    EXPECT_EQ(none.status, 0) << none.errors;
    EXPECT_EQ(none.errors, "tmqcat: 0 rows of 0 vgroups\n");
    EXPECT_EQ(none.lines.size(), 0U);
}

TEST_F(tmqcat_end, of_a_snapshot_comes_with_status_0) {
    const output all = output_of(line({"-e", "-X", "experimental.snapshot.enable=true"}));
    EXPECT_EQ(all.status, 0) << all.errors;
    EXPECT_EQ(distinct(all.lines), rows);
}

/// tmqcat -e whose question for the lag is not answered.
class tmqcat_interruption : public tmqcat_end {
  protected:
    void stall() {
        for (const char* action : {"assignment", "position"})
            server.inject(fault::stall().on(action).times(1'000));
    }
    std::size_t questions() const {
        return server.request_count("assignment") + server.request_count("position");
    }
    /// Starts it, and waits until it waits for the lag.
    void await_question(process& child) {
        for (std::size_t i = 0; i < rows; ++i)
            EXPECT_NE(child.read_line(), "");
        stall();
        const std::size_t before = questions();
        const auto deadline = steady_clock::now() + 20s;
        while (questions() == before && steady_clock::now() < deadline)
            std::this_thread::sleep_for(1ms);
        EXPECT_GT(questions(), before);
    }
};

TEST_F(tmqcat_interruption, by_a_signal_does_not_wait_for_the_lag) {
    process child(line({"-e"}));
    await_question(child);
    child.signal(SIGINT);
    EXPECT_LT(time_to_end(child, 0), 5s);
}

TEST_F(tmqcat_interruption, by_a_silence_does_not_wait_for_the_lag) {
    process child(line({"-e", "--timeout", "4"}));
    await_question(child);
    EXPECT_LT(time_to_end(child, 0), 8s);
    EXPECT_NE(child.errors().find("no message for 4 s"), std::string::npos) << child.errors();
}

TEST_F(tmqcat_interruption, by_a_signal_gives_a_commit_a_moment_only) {
    server.inject(fault::stall().on("commit_offset").times(1'000));
    process child(line({"--commit"}));
    EXPECT_NE(child.read_line(), "");
    ASSERT_TRUE(server.await_requests("commit_offset", 1));
    child.signal(SIGINT);
    EXPECT_LT(time_to_end(child, 0), 8s);
    EXPECT_NE(child.errors().find("not committed: topic topic_meters"), std::string::npos) << child.errors();
}

TEST_F(tmqcat_interruption, by_a_signal_lets_a_commit_come_through) {
    server.inject(fault::delay(300ms).on("commit_offset"));
    process child(line({"--commit"}));
    const std::string first = child.read_line();
    ASSERT_TRUE(server.await_requests("commit_offset", 1));
    child.signal(SIGINT);
    EXPECT_EQ(child.wait(), 0) << child.errors();
    EXPECT_EQ(child.errors(), "");
    std::size_t committed = 0;
    for (const std::int32_t vgroup : server.vgroups(topic))
        committed += server.committed("g", topic, vgroup) ? 1 : 0;
    EXPECT_EQ(committed, 1U);
}

TEST_F(tmqcat_interruption, by_a_signal_ends_a_farewell_too) {
    server.inject(fault::stall().on("unsubscribe"));
    process child(line({"-c", "1", "-X", "close.timeout.ms=60000"}));
    ASSERT_TRUE(server.await_requests("unsubscribe", 1));
    child.signal(SIGINT);
    EXPECT_LT(time_to_end(child, 0), 5s);
    EXPECT_EQ(child.errors(), "");
}

TEST_F(tmqcat_interruption, by_a_second_signal_waits_for_nothing) {
    server.inject(fault::stall().on("commit_offset").times(1'000));
    process child(line({"--commit", "-X", "close.timeout.ms=60000"}));
    EXPECT_NE(child.read_line(), "");
    ASSERT_TRUE(server.await_requests("commit_offset", 1));
    child.signal(SIGINT);
    child.signal(SIGTERM);
    EXPECT_LT(time_to_end(child, 0), 5s);
}

}  // namespace
}  // namespace tmq::test
