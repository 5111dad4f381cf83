#include "reconnecting.hpp"

#include <algorithm>

namespace tmq::test {
namespace {

/// What a consumer does, one by one. Connecting has four of them, fetching a message up to five.
enum class step : std::uint8_t {
    connect,
    upgrade,
    version,
    subscribe,
    poll,
    fetch_raw_data,
    fetch_raw,
    fetch,
    fetch_block,
    fetch_json_meta,
    commit,
    commit_offset,
    committed,
    position,
    assignment,
    seek,
    list_topics,
    ask_version,
    unsubscribe,
    close
};

/// What the server does instead of what it should.
enum class violation : std::uint8_t {
    no_reply,
    foreign_id,
    wrong_action,
    error_code,
    text_for_binary,
    binary_for_text,
    garbage_text,
    garbage_binary,
    half_a_frame_then_end,
    half_a_frame_then_reset,
    half_a_frame_then_silence,
    close_frame,
    reset,
    silence
};

struct step_row {
    step what;
    const char* name;
    const char* action;  ///< as the server's faults know it
};

const std::vector<step_row> steps = {
    {step::connect, "connect", "connect"},
    {step::upgrade, "upgrade", "upgrade"},
    {step::version, "version", "version"},
    {step::subscribe, "subscribe", "subscribe"},
    {step::poll, "poll", "poll"},
    {step::fetch_raw_data, "fetch_raw_data", "fetch_raw_data"},
    {step::fetch_raw, "fetch_raw", "fetch_raw"},
    {step::fetch, "fetch", "fetch"},
    {step::fetch_block, "fetch_block", "fetch_block"},
    {step::fetch_json_meta, "fetch_json_meta", "fetch_json_meta"},
    {step::commit, "commit", "commit"},
    {step::commit_offset, "commit_offset", "commit_offset"},
    {step::committed, "committed", "committed"},
    {step::position, "position", "position"},
    {step::assignment, "assignment", "assignment"},
    {step::seek, "seek", "seek"},
    {step::list_topics, "list_topics", "list_topics"},
    {step::ask_version, "ask_version", "version"},
    {step::unsubscribe, "unsubscribe", "unsubscribe"},
    {step::close, "close", "unsubscribe"},
};

constexpr std::uint32_t refusal = 0x03EF;
constexpr std::size_t half_a_frame = 5;

/// The error of a call.
struct expected_error {
    expected_error() = default;
    template <class Code>
    expected_error(Code expected, const char* text = "") : code(expected), cause(text) {}

    boost::system::error_code code{};
    const char* cause = "";  ///< part of its text
};

constexpr const char* of_another_kind = "reply is of another kind than the request: unexpected reply";
constexpr const char* no_upgrade = "answer to the WebSocket upgrade is malformed: WebSocket violation";

struct violation_row {
    violation what;
    const char* name;
    fault how;
    expected_error expected;  ///< of a request
};

const std::vector<violation_row> violations = {
    {violation::no_reply, "no_reply", fault::stall(), errc::request_timeout},
    {violation::foreign_id, "foreign_id", fault::wrong_req_id(), errc::request_timeout},
    {violation::wrong_action,
     "wrong_action",
     fault::wrong_action(),
     {errc::unexpected_reply, of_another_kind}},
    {violation::error_code, "error_code", fault::error_reply(refusal, "Rebalancing, please wait"),
     make_server_error(refusal)},
    {violation::text_for_binary,
     "text_for_binary",
     fault::text_for_binary(),
     {errc::unexpected_reply, of_another_kind}},
    {violation::binary_for_text,
     "binary_for_text",
     fault::binary_for_text(),
     {errc::unexpected_reply, of_another_kind}},
    {violation::garbage_text,
     "garbage_text",
     fault::garbage_text(),
     {errc::unexpected_reply, "reply is not a JSON object: unexpected reply"}},
    {violation::garbage_binary,
     "garbage_binary",
     fault::garbage_binary(),
     {errc::unexpected_reply, "at byte 0: raw reply without its marker: unexpected reply"}},
    {violation::half_a_frame_then_end, "half_a_frame_then_end",
     fault::partial(half_a_frame, fault::ending::close), errc::connection_lost},
    {violation::half_a_frame_then_reset, "half_a_frame_then_reset",
     fault::partial(half_a_frame, fault::ending::reset), errc::connection_lost},
    {violation::half_a_frame_then_silence, "half_a_frame_then_silence",
     fault::partial(half_a_frame, fault::ending::stall), errc::request_timeout},
    {violation::close_frame, "close_frame", fault::close(1011, "out of order"), errc::connection_closed},
    {violation::reset, "reset", fault::reset(), errc::connection_lost},
    // The request is carried out, but not a byte comes any more, not even an answer to a ping.
    {violation::silence, "silence", fault::partial(0, fault::ending::stall), errc::idle_timeout},
};

/// A frame in the form of fetch_block, with an id that no fetch had.
std::vector<std::byte> block_of_another_fetch() {
    std::vector<std::byte> frame(40, std::byte{0});
    frame[8] = std::byte{0xEE};
    frame[15] = std::byte{0xEE};
    frame[28] = std::byte{16};
    return frame;
}

/// Where a step differs from what is expected of a request.
struct special {
    std::vector<step> at;
    std::vector<violation> of;
    expected_error expected{};
    std::optional<fault> how{};
    const char* left_out = nullptr;  ///< why there is no such case
};

special left_out(std::vector<step> at, std::vector<violation> of, const char* why) {
    return {std::move(at), std::move(of), {}, {}, why};
}

const std::vector<step> before_websocket = {step::connect, step::upgrade};
const std::vector<step> answered_in_binary = {step::fetch_raw_data, step::fetch_raw, step::fetch_block};
const std::vector<step> answered_in_text = {
    step::version, step::subscribe,     step::poll,        step::fetch,       step::fetch_json_meta,
    step::commit,  step::commit_offset, step::committed,   step::position,    step::assignment,
    step::seek,    step::list_topics,   step::ask_version, step::unsubscribe, step::close};
const std::vector<violation> any_violation = [] {
    std::vector<violation> result;
    for (const violation_row& one : violations)
        result.push_back(one.what);
    return result;
}();

/// The first that fits is the one.
const std::vector<special> specials = {
    left_out({step::connect},
             {violation::foreign_id, violation::wrong_action, violation::error_code,
              violation::text_for_binary, violation::binary_for_text},
             "nothing has been asked that could be answered wrongly"),
    left_out({step::upgrade},
             {violation::wrong_action, violation::text_for_binary, violation::binary_for_text},
             "HTTP names no action and knows no frames"),
    left_out(answered_in_text, {violation::text_for_binary}, "the reply is text"),
    left_out(answered_in_binary, {violation::binary_for_text}, "the reply is binary"),
    left_out({step::fetch_raw, step::fetch_block}, {violation::wrong_action}, "the reply names no action"),

    {before_websocket,
     {violation::no_reply, violation::half_a_frame_then_silence, violation::silence},
     errc::handshake_timeout},
    {before_websocket,
     {violation::garbage_text, violation::garbage_binary},
     {errc::websocket_violation, no_upgrade}},
    // There is no close frame yet: the stream ends.
    {before_websocket, {violation::close_frame, violation::half_a_frame_then_end}, errc::connection_lost},
    {{step::upgrade},
     {violation::foreign_id},
     {errc::websocket_violation, no_upgrade},
     fault::wrong_accept()},
    {{step::upgrade},
     {violation::error_code},
     errc::upgrade_refused,
     fault::error_reply(503, "Rebalancing, please wait")},

    // What these are refused for during a rebalance passes.
    {{step::version, step::subscribe, step::commit_offset, step::committed, step::position, step::assignment,
      step::seek},
     {violation::error_code},
     make_server_error(0x0118),
     fault::error_reply(0x0118, "Rebalancing, please wait")},

    {{step::version, step::ask_version},
     {violation::wrong_action},
     {errc::unexpected_reply, of_another_kind},
     fault::wrong_action("subscribe")},
    {{step::fetch_raw_data},
     {violation::wrong_action},
     {errc::unexpected_reply, "at byte 8: raw reply whose action number is not 8: unexpected reply"}},
    // The frame bears the id of the fetch before it.
    {{step::fetch_block},
     {violation::foreign_id},
     errc::request_timeout,
     fault::garbage_binary(block_of_another_fetch())},
    // It never fails.
    {{step::close}, any_violation},
};

struct cell {
    step_row at;
    violation_row of;
    friend std::ostream& operator<<(std::ostream& out, const cell& c) {
        return out << c.of.name << " at " << c.at.name;
    }
};

/// Every violation at every step, but for what is left out.
std::vector<cell> cells() {
    std::vector<cell> result;
    for (const step_row& at : steps) {
        for (const violation_row& of : violations) {
            const auto is_meant = [&](const special& one) {
                return std::find(one.at.begin(), one.at.end(), at.what) != one.at.end() &&
                       std::find(one.of.begin(), one.of.end(), of.what) != one.of.end();
            };
            const auto found = std::find_if(specials.begin(), specials.end(), is_meant);
            if (found == specials.end()) {
                result.push_back({at, of});
            } else if (found->left_out == nullptr) {
                result.push_back({at, {of.what, of.name, found->how.value_or(of.how), found->expected}});
            }
        }
    }
    return result;
}

/// Four messages of ten rows. The first is committed and the second only delivered when the violation
/// happens; the third is the one that a violated poll or fetch is about.
class protocol_violation : public e2e, public ::testing::WithParamInterface<cell> {
  protected:
    // Only newer servers answer version with an id.
    protocol_violation()
        : e2e(testing::server_options().version(asks_version() ? "3.4.1.6.community" : "3.3.5.8")) {
        create_topic();
        append_meters(server, topic, source, 0, 20, 5, 2);
        if (at() == step::fetch_json_meta)
            server.append_meta(topic, vgroup(), R"({"type":"drop","tableNameList":["d9"]})", {}, 519);
        append_meters(server, topic, source, 20, 20, 5, 2);
    }

    static step at() { return GetParam().at.what; }
    static violation of() { return GetParam().of.what; }
    static boost::system::error_code expected() { return GetParam().of.expected.code; }
    static bool asks_version() { return at() == step::version || at() == step::ask_version; }
    static bool is_connecting() { return at() <= step::subscribe; }
    /// Of a message whose blocks are fetched one by one, the second block is the one in question.
    static bool has_passed_once() { return at() == step::fetch || at() == step::fetch_block; }
    /// A refusal that breaks nothing.
    static bool keeps_connection() {
        return of() == violation::error_code && !is_connecting() && at() < step::unsubscribe;
    }
    /// Afterwards there is no subscription, and no lost one: it was refused, not made or given up.
    static bool has_no_subscription() {
        return at() <= step::upgrade || (of() == violation::error_code && !keeps_connection());
    }

    std::int32_t vgroup() const { return server.vgroups(topic)[0]; }
    std::vector<topic_partition> partitions() const {
        return std::vector<topic_partition>(1, topic_partition(topic, vgroup()));
    }

    /// Short deadlines only where one is to be missed: elsewhere nothing may take that long.
    config deadlines() const {
        config result = settings();
        result.poll_slice(20ms).prefetch(0).close_timeout(150ms);
        if (expected() == errc::request_timeout) result.request_timeout(150ms);
        if (expected() == errc::idle_timeout) result.idle_timeout(150ms);
        if (expected() == errc::handshake_timeout) result.handshake_timeout(150ms);
        switch (at()) {
            case step::fetch_raw: result.fetch_with(fetch_mode::raw); break;
            case step::fetch:
            case step::fetch_block:
            case step::fetch_json_meta:
            case step::commit: result.fetch_with(fetch_mode::block); break;
            default: break;
        }
        return result;
    }

    asio::awaitable<void> poll_one(tmq::consumer& consumer) {
        const bool got = co_await consumer.poll(received, 5s);
        EXPECT_TRUE(got);
        if (!got) co_return;
        check_rows(received, source, seen);
        changes += received.metas().size();
    }

    asio::awaitable<void> poll_rest(tmq::consumer& consumer) {
        const std::int64_t end = server.end_offset(topic, vgroup());
        do {
            co_await poll_one(consumer);
        } while (!HasFailure() && received.next_offset() != end);
        EXPECT_FALSE(co_await consumer.poll(received, 1ms));
    }

    /// Two messages delivered, one of them committed.
    asio::awaitable<void> deliver_two(tmq::consumer& consumer) {
        co_await consumer.subscribe(topic);
        co_await poll_one(consumer);
        co_await consumer.commit(received);
        // A message without a position can only be committed with all others.
        if (at() == step::commit)
            server.inject(fault::error_reply(0x4006, "Can not operate in snapshot mode").on("position"));
        co_await poll_one(consumer);
        if (!is_connecting()) co_return;
        consumer.disconnect();
        EXPECT_TRUE(server.await_connections(0));
    }

    /// What sends the request of the step.
    asio::awaitable<void> operate(tmq::consumer& consumer) {
        switch (at()) {
            case step::connect:
            case step::upgrade:
            case step::version:
            case step::subscribe: co_await consumer.subscribe(topic); break;
            case step::poll:
            case step::fetch_raw_data:
            case step::fetch_raw:
            case step::fetch:
            case step::fetch_block:
            case step::fetch_json_meta: co_await poll_one(consumer); break;
            case step::commit: co_await consumer.commit(); break;
            case step::commit_offset: co_await consumer.commit(received); break;
            case step::committed: co_await consumer.committed(partitions()); break;
            case step::position: co_await consumer.position(partitions()); break;
            case step::assignment: co_await consumer.assignment(); break;
            case step::seek:
                co_await consumer.seek(partition_offset(topic, vgroup(), received.offset()));
                break;
            case step::list_topics: co_await consumer.fetch_subscription(); break;
            case step::ask_version: co_await consumer.fetch_server_version(); break;
            case step::unsubscribe: co_await consumer.unsubscribe(); break;
            case step::close: co_await consumer.close(); break;
        }
    }

    /// The step, with the violation in it: its error is the expected one and comes in time.
    asio::awaitable<void> suffer(tmq::consumer& consumer) {
        fault how = GetParam().of.how;
        server.inject(how.on(GetParam().at.action).skip(has_passed_once() ? 1 : 0));
        const auto start = std::chrono::steady_clock::now();
        boost::system::error_code code;
        try {
            co_await operate(consumer);
        } catch (const error& why) {
            code = why.code();
            check_text(why);
        }
        EXPECT_EQ(code, expected());
        EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
    }

    void check_text(const error& why) {
        const std::string what = why.what();
        EXPECT_NE(what.find(GetParam().of.expected.cause), std::string::npos) << what;
        if (at() > step::upgrade) {
            EXPECT_EQ(why.action(), GetParam().at.action) << what;
            EXPECT_NE(why.req_id(), 0U) << what;
            if (of() == violation::close_frame) {
                EXPECT_NE(what.find("close code 1011: out of order"), std::string::npos) << what;
            }
        }
        if (of() == violation::error_code) {
            EXPECT_NE(what.find("Rebalancing, please wait"), std::string::npos) << what;
        }
    }

    /// Goes on after the violation; how many connections that takes.
    asio::awaitable<std::size_t> recover(tmq::consumer& consumer) {
        if (at() == step::fetch && keeps_connection()) {
            // Fetching again would skip the block that the first time has reached.
            EXPECT_EQ(co_await error_of(consumer.poll(received, 5s)), expected());
            co_await consumer.unsubscribe();
            co_await consumer.subscribe(topic);
            co_return 0;
        }
        if (keeps_connection()) {
            co_await operate(consumer);
            co_return 0;
        }
        const boost::system::error_code none = errc::not_subscribed;
        const boost::system::error_code until_subscribe = has_no_subscription() ? none : expected();
        EXPECT_EQ(co_await error_of(consumer.fetch_subscription()), until_subscribe);
        EXPECT_EQ(co_await error_of(consumer.poll(received, 5s)), until_subscribe);
        co_await consumer.subscribe(topic);
        co_return at() == step::version || at() == step::subscribe ? 2 : 1;
    }

    /// Rows that come twice: those of the second message, when what happened takes the consumer back to what
    /// is committed.
    static std::uint64_t repeated() {
        if (keeps_connection()) return at() == step::seek || at() == step::fetch ? 10 : 0;
        const bool commits = at() == step::commit || at() == step::commit_offset;
        return commits && GetParam().of.how.carried_out() ? 0 : 10;
    }

    meter_source source{7, 1, 10};
    std::vector<int> seen = std::vector<int>(40);
    std::size_t changes = 0;
    message received;
};

TEST_P(protocol_violation, is_reported_in_time_and_nothing_is_lost) {
    run([&]() -> asio::awaitable<void> {
        tmq::consumer consumer(context, deadlines());
        co_await deliver_two(consumer);
        if (HasFailure()) co_return;
        const std::size_t connections = server.accepted_count();
        co_await suffer(consumer);
        std::size_t more = 1;
        if (at() == step::close) {
            EXPECT_TRUE(server.await_connections(0));
            EXPECT_EQ(server.member_count("group"), 0U);
            EXPECT_EQ(server.request_count("unsubscribe"), 1U);
            consumer = tmq::consumer(context, settings());
            co_await consumer.subscribe(topic);
        } else {
            more = co_await recover(consumer);
        }
        EXPECT_EQ(server.accepted_count(), connections + more);
        if (HasFailure()) co_return;
        co_await poll_rest(consumer);
        co_await consumer.close();
    });
    EXPECT_EQ(count(seen), (delivery{40, 0, repeated()}));
    EXPECT_EQ(changes, at() == step::fetch_json_meta ? 1U : 0U);
    EXPECT_TRUE(server.await_connections(0));
}

INSTANTIATE_TEST_SUITE_P(cells, protocol_violation, ::testing::ValuesIn(cells()), [](const auto& tested) {
    return std::string(tested.param.at.name) + '_' + tested.param.of.name;
});

/// A server that does not speak the protocol, as seen on every path by which a code reaches the application.
class broken_reply : public reconnecting_e2e {
  protected:
    broken_reply() {
        create_topic(1);
        append(0, 100, 10, 1);
    }
    std::optional<error> reason_of_disconnection() const {
        for (const event& one : said.events)
            if (const auto* const lost = std::get_if<events::disconnected>(&one)) return lost->reason;
        return std::nullopt;
    }
    static void expect_public(const std::optional<error>& why) {
        EXPECT_TRUE(why.has_value());
        if (!why) return;
        EXPECT_EQ(why->code(), errc::unexpected_reply);
        EXPECT_EQ(why->code().category(), tmq_category());
        EXPECT_EQ(why->detail(), "reply is not a JSON object");
    }
};

TEST_F(broken_reply, has_a_public_code_and_its_cause_on_every_path) {
    run_subscribed(reconnecting(), [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        server.inject(fault::garbage_text().on("poll"));
        expect_public(co_await error_thrown_by(consumer.poll(received, 5s)));
        co_await until_told<events::disconnected>();
        expect_public(reason_of_disconnection());
        server.inject(fault::garbage_text().on("poll"));
        const auto polled = co_await consumer.try_poll(received, 5s);
        EXPECT_TRUE(polled.has_error());
        if (polled.has_error()) {
            EXPECT_EQ(polled.error().code(), errc::unexpected_reply);
        }
    });
}

TEST_F(broken_reply, has_a_public_code_for_the_handler_of_a_commit) {
    tmq::consumer consumer(context, reconnecting().reconnect(false));
    run([&]() -> asio::awaitable<void> {
        co_await consumer.subscribe(topic);
        message received;
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        server.inject(fault::garbage_text().on("commit_offset"));
        std::optional<boost::system::error_code> outcome;
        consumer.commit_async(received, [&outcome](const result<void>& done) { outcome = code_of(done); });
        co_await until([&outcome] { return outcome.has_value(); });
        EXPECT_EQ(outcome, errc::unexpected_reply);
        co_await consumer.close();
    });
}

}  // namespace
}  // namespace tmq::test
