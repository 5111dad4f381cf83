// How a session ends: who is told, in which order, and that nothing comes behind.
#include "open_session.hpp"

#include "refused_randomness.hpp"
#include "support/allocation_counter.hpp"
#include "support/deflate.hpp"
#include "unit/ws/feeder.hpp"

#include <algorithm>
#include <new>
#include <stdexcept>
#include <utility>

namespace tmq::test {
namespace {

using ws::opcode;

class session_end : public session_fixture {
  protected:
    scripted_peer peer{context};
    recording_observer told;

    /// Runs `play` over an open session; the peer only listens.
    template <class Play>
    void with_silent_peer(Play play) {
        const std::shared_ptr<net::session> client = make_session(settings(peer), told);
        const auto use = [&]() -> asio::awaitable<void> {
            const base::failure why = co_await client->open();
            EXPECT_FALSE(why) << why.context;
            play(*client);
            client->fail(base::failure(errc::closed));
        };
        const auto serve = [&]() -> asio::awaitable<void> {
            co_await peer.accept();
            for (;;)
                co_await peer.read();
        };
        run(use, serve);
    }
    /// Runs a session whose peer answers its one request with `answer`, until it has ended. Returns the code
    /// of its close frame, 0 when there was none.
    unsigned after_answer(const config& how, recording_sink& sink, const bytes& answer) {
        const std::shared_ptr<net::session> client = make_session(how, told);
        unsigned code = 0;
        const auto use = [&]() -> asio::awaitable<void> {
            const base::failure why = co_await client->open();
            EXPECT_FALSE(why) << why.context;
            ask(*client, sink);
            co_await until([&] { return !client->is_open(); });
        };
        const auto serve = [&]() -> asio::awaitable<void> {
            co_await peer.accept();
            co_await peer.read();
            bytes said = answer;
            co_await peer.write(std::move(said));
            for (;;) {
                const client_frame frame = co_await peer.read();
                if (frame.opcode == 8 && frame.payload.size() >= 2)
                    code = frame.payload[0] * 256U + frame.payload[1];
            }
        };
        run(use, serve);
        return code;
    }
};

TEST_F(session_end, tells_every_sink_and_then_the_observer_when_a_request_cannot_be_sent) {
    with_silent_peer([this](net::session& client) {
        std::vector<std::string> order;
        recording_sink waiting;
        recording_sink refused;
        waiting.told = [&] { order.emplace_back("waiting"); };
        refused.told = [&] { order.emplace_back("refused"); };
        told.failed = [&] { order.emplace_back("observer"); };
        ask(client, waiting);
        const refused_randomness guard;
        // Masks are made in stock.
        for (int i = 0; i < 1000 && client.is_open(); ++i)
            ask(client, refused);
        EXPECT_FALSE(client.is_open());
        ASSERT_GE(order.size(), 3U);
        EXPECT_EQ(order.front(), "waiting");
        EXPECT_EQ(order.back(), "observer");
        EXPECT_EQ(std::count(order.begin(), order.end(), "observer"), 1);
        EXPECT_EQ(refused.failures, static_cast<int>(order.size()) - 2);
        EXPECT_EQ(refused.why.code, errc::connection_lost);
        EXPECT_EQ(refused.why.action, "version");
        EXPECT_EQ(refused.why.context, "getentropy: Input/output error [generic:5]");
        EXPECT_EQ(told.why.context, refused.why.context);

        recording_sink late;
        const std::uint64_t id = ask(client, late);
        EXPECT_EQ(late.failures, 1) << "before request() returns";
        EXPECT_EQ(late.why.req_id, id);
        EXPECT_EQ(told.failures, 1);
    });
}

TEST_F(session_end, tells_a_sink_whose_request_finds_no_memory) {
    if (!counts_allocations()) GTEST_SKIP() << "allocations cannot be counted here";
    with_silent_peer([this](net::session& client) {
        std::vector<std::string> order;
        recording_sink waiting;
        recording_sink refused;
        waiting.told = [&] { order.emplace_back("waiting"); };
        refused.told = [&] { order.emplace_back("refused"); };
        told.failed = [&] { order.emplace_back("observer"); };
        order.reserve(16);
        for (int i = 0; i < 8; ++i)
            ask(client, waiting);
        {
            // There is room for eight requests; more take memory, and nothing else does.
            const allocation_limit none(sizeof(net::pending_request) * 9);
            ask(client, refused);
        }
        EXPECT_FALSE(client.is_open());
        EXPECT_EQ(refused.failures, 1);
        EXPECT_EQ(waiting.failures, 8);
        EXPECT_EQ(refused.why.code, boost::system::errc::not_enough_memory);
        EXPECT_EQ(waiting.why.code, boost::system::errc::not_enough_memory);
        EXPECT_EQ(order.back(), "observer");
        EXPECT_EQ(told.failures, 1);
    });
}

/// Has no memory for what it is told the first time.
struct forgetful_sink final : recording_sink {
    void on_failure(const base::failure& reason) override {
        if (!std::exchange(was_told, true)) throw std::bad_alloc();
        recording_sink::on_failure(reason);
    }
    bool was_told = false;
};

TEST_F(session_end, tells_those_behind_a_sink_that_has_no_memory_for_it) {
    with_silent_peer([this](net::session& client) {
        forgetful_sink first;
        recording_sink second;
        ask(client, first);
        ask(client, second);
        client.fail(base::failure(make_error_code(errc::connection_lost), "cut"));
        EXPECT_EQ(first.failures, 1);
        EXPECT_EQ(first.why.code, boost::system::errc::not_enough_memory);
        EXPECT_EQ(second.failures, 1);
        EXPECT_EQ(second.why.code, errc::connection_lost);
        EXPECT_EQ(second.why.context, "cut");
        EXPECT_EQ(told.failures, 1);
    });
}

TEST_F(session_end, tells_the_observer_once_when_it_ends_the_session_itself) {
    with_silent_peer([this](net::session& client) {
        recording_sink sink;
        told.failed = [&] {
            EXPECT_EQ(sink.failures, 1);
            EXPECT_FALSE(client.is_open());
            client.fail(base::failure(base::cancelled()));
        };
        ask(client, sink);
        client.fail(base::failure(errc::request_timeout));
        EXPECT_EQ(told.failures, 1);
        EXPECT_EQ(told.why.code, errc::request_timeout);
        EXPECT_EQ(client.ended_by().code, errc::request_timeout);
    });
}

TEST_F(session_end, tells_nobody_who_was_taken_off) {
    with_silent_peer([this](net::session& client) {
        recording_sink sink;
        ask(client, sink);
        client.abandon(&sink);
        client.detach();
        client.fail(base::failure(errc::request_timeout));
        EXPECT_EQ(sink.failures, 0);
        EXPECT_EQ(told.failures, 0);
    });
}

TEST_F(session_end, ignores_what_was_read_before_and_is_told_of_behind) {
    const auto around = std::make_shared<net::environment>(settings(peer));
    auto client = std::make_shared<net::session>(context.get_executor(), around, &told);
    recording_sink sink;
    std::uint64_t received = 0;
    // The next read has been started by then, and has its bytes already.
    told.rested = [&] {
        client->fail(base::failure(base::cancelled()));
        received = around->counters.bytes_received.value();
    };
    const auto use = [&]() -> asio::awaitable<void> {
        co_await client->open();
        ask(*client, sink);
        co_await until([&] { return client.use_count() == 1; });
    };
    const auto serve = [&]() -> asio::awaitable<void> {
        co_await peer.accept();
        co_await peer.read();
        bytes said = server_frame(opcode::text, version_reply(1, "v"));
        // More than the client reads at once.
        const bytes ping = server_frame(opcode::ping, std::string(125, 'p'));
        while (said.size() < 64 * 1024)
            said.insert(said.end(), ping.begin(), ping.end());
        co_await peer.write(std::move(said));
        for (;;)
            co_await peer.read();
    };
    run(use, serve);
    EXPECT_EQ(sink.replies, 1);
    EXPECT_EQ(told.failures, 1);
    EXPECT_EQ(told.rests, 1);
    EXPECT_EQ(around->counters.bytes_received.value(), received);
}

TEST_F(session_end, handles_no_frame_behind_the_one_at_which_the_observer_gave_up) {
    int shown = 0;
    recording_sink sink;
    config how = settings(peer).on_traffic([&shown](const traffic& seen) { shown += seen.sent ? 0 : 1; });
    const std::shared_ptr<net::environment> around = std::make_shared<net::environment>(how);
    const auto client = std::make_shared<net::session>(context.get_executor(), around, &told);
    told.progressed = [&] { client->fail(base::failure(base::cancelled())); };
    const auto use = [&]() -> asio::awaitable<void> {
        co_await client->open();
        ask(*client, sink);
        co_await until([&] { return !client->is_open(); });
    };
    const auto serve = [&]() -> asio::awaitable<void> {
        co_await peer.accept();
        co_await peer.read();
        const bytes reply = server_frame(opcode::text, version_reply(1, "v"));
        bytes twice = reply + reply;
        co_await peer.write(std::move(twice));
        for (;;)
            co_await peer.read();
    };
    run(use, serve);
    EXPECT_EQ(sink.replies, 1);
    EXPECT_EQ(shown, 1);
    EXPECT_EQ(around->counters.late_replies.value(), 0U);
    EXPECT_EQ(told.progress, 1);
    EXPECT_EQ(told.failures, 1);
}

template <class Thrown>
struct throwing_sink final : recording_sink {
    explicit throwing_sink(Thrown what) : thrown(std::move(what)) {}
    base::defect_code on_reply(const protocol::reply&) override { throw thrown; }
    Thrown thrown;
};

TEST_F(session_end, says_what_went_wrong_with_a_reply_that_could_not_be_taken) {
    throwing_sink<std::runtime_error> sink(std::runtime_error("no such luck"));
    after_answer(settings(peer), sink, server_frame(opcode::text, version_reply(1, "v")));
    EXPECT_EQ(sink.failures, 1);
    EXPECT_EQ(sink.why.code, errc::connection_lost);
    EXPECT_EQ(sink.why.context, "no such luck");
    EXPECT_EQ(sink.why.action, "version");
    EXPECT_EQ(told.why.code, errc::connection_lost);
    EXPECT_EQ(told.why.context, "no such luck");
}

TEST_F(session_end, says_that_there_was_no_memory_for_a_reply) {
    throwing_sink<std::bad_alloc> sink{std::bad_alloc()};
    after_answer(settings(peer), sink, server_frame(opcode::text, version_reply(1, "v")));
    EXPECT_EQ(sink.failures, 1);
    EXPECT_EQ(sink.why.code, boost::system::errc::not_enough_memory);
    EXPECT_EQ(told.why.code, boost::system::errc::not_enough_memory);
}

TEST_F(session_end, tells_the_peer_that_its_text_is_too_big) {
    recording_sink sink;
    const bytes text = version_reply(1, std::string(std::size_t{16} << 20, 'v'));
    EXPECT_EQ(after_answer(settings(peer), sink, server_frame(opcode::text, text)), 1009U);
    EXPECT_EQ(sink.why.code, errc::message_too_big);
    EXPECT_EQ(told.why.code, errc::message_too_big);
}

TEST_F(session_end, tells_the_peer_that_its_compressed_text_is_too_big) {
    recording_sink sink;
    const bytes bomb = marked_compressed(server_frame(opcode::text, deflate_bomb(17)));
    EXPECT_EQ(after_answer(settings(peer).compression(true), sink, bomb), 1009U);
    EXPECT_EQ(sink.why.code, errc::message_too_big);
}

TEST_F(session_end, tells_the_peer_that_its_text_breaks_the_protocol) {
    recording_sink sink;
    EXPECT_EQ(after_answer(settings(peer), sink, server_frame(opcode::text, "no JSON")), 1002U);
    EXPECT_EQ(sink.why.defect, base::defect_code::reply_not_json);
}

}  // namespace
}  // namespace tmq::test
