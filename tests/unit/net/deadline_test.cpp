// How long a session waits for a reply: as long as the payload of its message grows.
#include "open_session.hpp"

#include "support/deflate.hpp"
#include "unit/ws/feeder.hpp"

#include <algorithm>
#include <ostream>
#include <span>
#include <tuple>

namespace tmq::test {
namespace {

using ws::opcode;

constexpr auto patience = 200ms;
constexpr auto tick = 5ms;

/// Where the reads of the client end.
enum class reads : std::uint8_t { at_frames, inside_frames, after_each_byte };

std::ostream& operator<<(std::ostream& out, reads where) {
    return out << (where == reads::at_frames       ? "at_frames"
                   : where == reads::inside_frames ? "inside_frames"
                                                   : "after_each_byte");
}

struct link {
    bool compressed;
    bool fragmented;
    bool secured;
    reads where;
};

std::string name_of(const link& over) {
    std::string name = over.compressed ? "compressed_" : "plain_";
    name += over.fragmented ? "fragmented_" : "whole_";
    name += over.secured ? "tls_" : "tcp_";
    return name + ::testing::PrintToString(over.where);
}

/// Frames of one message, and where one write ends and the next begins.
std::vector<bytes> frames_of(const bytes& message, std::size_t fragment, bool compressed) {
    std::vector<bytes> frames;
    for (std::size_t at = 0; at < message.size(); at += fragment) {
        const bytes part(
            message.begin() + static_cast<std::ptrdiff_t>(at),
            message.begin() + static_cast<std::ptrdiff_t>(std::min(at + fragment, message.size())));
        bytes frame = server_frame(at == 0 ? opcode::text : opcode::continuation, part,
                                   at + fragment >= message.size());
        if (at == 0 && compressed) frame = marked_compressed(std::move(frame));
        frames.push_back(std::move(frame));
    }
    return frames;
}

class deadline : public session_fixture {
  protected:
    certificate_authority authority;
    identity own = authority.issue(loopback());
    recording_observer told;
    recording_sink sink;

    config patient_settings(const scripted_peer& peer, bool compressed = false, bool secured = false) const {
        config how = settings(peer);
        if (secured) how.tls(true).tls_settings(tls_options().ca_pem(authority.pem()));
        return how.compression(compressed).request_timeout(patience);
    }

    /// Sends one request while the peer says what `script` does; returns how long its reply, or that there is
    /// none, took.
    template <class Script>
    std::chrono::steady_clock::duration ask_while(scripted_peer& peer, const config& how, Script script) {
        const std::shared_ptr<net::session> client = make_session(how, told);
        std::chrono::steady_clock::duration took{};
        const auto ask_once = [&]() -> asio::awaitable<void> {
            const base::failure why = co_await client->open();
            EXPECT_FALSE(why) << why.context;
            const auto start = std::chrono::steady_clock::now();
            ask(*client, sink);
            co_await until([&] { return sink.is_done(); });
            took = std::chrono::steady_clock::now() - start;
            client->fail(base::failure(errc::closed));
        };
        const auto serve = [&]() -> asio::awaitable<void> {
            co_await peer.accept();
            co_await peer.read();
            co_await script();
            // Until the client hangs up.
            for (;;)
                co_await peer.read();
        };
        run(ask_once, serve);
        return took;
    }
    /// The same bytes again and again, for a time in which a reply that is arriving would have got more time
    /// many times over.
    template <class Piece>
    void expect_no_patience_with(const bytes& begun, Piece piece) {
        scripted_peer peer(context);
        bool was_cut = false;
        const auto script = [&]() -> asio::awaitable<void> {
            co_await peer.write(begun);
            const auto end = std::chrono::steady_clock::now() + 20 * patience;
            while (std::chrono::steady_clock::now() < end) {
                was_cut = sink.is_done();
                if (was_cut) co_return;
                bytes next = piece();
                co_await peer.write(std::move(next));
                co_await peer.sleep(tick);
            }
        };
        ask_while(peer, patient_settings(peer), script);
        EXPECT_TRUE(was_cut) << "the request was given time although nothing of its reply came";
        EXPECT_EQ(sink.why.code, errc::request_timeout);
        EXPECT_EQ(told.failures, 1);
    }
};

class link_deadline : public deadline, public ::testing::WithParamInterface<link> {};

TEST_P(link_deadline, a_reply_is_waited_for_as_long_as_it_arrives) {
    const link over = GetParam();
    // Three and a half times what the peer sends while a request may take.
    constexpr std::size_t piece = 32 * 1024;
    const std::size_t size = piece * static_cast<std::size_t>(patience / tick) * 7 / 2;
    const std::string version(size, 'v');
    bytes message = version_reply(1, version);
    if (over.compressed) message = deflate_message(message, {.level = 0});
    const std::vector<bytes> frames =
        frames_of(message, over.fragmented ? 4096 : message.size(), over.compressed);

    scripted_peer peer(context, over.secured ? &own : nullptr);
    const auto script = [&]() -> asio::awaitable<void> {
        bytes stream;
        std::vector<std::size_t> ends;
        for (const bytes& frame : frames) {
            stream.insert(stream.end(), frame.begin(), frame.end());
            ends.push_back(stream.size());
        }
        std::size_t done = 0;
        while (done < stream.size()) {
            std::size_t until = std::min(done + piece, stream.size());
            if (over.where == reads::at_frames) until = *std::lower_bound(ends.begin(), ends.end(), until);
            if (over.where == reads::after_each_byte) {
                // A few of them: the client reads each alone, and it is there that the deadline finds it.
                const std::size_t last = until;
                until -= std::min<std::size_t>(16, until - done);
                bytes most(stream.begin() + static_cast<std::ptrdiff_t>(done),
                           stream.begin() + static_cast<std::ptrdiff_t>(until));
                co_await peer.write(std::move(most));
                for (done = until; done < last; ++done) {
                    bytes one(1, stream[done]);
                    co_await peer.write(std::move(one));
                }
            } else {
                bytes next(stream.begin() + static_cast<std::ptrdiff_t>(done),
                           stream.begin() + static_cast<std::ptrdiff_t>(until));
                co_await peer.write(std::move(next));
                done = until;
            }
            co_await peer.sleep(tick);
        }
    };
    const auto took = ask_while(peer, patient_settings(peer, over.compressed, over.secured), script);
    EXPECT_EQ(sink.replies, 1) << sink.why.code.message() << " " << sink.why.context;
    EXPECT_EQ(sink.version.size(), size);
    EXPECT_GT(took, 3 * patience) << "the link was not slow";
}

std::vector<link> every_link() {
    std::vector<link> all;
    for (const bool compressed : {false, true})
        for (const bool fragmented : {false, true})
            for (const bool secured : {false, true})
                for (const reads where : {reads::at_frames, reads::inside_frames, reads::after_each_byte})
                    if (fragmented || where != reads::at_frames)
                        all.push_back({compressed, fragmented, secured, where});
    return all;
}

INSTANTIATE_TEST_SUITE_P(session, link_deadline, ::testing::ValuesIn(every_link()),
                         [](const auto& over) { return name_of(over.param); });

/// What is written ends inside a frame's head each time, so that there is always something that has come and
/// was not read.
bytes shifted(const bytes& stream) {
    bytes result(stream.begin() + 1, stream.end());
    result.push_back(stream.front());
    return result;
}

bytes repeated(const bytes& frame, std::size_t size) {
    bytes result;
    while (result.size() < size)
        result.insert(result.end(), frame.begin(), frame.end());
    return result;
}

TEST_F(deadline, pings_are_no_part_of_a_reply) {
    const bytes begun = server_frame(opcode::text, std::string(70 * 1024, 'x'), false);
    const bytes ping = server_frame(opcode::ping, std::string(125, 'p'));
    const bytes pings = shifted(repeated(ping, 4 * 1024));
    expect_no_patience_with(begun + bytes(ping.begin(), ping.begin() + 1), [&] { return pings; });
}

TEST_F(deadline, empty_fragments_are_no_part_of_a_reply) {
    const bytes begun = server_frame(opcode::text, std::string(70 * 1024, 'x'), false);
    const bytes empty = server_frame(opcode::continuation, "", false);
    const bytes fragments = shifted(repeated(empty, 4 * 1024));
    expect_no_patience_with(begun + bytes(empty.begin(), empty.begin() + 1), [&] { return fragments; });
}

TEST_F(deadline, heads_of_fragments_are_no_part_of_a_reply) {
    const bytes begun = server_frame(opcode::text, "x", false);
    const bytes single = server_frame(opcode::continuation, "y", false);
    // While a request may take, 128 KiB come, a third of them payload.
    const bytes fragments = shifted(repeated(single, 128 * 1024 / static_cast<std::size_t>(patience / tick)));
    expect_no_patience_with(begun + bytes(single.begin(), single.begin() + 1), [&] { return fragments; });
}

TEST_F(deadline, a_reply_that_stops_is_given_up) {
    expect_no_patience_with(server_frame(opcode::binary, std::string(200 * 1024, 'x'), false),
                            [] { return bytes(); });
}

}  // namespace
}  // namespace tmq::test
