// Everything that can go wrong at every step of a consumer, against a model of the server and a clock that
// nobody waits for.
#include "driven_consumer.hpp"
#include "model_server.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace tmq::subscription {
namespace {

using namespace std::chrono_literals;
using namespace test;
using std::chrono::milliseconds;

/// What an application sees of its consumer, held against what it was promised.
class witness {
  public:
    witness(model_server& server, driven_consumer& consumer, const config& settings)
        : server_(server), consumer_(consumer), settings_(settings) {
        server.on_commit = [this](const model_server::vgroup& in, std::int64_t offset) {
            if (in.was_elsewhere) {
                // What another member has committed needs nobody to finish it.
                for (message_at& one : unfinished_)
                    one.is_finished = one.is_finished || (one.vgroup == in.id && one.until <= in.committed);
                advance(in.id);
                std::erase_if(unfinished_, [&in](const message_at& one) {
                    return one.vgroup == in.id && one.until <= in.committed;
                });
            }
            // A server that goes on where another member has got to is followed.
            const std::int64_t finished_by_others = in.was_elsewhere ? in.committed.value_or(0) : 0;
            EXPECT_LE(offset, std::max(of(in.id).finished, finished_by_others))
                << "committed ahead of the application, vgroup " << in.id;
            const bool may_go_back = std::exchange(of(in.id).may_go_back, false);
            if (!in.was_elsewhere && !may_go_back) {
                EXPECT_GE(offset, in.committed.value_or(0)) << "committed backwards, vgroup " << in.id;
            }
        };
    }
    ~witness() {
        server_.on_commit = [](const model_server::vgroup&, std::int64_t) {};
    }
    witness(const witness&) = delete;
    witness& operator=(const witness&) = delete;

    bool subscribe() {
        const bool done = consumer_.subscribe();
        read_events();
        return done;
    }
    driven_consumer::result poll(milliseconds timeout = 1s) {
        if (settings_.acknowledge() == acknowledge_mode::by_poll) finish_all();
        const auto got = consumer_.poll(message_, timeout);
        read_events();
        if (got == driven_consumer::result::message) delivered();
        return got;
    }
    void work_ahead(int requests) {
        consumer_.work_ahead(requests);
        read_events();
    }
    bool seek(std::int32_t vgroup, std::int64_t offset) {
        const failure refused = consumer_.seek({model_server::topic, vgroup, offset});
        read_events();
        if (refused) return false;
        view& in = of(vgroup);
        in.expected = in.finished = offset;
        in.losses.clear();
        in.is_fresh = false;
        in.may_go_back = true;
        std::erase_if(unfinished_, [vgroup](const message_at& before) { return before.vgroup == vgroup; });
        return true;
    }
    void close() {
        finish_all();
        consumer_.close();
        read_events();
    }
    /// Of those delivered and not acknowledged.
    void acknowledge(std::size_t index) {
        message_at& one = unfinished_[index];
        message finished;
        detail::message_content& content = detail::message_access::content(finished);
        content.topic.assign(model_server::topic);
        content.vgroup = one.vgroup;
        content.layout.response_offset.kind = detail::offset_kind::log;
        content.layout.response_offset.version = one.until;
        one.is_finished = true;
        advance(one.vgroup);
        consumer_.acknowledge(finished);
        std::erase_if(unfinished_, [this](const message_at& at) {
            return at.is_finished && at.until <= of(at.vgroup).finished;
        });
    }
    std::size_t unfinished() const { return unfinished_.size(); }
    /// The other member may have read the rest.
    bool has_all(const model_server::vgroup& one) {
        pass_losses(of(one.id));
        const bool is_read =
            of(one.id).expected == one.end || (one.was_elsewhere && one.is_served && one.position == one.end);
        return is_read && one.is_ours && of(one.id).is_assigned;
    }
    bool has_all() {
        return std::all_of(server_.vgroups.begin(), server_.vgroups.end(),
                           [this](const model_server::vgroup& one) { return has_all(one); });
    }
    std::string what_lacks() {
        std::string result;
        for (const model_server::vgroup& one : server_.vgroups) {
            const view& in = of(one.id);
            if (!has_all(one))
                result += "vgroup " + std::to_string(one.id) + (in.is_assigned ? "" : " not assigned") +
                          " at " + std::to_string(in.expected.value_or(-1)) + " of " +
                          std::to_string(one.end) + "; ";
        }
        return result;
    }

    struct view {
        bool is_assigned = false;
        bool is_fresh = false;                 ///< assigned or resumed, and nothing delivered since
        std::optional<std::int64_t> expected;  ///< the offset that is delivered next
        std::int64_t finished = 0;
        std::int64_t gone = 0;  ///< rows before are not there any more
        std::map<std::int64_t, std::int64_t> losses;
        int assigned = 0;
        int revoked = 0;
        int resumed = 0;  ///< since the last connection
        std::int64_t rows = 0;
        int commits_failed = 0;
        bool may_go_back = false;  ///< sought or revoked, and nothing committed since
    };
    view& of(std::int32_t vgroup) { return views_[vgroup]; }
    int connections = 0;
    int reconnects = 0;  ///< attempts
    std::vector<milliseconds> waits;

  private:
    struct message_at {
        std::int32_t vgroup;
        std::int64_t until;
        bool is_finished = false;
    };

    /// By hand: all before the first that is not acknowledged.
    void advance(std::int32_t vgroup) {
        for (const message_at& one : unfinished_) {
            if (one.vgroup != vgroup) continue;
            if (!one.is_finished) return;
            of(vgroup).finished = std::max(of(vgroup).finished, one.until);
        }
    }
    void finish_all() {
        if (settings_.acknowledge() == acknowledge_mode::by_poll) {
            for (const message_at& one : unfinished_)
                of(one.vgroup).finished = std::max(of(one.vgroup).finished, one.until);
            unfinished_.clear();
        } else {
            while (!unfinished_.empty())
                acknowledge(0);
        }
    }
    void pass_losses(view& in) {
        if (!in.expected) return;
        for (auto loss = in.losses.find(*in.expected); loss != in.losses.end();
             loss = in.losses.find(*in.expected)) {
            in.expected = loss->second;
            in.losses.erase(loss);
        }
    }
    /// Another member has finished what is before.
    void overtaken(const partition_offset& at) {
        of(at.vgroup()).expected = at.offset();
        std::erase_if(unfinished_, [&at](const message_at& before) { return before.vgroup == at.vgroup(); });
    }
    void delivered() {
        const std::int64_t from = message_.offset();
        view& in = of(message_.vgroup());
        const model_server::vgroup& served = server_.at(message_.vgroup());
        pass_losses(in);
        // Where another member has got to; the first message in a new place may also be from before, when
        // that member has given it back since.
        const bool is_start = from == served.start || from == served.begin;
        const bool is_from_elsewhere =
            served.was_elsewhere && is_start && (from > in.expected || in.is_fresh);
        in.is_fresh = false;
        if (in.expected && !is_from_elsewhere) {
            EXPECT_EQ(from, *in.expected)
                << "vgroup " << message_.vgroup()
                << (from < *in.expected ? ": delivered twice" : ": rows are missing");
        }
        const std::int64_t until = message_.next_offset().value();
        in.expected = until;
        in.rows += until - from;
        const bool is_known =
            std::any_of(unfinished_.begin(), unfinished_.end(), [this, until](const message_at& one) {
                return one.vgroup == message_.vgroup() && one.until == until;
            });
        if (!is_known && until >= in.gone) unfinished_.push_back({message_.vgroup(), until});
    }
    void read_events() {
        for (const event& one : consumer_.take_events())
            read(one);
    }
    void read(const event& one) {
        std::visit([this](const auto& kind) { on(kind); }, one);
    }
    void on(const events::connected&) {
        EXPECT_FALSE(std::exchange(is_connected_, true));
        ++connections;
        for (auto& [vgroup, in] : views_)
            in.resumed = 0;
    }
    void on(const events::disconnected& one) {
        EXPECT_TRUE(std::exchange(is_connected_, false));
        EXPECT_TRUE(one.reason.code().failed());
    }
    void on(const events::reconnecting& one) {
        EXPECT_FALSE(is_connected_);
        EXPECT_TRUE(one.attempt == 1 || one.attempt == attempt_ + 1) << one.attempt << " after " << attempt_;
        attempt_ = one.attempt;
        ++reconnects;
        waits.push_back(one.wait);
        const std::uint32_t waits_before = one.attempt - 1;
        milliseconds due = waits_before == 0 ? 0ms : settings_.reconnect_interval();
        for (std::uint32_t i = 1; i < waits_before; ++i)
            due = std::min(2 * due, settings_.reconnect_max_interval());
        EXPECT_EQ(one.wait, due) << "attempt " << one.attempt;
    }
    void on(const events::assigned& one) {
        for (const partition_offset& at : one.vgroups) {
            view& in = of(at.vgroup());
            EXPECT_FALSE(std::exchange(in.is_assigned, true)) << "assigned twice, vgroup " << at.vgroup();
            ++in.assigned;
            in.is_fresh = true;
            if (!in.expected || (server_.at(at.vgroup()).was_elsewhere && at.offset() > in.expected))
                overtaken(at);
        }
    }
    void on(const events::resumed& one) {
        for (const partition_offset& at : one.vgroups) {
            view& in = of(at.vgroup());
            EXPECT_TRUE(in.is_assigned) << "resumed but not assigned, vgroup " << at.vgroup();
            // Once more where the server did not say whether a message was from after a seek.
            EXPECT_TRUE(++in.resumed <= 3 || server_.at(at.vgroup()).was_elsewhere)
                << "again and again, vgroup " << at.vgroup();
            in.is_fresh = true;
            pass_losses(in);
            if (server_.at(at.vgroup()).was_elsewhere && at.offset() > in.expected) overtaken(at);
            EXPECT_EQ(at.offset(), in.expected) << "vgroup " << at.vgroup();
        }
    }
    void on(const events::revoked& one) {
        for (const partition_offset& at : one.vgroups) {
            view& in = of(at.vgroup());
            in.is_assigned = false;
            ++in.revoked;
            in.expected.reset();
            in.losses.clear();
            // What was committed as it went may come after the server has chosen where it goes on.
            in.may_go_back = true;
            // What is read of it now may be from before.
            in.finished = std::max<std::int64_t>(in.finished, 0);
            std::erase_if(unfinished_, [&at](const message_at& of) { return of.vgroup == at.vgroup(); });
        }
    }
    void on(const events::data_lost& one) {
        const std::int32_t vgroup = one.partition.vgroup();
        view& in = of(vgroup);
        EXPECT_LT(one.first, one.end);
        EXPECT_GE(one.first, in.expected.value_or(0)) << "delivered and lost";
        EXPECT_TRUE(in.losses.emplace(one.first, one.end).second) << "lost twice";
        in.gone = std::max(in.gone, one.end);
        // It could not be delivered again, finished or not.
        std::erase_if(unfinished_,
                      [&](const message_at& at) { return at.vgroup == vgroup && at.until < in.gone; });
        advance(vgroup);
    }
    static void on(const events::missed&) { ADD_FAILURE() << "nobody drops events here"; }
    void on(const events::commit_failed& one) { ++of(one.target.vgroup()).commits_failed; }

    model_server& server_;
    driven_consumer& consumer_;
    const config& settings_;
    message message_;
    std::map<std::int32_t, view> views_;
    std::vector<message_at> unfinished_;
    bool is_connected_ = false;
    std::uint32_t attempt_ = 0;
};

config settings_of(acknowledge_mode mode = acknowledge_mode::by_poll) {
    config settings;
    settings.reconnect_jitter(0)
        .reconnect_retries(3)
        .reconnect_at_start(true)
        .auto_commit_interval(1s)
        .assignment_interval(5s)
        .prefetch(2)
        .acknowledge(mode);
    return settings;
}

/// The history in which everything goes wrong once: three vgroups of 20 rows, and a connection that is lost
/// on the way.
struct plain_history {
    model_server server;
    config settings;
    driven_consumer consumer;
    witness seen;
    int errors = 0;

    explicit plain_history(const config& with)
        : settings(with), consumer(server, settings), seen(server, consumer, settings) {
        server.add_vgroups(3, 20);
    }
    void run() {
        if (!seen.subscribe()) return;
        int messages = 0;
        for (int polls = 0; polls < 300 && !seen.has_all() && consumer.is_subscribed(); ++polls) {
            const auto got = seen.poll();
            if (got == driven_consumer::result::error) ++errors;
            if (got != driven_consumer::result::message) continue;
            if (++messages == 8) server.disconnect();
            if (settings.acknowledge() == acknowledge_mode::by_hand && seen.unfinished() > 3) {
                seen.acknowledge(1);
                seen.acknowledge(0);
            }
            server.sleep_until(server.now() + 300ms);
            seen.work_ahead(2);
        }
        if (seen.poll() == driven_consumer::result::error) ++errors;
        seen.close();
    }
};

TEST(resume_walk, delivers_all_of_a_history_in_which_only_the_connection_is_lost) {
    for (const acknowledge_mode mode : {acknowledge_mode::by_poll, acknowledge_mode::by_hand}) {
        plain_history history(settings_of(mode));
        history.run();
        for (model_server::vgroup& one : history.server.vgroups) {
            EXPECT_EQ(history.seen.of(one.id).rows, 20);
            EXPECT_EQ(history.seen.of(one.id).assigned, 1);
            EXPECT_EQ(history.seen.of(one.id).resumed, 1);
            EXPECT_EQ(one.committed, 20);
        }
        EXPECT_EQ(history.seen.connections, 2);
        EXPECT_EQ(history.seen.reconnects, 1);
        EXPECT_EQ(history.errors, 0);
        EXPECT_EQ(history.server.calls(operation::assignment), 2) << "two subscriptions";
        EXPECT_EQ(history.server.calls(operation::seek), 6) << "every vgroup on each connection";
    }
}

TEST(resume_walk, delivers_every_row_once_whatever_goes_wrong_at_whatever_step) {
    int combinations = 0;
    for (const acknowledge_mode mode : {acknowledge_mode::by_poll, acknowledge_mode::by_hand}) {
        plain_history baseline(settings_of(mode));
        baseline.run();
        for (std::size_t op = 0; op < operations; ++op) {
            const auto what = static_cast<operation>(op);
            for (std::size_t kind = 1; kind < troubles; ++kind) {
                const auto wrong = static_cast<trouble>(kind);
                for (int nth = 1; nth <= baseline.server.calls(what); ++nth) {
                    SCOPED_TRACE(std::string(to_string(wrong)) + " at " + std::string(to_string(what)) +
                                 " number " + std::to_string(nth));
                    plain_history history(settings_of(mode));
                    bool has_happened = false;
                    history.server.choose = [&](operation now, int count) {
                        if (now != what || count != nth) return trouble::none;
                        has_happened = true;
                        return wrong;
                    };
                    history.run();
                    EXPECT_TRUE(has_happened);
                    EXPECT_TRUE(history.consumer.is_subscribed());
                    const bool is_told_to_the_application =
                        wrong == trouble::passing && (what == operation::poll || what == operation::fetch);
                    EXPECT_EQ(history.errors, is_told_to_the_application ? 1 : 0);
                    const bool is_evicted = wrong == trouble::mismatched || wrong == trouble::closed;
                    for (model_server::vgroup& one : history.server.vgroups) {
                        const witness::view& in = history.seen.of(one.id);
                        EXPECT_EQ(in.rows, 20);
                        EXPECT_EQ(in.assigned, 1);
                        EXPECT_EQ(in.revoked, 0);
                        EXPECT_EQ(in.resumed, 1);
                        // Behind its last poll a consumer does not find out that it is no member any more.
                        if (!is_evicted || in.commits_failed == 0) {
                            EXPECT_EQ(one.committed, 20);
                        }
                    }
                    EXPECT_LE(history.seen.reconnects, 3);
                    ++combinations;
                    if (::testing::Test::HasFailure()) return;
                }
            }
        }
    }
    EXPECT_GT(combinations, 500);
}

TEST(resume_walk, tries_as_often_as_it_is_told_and_says_why_it_gives_up) {
    const struct {
        operation what;
        trouble wrong;
        boost::system::error_code why;
    } cases[] = {
        {operation::open, trouble::lost_before, errc::connection_lost},
        {operation::version, trouble::late, errc::request_timeout},
        {operation::subscribe, trouble::passing, make_server_error(0x03EA)},
        {operation::subscribe, trouble::closed, make_server_error(0x4002)},
        {operation::assignment, trouble::closed, make_server_error(0x4002)},
        {operation::committed, trouble::lost_after, errc::connection_lost},
        {operation::seek, trouble::late, errc::request_timeout},
        {operation::poll, trouble::lost_before, errc::connection_lost},
        {operation::poll, trouble::mismatched, make_server_error(0x4001)},
        {operation::fetch, trouble::lost_after, errc::connection_lost},
    };
    for (const auto& one : cases) {
        SCOPED_TRACE(std::string(to_string(one.wrong)) + " at " + std::string(to_string(one.what)));
        plain_history history(settings_of());
        ASSERT_TRUE(history.seen.subscribe());
        while (history.seen.of(1).rows == 0)
            ASSERT_EQ(history.seen.poll(), driven_consumer::result::message);
        history.server.choose = [&](operation now, int) {
            return now == one.what ? one.wrong : trouble::none;
        };
        history.server.disconnect();
        auto got = driven_consumer::result::message;
        for (int polls = 0; polls < 10 && got != driven_consumer::result::error; ++polls)
            got = history.seen.poll(60s);
        EXPECT_EQ(got, driven_consumer::result::error);
        EXPECT_FALSE(history.consumer.is_subscribed());
        EXPECT_EQ(history.consumer.why().code, one.why);
        EXPECT_EQ(history.seen.waits, (std::vector<milliseconds>{0ms, 2s, 4s}));
    }
}

TEST(resume_walk, gives_up_at_once_where_another_attempt_would_be_refused_as_well) {
    plain_history history(settings_of());
    ASSERT_TRUE(history.seen.subscribe());
    history.server.choose = [](operation now, int) {
        return now == operation::seek ? trouble::passing : trouble::none;
    };
    const int seeks = history.server.calls(operation::seek);
    history.server.disconnect();
    auto got = driven_consumer::result::message;
    for (int polls = 0; polls < 10 && got != driven_consumer::result::error; ++polls)
        got = history.seen.poll(60s);
    EXPECT_EQ(history.consumer.why().code, make_server_error(0x4007));
    EXPECT_EQ(history.seen.waits, std::vector<milliseconds>{0ms});
    EXPECT_EQ(history.server.calls(operation::seek), seeks + 3);
}

TEST(resume_walk, resumes_exactly_where_the_server_would_skip) {
    model_server server(true);
    server.add_vgroups(2, 10);
    const config settings = settings_of();
    driven_consumer consumer(server, settings);
    witness seen(server, consumer, settings);
    ASSERT_TRUE(seen.subscribe());
    EXPECT_EQ(seen.poll(), driven_consumer::result::nothing);
    EXPECT_EQ(seen.of(1).expected, 10) << "the end of the log";
    server.disconnect();
    for (model_server::vgroup& one : server.vgroups)
        one.end = 16;
    for (int polls = 0; polls < 20; ++polls)
        seen.poll();
    EXPECT_TRUE(seen.has_all());
    EXPECT_EQ(seen.of(1).rows, 6);
    EXPECT_EQ(seen.of(2).rows, 6);
}

TEST(resume_walk, delivers_nothing_from_before_a_seek_and_nothing_twice) {
    for (const std::size_t prefetch : {0U, 1U, 4U}) {
        for (int messages = 1; messages <= 8; ++messages) {
            for (int ahead = 0; ahead < 4; ++ahead) {
                for (const std::int64_t target : {0, 1, 3, 6, 9, 12, 17, 20}) {
                    SCOPED_TRACE("prefetch " + std::to_string(prefetch) + ", " + std::to_string(messages) +
                                 " messages, " + std::to_string(ahead) + " requests ahead, to " +
                                 std::to_string(target));
                    plain_history history(settings_of().prefetch(prefetch));
                    ASSERT_TRUE(history.seen.subscribe());
                    for (int i = 0; i < messages; ++i)
                        ASSERT_EQ(history.seen.poll(), driven_consumer::result::message);
                    history.seen.work_ahead(ahead);
                    for (const std::int32_t vgroup : {1, 2})
                        ASSERT_TRUE(history.seen.seek(vgroup, target));
                    for (int polls = 0; polls < 60 && !history.seen.has_all(); ++polls)
                        history.seen.poll();
                    EXPECT_TRUE(history.seen.has_all()) << history.seen.what_lacks();
                    EXPECT_EQ(history.seen.of(3).rows, 20) << "another vgroup does not mind";
                    EXPECT_EQ(history.seen.poll(), driven_consumer::result::nothing);
                    if (HasFailure()) return;
                }
            }
        }
    }
}

TEST(resume_walk, meets_every_message_from_before_a_seek_once) {
    // Each vgroup has a reply that waits when it is sought, wherever that is.
    for (const std::int64_t target : {0, 3, 6, 20}) {
        plain_history history(settings_of().prefetch(0));
        ASSERT_TRUE(history.seen.subscribe());
        ASSERT_EQ(history.seen.poll(), driven_consumer::result::message);
        for (const std::int32_t vgroup : {1, 2, 3})
            ASSERT_TRUE(history.seen.seek(vgroup, target));
        for (int polls = 0; polls < 60 && !history.seen.has_all(); ++polls)
            history.seen.poll();
        EXPECT_TRUE(history.seen.has_all()) << history.seen.what_lacks();
        EXPECT_EQ(history.seen.poll(), driven_consumer::result::nothing);
        EXPECT_EQ(history.server.stale_messages(), 2)
            << "the one that was brought is from before the seek as well, but does not wait";
        if (HasFailure()) return;
    }
}

/// What happens to the server in a random history, beside what goes wrong with requests.
class weather {
  public:
    explicit weather(std::uint64_t seed) : random_(seed) {}

    bool chance(unsigned in_thousand) { return below(1'000) < in_thousand; }
    std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
    trouble choose() { return chance(30) ? static_cast<trouble>(1 + below(troubles - 1)) : trouble::none; }

    void change(model_server& server, driven_consumer& consumer) {
        if (chance(20)) server.disconnect();
        if (chance(20)) server.rebalance();
        model_server::vgroup& one = server.vgroups[below(server.vgroups.size())];
        if (chance(200)) one.end += static_cast<std::int64_t>(below(8));
        if (chance(20)) {
            server.trim(one, std::min(one.end, one.begin + static_cast<std::int64_t>(below(10))));
            consumer.check_soon();
        }
        if (one.is_ours && chance(20))
            server.move_away(one, static_cast<std::int64_t>(below(6)));
        else if (!one.is_ours && chance(300))
            server.move_back(one);
    }

    void seek(model_server& server, witness& seen) {
        const model_server::vgroup& one = server.vgroups[below(server.vgroups.size())];
        const std::int64_t target =
            one.begin + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(one.end - one.begin) + 1));
        if (seen.of(one.id).is_assigned && seen.seek(one.id, target)) ++seeks;
    }
    /// Never so often in a row that it is believed.
    bool leaves_out(const model_server::vgroup& one) {
        int& in_row = left_out_[one.id];
        in_row = in_row + 1 < placement::believed_answers && chance(50) ? in_row + 1 : 0;
        left_out += in_row != 0 ? 1 : 0;
        return in_row != 0;
    }
    int seeks = 0;
    int left_out = 0;

  private:
    std::mt19937_64 random_;
    std::map<std::int32_t, int> left_out_;
};

TEST(resume_walk, delivers_every_row_once_in_any_of_ten_thousand_histories) {
    std::int64_t rows = 0;
    int connections = 0;
    int losses = 0;
    int seeks = 0;
    int left_out = 0;
    int stale = 0;
    for (std::uint64_t seed = 1; seed <= 10'000; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        weather outside(seed);
        model_server server(outside.chance(300));
        server.add_vgroups(1 + static_cast<std::int32_t>(outside.below(4)),
                           static_cast<std::int64_t>(outside.below(20)));
        server.rows_in_message = 1 + static_cast<std::int64_t>(outside.below(5));
        server.time_to_release = milliseconds(outside.chance(500) ? 0 : outside.below(25'000));
        server.time_to_know = milliseconds(outside.chance(500) ? 0 : outside.below(3'000));
        server.choose = [&outside](operation, int) { return outside.choose(); };
        server.leaves_out = [&outside](const model_server::vgroup& one) { return outside.leaves_out(one); };
        const bool by_hand = outside.chance(400);
        config settings = settings_of(by_hand ? acknowledge_mode::by_hand : acknowledge_mode::by_poll);
        settings.prefetch(outside.below(4)).reconnect_retries(1'000);
        driven_consumer consumer(server, settings);
        witness seen(server, consumer, settings);

        ASSERT_TRUE(seen.subscribe());
        for (int polls = 0; polls < 40; ++polls) {
            if (seen.poll(milliseconds(outside.below(2'000))) == driven_consumer::result::error) {
                if (consumer.why().code == errc::data_lost) ++losses;
                ASSERT_TRUE(consumer.is_subscribed() || !is_retriable(consumer.why().code))
                    << consumer.why().code.message();
                if (!consumer.is_subscribed()) break;
            }
            outside.change(server, consumer);
            if (outside.chance(50)) outside.seek(server, seen);
            while (by_hand && seen.unfinished() > outside.below(6))
                seen.acknowledge(outside.below(seen.unfinished()));
            seen.work_ahead(static_cast<int>(outside.below(5)));
            server.sleep_until(server.now() + milliseconds(outside.below(500)));
        }
        if (!consumer.is_subscribed()) continue;
        server.choose = [](operation, int) { return trouble::none; };
        for (model_server::vgroup& one : server.vgroups)
            server.move_back(one);
        for (int polls = 0; polls < 500 && !seen.has_all(); ++polls)
            seen.poll();
        EXPECT_TRUE(seen.has_all()) << seen.what_lacks();
        seen.close();
        for (const model_server::vgroup& one : server.vgroups)
            rows += seen.of(one.id).rows;
        connections += seen.connections;
        seeks += outside.seeks;
        left_out += outside.left_out;
        stale += server.stale_messages();
        if (::testing::Test::HasFailure()) return;
    }
    EXPECT_GT(rows, 100'000);
    EXPECT_GT(connections, 20'000);
    EXPECT_GT(losses, 500);
    EXPECT_GT(seeks, 5'000);
    EXPECT_GT(left_out, 5'000);
    EXPECT_GT(stale, 2'000);
}

}  // namespace
}  // namespace tmq::subscription
