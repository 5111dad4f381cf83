#pragma once

#include "net/session.hpp"
#include "scripted_peer.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tmq::test {

using namespace std::chrono_literals;

/// Keeps what it is told.
struct recording_sink : net::reply_sink {
    base::defect_code on_reply(const protocol::reply& reply) override {
        ++replies;
        version = reply.version;
        return {};
    }
    base::defect_code on_binary(const wire::fetch_reply&) override {
        ++replies;
        return {};
    }
    void on_failure(const base::failure& reason) override {
        ++failures;
        why = reason;
        if (told) told();
    }
    bool is_done() const { return replies + failures != 0; }

    int replies = 0;
    int failures = 0;
    base::failure why;
    std::string version;
    std::function<void()> told;  ///< of a failure
};

struct recording_observer : net::session_observer {
    void on_progress() override {
        ++progress;
        if (progressed) progressed();
    }
    void on_rest() override {
        ++rests;
        if (rested) rested();
    }
    void on_session_failed(const base::failure& reason) override {
        ++failures;
        why = reason;
        if (failed) failed();
    }

    int progress = 0;
    int rests = 0;
    int failures = 0;
    base::failure why;
    std::function<void()> progressed;
    std::function<void()> rested;
    std::function<void()> failed;
};

/// Sessions and their peers in one event loop.
class session_fixture : public ::testing::Test {
  protected:
    asio::io_context context{1};

    config settings(const scripted_peer& peer) const {
        return config("ws://127.0.0.1:" + std::to_string(peer.port()));
    }

    std::shared_ptr<net::session> make_session(const config& how, recording_observer& told) {
        return std::make_shared<net::session>(context.get_executor(), std::make_shared<net::environment>(how),
                                              &told);
    }
    /// A request whose text does not matter.
    static std::uint64_t ask(net::session& over, net::reply_sink& sink) {
        return over.request(
            protocol::action::version, &sink, 0ms,
            [](protocol::text_buffer& out, std::uint64_t id) { protocol::write_version(out, id); });
    }
    static std::vector<std::uint8_t> version_reply(std::uint64_t req_id, std::string_view version) {
        std::string text = R"({"code":0,"message":"","action":"version","req_id":)" + std::to_string(req_id) +
                           R"(,"version":")";
        text += version;
        text += R"("})";
        return {text.begin(), text.end()};
    }

    /// Runs both ends until they have finished. A peer whose client has hung up has finished too.
    template <class Client, class Peer>
    void run(Client client, Peer peer, std::chrono::seconds limit = 30s) {
        int finished = 0;
        std::exception_ptr thrown_first;
        const auto finish = [&](std::exception_ptr thrown, bool may_be_cut) {
            if (++finished == 2) context.stop();
            try {
                if (thrown) std::rethrow_exception(thrown);
            } catch (const boost::system::system_error&) {
                if (!may_be_cut) thrown_first = std::current_exception();
            } catch (...) {
                thrown_first = std::current_exception();
            }
        };
        asio::co_spawn(context, client(), [&](std::exception_ptr thrown) { finish(thrown, false); });
        asio::co_spawn(context, peer(), [&](std::exception_ptr thrown) { finish(thrown, true); });
        asio::steady_timer watchdog(context, limit);
        watchdog.async_wait([this](boost::system::error_code ec) {
            if (!ec) context.stop();
        });
        context.run();
        ASSERT_EQ(finished, 2) << "one end hangs";
        if (thrown_first) std::rethrow_exception(thrown_first);
    }

    template <class Condition>
    asio::awaitable<void> until(Condition condition) {
        asio::steady_timer tick(context);
        while (!condition()) {
            tick.expires_after(1ms);
            co_await tick.async_wait(asio::use_awaitable);
        }
    }
};

}  // namespace tmq::test
