// A subscription in any order of everything that can happen to it: requests, replies, losses, polls, seeks,
// commits and the clock, each a step of its own, so that every event meets every state.
#include "model_replies.hpp"
#include "model_server.hpp"

#include "subscription/refusal.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tmq::subscription {
namespace {

using namespace std::chrono_literals;
using namespace test;
using std::chrono::milliseconds;

/// One schedule, run step by step. Each choice says what happens next, and how.
class interleaving {
  public:
    interleaving() : settings_(settings_of()), core_(settings_, 1) {
        server_.add_vgroups(3, 6);
        server_.choose = [this](operation, int) { return std::exchange(trouble_, trouble::none); };
        server_.on_commit = [this](const model_server::vgroup& vgroup, std::int64_t offset) {
            check_commit(vgroup, offset);
        };
        start();
    }

    /// What is wrong after these steps, and after all that is left was read; nothing: all is as it was
    /// promised.
    std::optional<std::string> run(std::span<const std::uint32_t> choices) {
        for (const std::uint32_t choice : choices) {
            step(choice % steps, choice / steps);
            if (wrong_) return wrong_;
        }
        drain();
        return wrong_;
    }
    std::uint64_t delivered() const { return delivered_; }
    std::uint64_t reconnections() const { return core_.reconnections(); }
    std::uint64_t seeks() const { return seeks_; }

  private:
    static constexpr std::uint32_t steps = 23;

    static config settings_of() {
        config settings;
        settings.reconnect_jitter(0).reconnect_interval(20ms).reconnect_max_interval(100ms);
        settings.reconnect_at_start(true).auto_commit_interval(1s).assignment_interval(5s).prefetch(2);
        return settings;
    }

    void step(std::uint32_t what, std::uint32_t how) {
        if (what < 8) return advance_duty();
        if (what < 12) return advance_read();
        switch (what) {
            case 12:
            case 13: return poll(how);
            case 14: return pass(milliseconds(how % 50));
            case 15: return pass(milliseconds(how % 3'000));
            case 16:
            case 17: return seek(how);
            case 18:
                if (server_.vgroups[how % 3].end < 200) ++server_.vgroups[how % 3].end;
                return;
            case 19: return how % 5 == 0 ? lose_connection() : server_.rebalance();
            case 20:
                if (how % 3 == 0) trouble_ = static_cast<trouble>(how / 3 % troubles);
                return;
            case 21: return how % 40 == 0 ? restart() : commit_in_background();
            default: return core_.pause(how % 4 == 0);
        }
    }
    /// The next thing that happens to the request of a lane: it is sent, the server acts, the reply comes.
    void advance_duty() {
        switch (duty_) {
            case lane::idle: return begin_duty();
            case lane::sent: return act_on_duty();
            case lane::acted: return answer_duty();
        }
    }
    void advance_read() {
        switch (read_) {
            case lane::idle: return begin_read();
            case lane::sent: return act_on_read();
            case lane::acted: return answer_read();
        }
    }

    // ---- lane of duties
    void begin_duty() {
        if (duty_ != lane::idle) return;
        const task next = core_.next(server_.now());
        switch (next.kind) {
            case task_kind::disconnect:
                server_.disconnect();
                read_ = lane::idle;
                return core_.disconnected();
            case task_kind::connect: return connect();
            case task_kind::join: {
                const failure why = server_.subscribe();
                return why ? core_.join_refused(why, server_.now()) : core_.joined(server_.now());
            }
            case task_kind::ask: duty_ = lane::sent; return;
            case task_kind::start: ADD_FAILURE() << "no start is named here"; return;
            case task_kind::rest:
                if (read_ == lane::idle && !send_read()) core_.rested(server_.now());
                return;
            case task_kind::end: return restart();
            case task_kind::sleep: return;
        }
    }
    void connect() {
        failure why = server_.open();
        const bool had_transport = !why;
        if (!why) why = server_.version();
        if (why) return core_.connect_failed(why, had_transport, server_.now());
        core_.connected("3.3.6.0", endpoint("model", 6041));
    }
    void act_on_duty() {
        if (duty_ != lane::sent) return;
        said_ = act(server_, core_.asked());
        duty_ = lane::acted;
        note_loss(said_.refused);
    }
    void answer_duty() {
        if (duty_ != lane::acted) return;
        duty_ = lane::idle;
        core_.answered(std::move(said_), server_.now());
        check_failure();
    }

    // ---- lane of messages
    bool send_read() {
        const waiting_poll poll{is_polling_, is_unanswered_, is_polling_, deadline_};
        const auto next = core_.next_read(poll, {duty_ != lane::idle, false}, server_.now());
        if (!next) return false;
        if (next->action == protocol::action::poll) is_unanswered_ = false;
        reading_ = *next;
        read_ = lane::sent;
        return true;
    }
    void begin_read() {
        if (!core_.is_up()) read_ = lane::idle;
        if (read_ == lane::idle) send_read();
    }
    void act_on_read() {
        // A consumer drops what is under way with the link.
        if (!core_.is_up()) read_ = lane::idle;
        if (read_ != lane::sent) return;
        found_ = act(server_, reading_, core_.reader().announced());
        read_ = lane::acted;
        note_loss(found_.refused);
    }
    void answer_read() {
        if (!core_.is_up()) read_ = lane::idle;
        if (read_ != lane::acted) return;
        read_ = lane::idle;
        if (deliver(core_, reading_, found_, server_.now()) != base::defect_code{})
            fail("a sound reply is refused");
        check_failure();
    }

    // ---- the connection
    /// What is under way when the connection is lost will not be answered.
    void lose_connection() { note_loss(failure(errc::connection_lost)); }
    void note_loss(const failure& why) {
        if (!why || is_said_by_server(why)) return;
        server_.disconnect();
        if (duty_ != lane::idle) {
            said_ = {};
            said_.refused = why;
            duty_ = lane::acted;
        }
        if (std::exchange(read_, lane::idle) != lane::idle && core_.is_up()) core_.on_no_reply(why);
        if (core_.is_active() || core_.state() == subscription::stage::starting)
            core_.lose_link(why, server_.now());
    }

    // ---- the application
    void start() {
        core_.start({std::string(model_server::topic)}, false, server_.now());
        for (const model_server::vgroup& vgroup : server_.vgroups) {
            place& at = places_[vgroup.id];
            at.expected = at.processed = vgroup.committed.value_or(vgroup.begin);
            at.uncommitted = at.expected;
        }
        is_polling_ = false;
    }
    /// As by another process of the group: reading resumes where it was committed.
    void restart() {
        if (core_.state() != subscription::stage::idle) core_.end(failure());
        core_.take_poll_failure();
        core_.take_completions();
        server_.disconnect();
        duty_ = read_ = lane::idle;
        is_seeking_ = false;
        while (core_.is_held())
            core_.release();
        core_.pause(false);
        start();
    }
    void poll(std::uint32_t how) {
        if (!core_.is_active()) return;
        if (!is_polling_) {
            is_polling_ = is_unanswered_ = true;
            deadline_ = server_.now() + milliseconds(how % 2'000);
            for (auto& [vgroup, at] : places_)
                at.processed = at.expected;
            core_.begin_poll(server_.now());
        }
        if (core_.has_poll_failure()) {
            core_.take_poll_failure();
            is_polling_ = false;
        } else if (core_.can_deliver()) {
            message out;
            core_.reader().mark_delivered();
            core_.reader().pop(out);
            is_polling_ = false;
            check_delivery(out);
        } else if (server_.now() >= deadline_) {
            is_polling_ = false;
        }
    }
    void seek(std::uint32_t how) {
        if (!core_.is_up()) return;
        if (!std::exchange(is_seeking_, true)) core_.hold();
        if (read_ != lane::idle || core_.is_moving() || core_.is_committing()) return;
        const model_server::vgroup& vgroup = server_.vgroups[how % 3];
        const std::int64_t target = static_cast<std::int64_t>(how / 3) % (vgroup.end + 1);
        const partition_offset partition(model_server::topic, vgroup.id, target);
        const failure why = server_.seek(partition);
        is_seeking_ = false;
        if (!why) {
            core_.sought(partition);
            place& at = places_[vgroup.id];
            at.expected = at.processed = target;
            at.may_go_back = true;
            ++seeks_;
        }
        core_.release();
        note_loss(why);
    }
    void commit_in_background() {
        for (auto& [vgroup, at] : places_) {
            if (!core_.is_active() || at.processed == 0) continue;
            core_.commit_in_background({model_server::topic, vgroup, at.processed}, [](const auto&) {});
            at.asked = std::max(at.asked, at.processed);
        }
        core_.take_completions();
    }
    void pass(milliseconds time) { server_.sleep_until(server_.now() + time); }

    // ---- the model
    struct place {
        std::int64_t expected = 0;     ///< the offset that is delivered next
        std::int64_t processed = 0;    ///< all before is processed
        std::int64_t uncommitted = 0;  ///< where the subscription began
        std::int64_t asked = 0;        ///< to be committed in the background
        bool may_go_back = false;      ///< sought since the last commit
    };
    void check_delivery(const message& got) {
        place& at = places_[got.vgroup()];
        if (got.offset() != at.expected)
            fail("vgroup " + std::to_string(got.vgroup()) + " brought " + std::to_string(got.offset()) +
                 " when " + std::to_string(at.expected) + " was due");
        at.expected = got.next_offset().value();
        ++delivered_;
    }
    void check_commit(const model_server::vgroup& vgroup, std::int64_t offset) {
        place& at = places_[vgroup.id];
        if (offset > std::max({at.processed, at.uncommitted, at.asked}))
            fail("vgroup " + std::to_string(vgroup.id) + " is committed to " + std::to_string(offset) +
                 ", when " + std::to_string(at.processed) + " was processed and " +
                 std::to_string(at.expected) + " is due");
        if (offset < vgroup.committed.value_or(0) && !at.may_go_back) fail("committed backwards");
        if (offset <= at.processed) at.may_go_back = at.may_go_back && offset != at.processed;
    }
    /// A server without troubles that pass is not told to the application as one.
    void check_failure() {
        if (core_.ended_by()) fail("given up: " + core_.ended_by().code.message());
        core_.take_events();
    }
    void fail(std::string why) {
        if (!wrong_) wrong_ = std::move(why);
    }

    /// Everything comes to rest, and nothing is left.
    void drain() {
        trouble_ = trouble::none;
        core_.pause(false);
        const auto has_all = [this] {
            return std::all_of(server_.vgroups.begin(), server_.vgroups.end(),
                               [this](const model_server::vgroup& vgroup) {
                                   return places_[vgroup.id].expected == vgroup.end;
                               });
        };
        for (int round = 0; round < 20'000 && !wrong_ && !has_all(); ++round) {
            if (is_seeking_) seek(0);
            begin_duty();
            act_on_duty();
            answer_duty();
            begin_read();
            act_on_read();
            answer_read();
            poll(1'000);
            pass(20ms);
        }
        if (!has_all()) fail("not all rows came");
    }

    enum class lane : std::uint8_t { idle, sent, acted };

    model_server server_;
    const config settings_;
    subscription core_;
    trouble trouble_ = trouble::none;
    lane duty_ = lane::idle;
    answer said_;
    lane read_ = lane::idle;
    read_request reading_;
    model_answer found_;
    bool is_polling_ = false;
    bool is_unanswered_ = false;
    model_server::time_point deadline_{};
    bool is_seeking_ = false;
    std::map<std::int32_t, place> places_;
    std::uint64_t delivered_ = 0;
    std::uint64_t seeks_ = 0;
    std::optional<std::string> wrong_;
};

/// The same failure with as few steps as can be found: parts are left out as long as it fails without them.
std::vector<std::uint32_t> shrunk(std::vector<std::uint32_t> choices) {
    for (std::size_t part = choices.size() / 2; part > 0; part /= 2) {
        for (std::size_t at = 0; at + part <= choices.size();) {
            std::vector<std::uint32_t> fewer = choices;
            fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(at),
                        fewer.begin() + static_cast<std::ptrdiff_t>(at + part));
            if (interleaving().run(fewer))
                choices = std::move(fewer);
            else
                at += part;
        }
    }
    return choices;
}

TEST(interleavings, of_a_million_steps_deliver_every_row_once) {
    constexpr std::size_t steps_in_schedule = 1'000;
    std::uint64_t delivered = 0;
    std::uint64_t reconnections = 0;
    std::uint64_t seeks = 0;
    for (std::uint64_t seed = 1; seed <= 1'000; ++seed) {
        std::mt19937_64 random(seed);
        std::vector<std::uint32_t> choices(steps_in_schedule);
        for (std::uint32_t& choice : choices)
            choice = static_cast<std::uint32_t>(random() % 1'000'000);
        interleaving schedule;
        if (const auto wrong = schedule.run(choices)) {
            const std::vector<std::uint32_t> fewest = shrunk(choices);
            std::string text;
            for (const std::uint32_t choice : fewest)
                text += " " + std::to_string(choice);
            FAIL() << "seed " << seed << ": " << *wrong
                   << "; with as few steps as possible: " << interleaving().run(fewest).value_or("nothing")
                   << ", after" << text;
        }
        delivered += schedule.delivered();
        reconnections += schedule.reconnections();
        seeks += schedule.seeks();
    }
    EXPECT_GT(delivered, 15'000U);
    EXPECT_GT(reconnections, 1'000U);
    EXPECT_GT(seeks, 1'000U);
}

}  // namespace
}  // namespace tmq::subscription
