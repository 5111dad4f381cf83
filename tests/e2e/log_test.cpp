#include "e2e.hpp"
#include "support/certificates.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace tmq::test {
namespace {

struct line {
    log_level level;
    std::string text;
    friend bool operator==(const line&, const line&) = default;
    friend std::ostream& operator<<(std::ostream& out, const line& value) {
        return out << static_cast<int>(value.level) << ' ' << value.text;
    }
};

/// What was logged, and how much of it is wanted.
class log : public e2e {
  protected:
    void SetUp() override { create_topic(); }

    config logged(log_level detail = log_level::debug) {
        config result = settings();
        result.log(detail, [this](log_level level, std::string_view text) {
            lines.push_back({level, std::string(text)});
        });
        return result;
    }
    /// The lines of one level that were added since the last call.
    std::vector<std::string> take(log_level level) {
        std::vector<std::string> result;
        for (const line& one : lines)
            if (one.level == level) result.push_back(one.text);
        lines.clear();
        return result;
    }
    std::string address() const { return "127.0.0.1:" + std::to_string(server.port()); }
    /// Where nobody listens.
    std::uint16_t unused_port() {
        const asio::ip::tcp::acceptor brief(context,
                                            asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0));
        return brief.local_endpoint().port();
    }

    /// An endpoint that is down, a refused subscribe, a message, a lost connection, an orderly end: lines of
    /// every level.
    void lead_a_life(config how, std::uint16_t down) {
        server.inject(fault::error_reply(0x03E1, "Topic not exist").on("subscribe"));
        append(0, 1);
        run([&]() -> asio::awaitable<void> {
            tmq::consumer consumer(
                context, how.endpoints({endpoint("127.0.0.1", down), endpoint("127.0.0.1", server.port())}));
            EXPECT_EQ(co_await error_of(consumer.subscribe(topic)), make_server_error(0x03E1));
            co_await consumer.subscribe(topic);
            message received;
            EXPECT_TRUE(co_await consumer.poll(received, 5s));
            co_await consumer.commit(received);
            server.close_all(1001);
            co_await until([&] { return server.connection_count() == 0; });
            EXPECT_EQ(co_await error_of(consumer.poll(received, 5s)), errc::connection_closed);
            co_await consumer.subscribe(topic);
            co_await consumer.close();
            EXPECT_EQ(consumer.stats().messages, 1U);
            EXPECT_EQ(consumer.stats().connections, 3U);
        });
    }

    std::vector<line> lines;
};

TEST_F(log, is_off_by_default) {
    EXPECT_EQ(config().log_detail(), log_level::off);
    EXPECT_FALSE(config().log_target());
    lead_a_life(logged(log_level::off), unused_port());
    EXPECT_EQ(lines, std::vector<line>());
}

TEST_F(log, a_level_without_a_sink_is_off_too) {
    config how = settings();
    lead_a_life(how.log(log_level::debug, nullptr), unused_port());
}

TEST_F(log, a_level_includes_those_before_it) {
    const std::uint16_t down = unused_port();
    // How often the endpoint that is down is tried is left to chance.
    const auto lines_of_a_life = [&](log_level detail) {
        lead_a_life(logged(detail), down);
        std::erase_if(lines, [](const line& one) { return one.text.starts_with("no connection to "); });
        return std::exchange(lines, {});
    };
    const std::vector<line> everything = lines_of_a_life(log_level::debug);
    for (const log_level detail : {log_level::error, log_level::warning, log_level::info, log_level::debug}) {
        const auto is_wanted = [detail](const line& one) { return one.level <= detail; };
        EXPECT_TRUE(std::any_of(everything.begin(), everything.end(),
                                [detail](const line& one) { return one.level == detail; }))
            << "no line of level " << static_cast<int>(detail);
        if (detail == log_level::debug) break;
        std::vector<line> wanted;
        std::copy_if(everything.begin(), everything.end(), std::back_inserter(wanted), is_wanted);
        server.clear_faults();
        EXPECT_EQ(lines_of_a_life(detail), wanted);
    }
}

TEST_F(log, tells_of_connections_and_subscriptions) {
    run([&]() -> asio::awaitable<void> {
        tmq::consumer consumer(context, logged(log_level::info));
        co_await consumer.subscribe(topic);
        EXPECT_EQ(
            std::exchange(lines, {}),
            (std::vector<line>{
                {log_level::info, "connected to " + address()},
                {log_level::info, "subscribed to topic_meters as a member of group group, server 3.3.5.8"}}));
        co_await consumer.close();
        EXPECT_EQ(lines, std::vector<line>()) << "an end by request is no event";
    });
}

TEST_F(log, tells_of_a_refused_subscribe) {
    server.inject(fault::error_reply(0x03E1, "Topic not exist").on("subscribe"));
    run([&]() -> asio::awaitable<void> {
        tmq::consumer consumer(context, logged(log_level::warning));
        EXPECT_EQ(co_await error_of(consumer.subscribe(topic)), make_server_error(0x03E1));
        const std::vector<std::string> errors = take(log_level::error);
        EXPECT_EQ(errors.size(), 1U);
        if (errors.size() == 1) {
            EXPECT_EQ(errors[0].find("subscribe failed: topic does not exist (0x03E1)"), 0U) << errors[0];
        }
    });
}

TEST_F(log, tells_of_a_lost_connection) {
    run([&]() -> asio::awaitable<void> {
        tmq::consumer consumer(context, logged());
        co_await consumer.subscribe(topic);
        lines.clear();
        server.close_all(1001);
        co_await until([&] { return server.connection_count() == 0; });
        message received;
        EXPECT_EQ(co_await error_of(consumer.poll(received, 5s)), errc::connection_closed);
        EXPECT_EQ(take(log_level::warning),
                  std::vector<std::string>{"connection to " + address() +
                                           " lost: the server closed the connection: close code 1001"});
    });
}

TEST_F(log, tells_of_every_endpoint_that_cannot_be_reached) {
    const std::uint16_t first = unused_port();
    const std::uint16_t second = unused_port();
    run([&]() -> asio::awaitable<void> {
        config nowhere = logged();
        tmq::consumer consumer(
            context, nowhere.endpoints({endpoint("127.0.0.1", first), endpoint("127.0.0.1", second)}));
        EXPECT_EQ(co_await error_of(consumer.subscribe(topic)), boost::system::errc::connection_refused);
        EXPECT_EQ(lines.size(), 3U);
        EXPECT_TRUE(std::none_of(lines.begin(), lines.end(),
                                 [](const line& one) { return one.level == log_level::debug; }));
        const std::vector<line> told = lines;
        const std::vector<std::string> warnings = take(log_level::warning);
        EXPECT_EQ(warnings.size(), 2U);
        if (warnings.size() == 2) {
            // Which of them is tried first is left to chance.
            const bool in_order = warnings[0].find(std::to_string(first)) != std::string::npos;
            EXPECT_EQ(warnings[0].find(
                          "no connection to 127.0.0.1:" + std::to_string(in_order ? first : second) + ": "),
                      0U)
                << warnings[0];
            EXPECT_EQ(warnings[1].find(
                          "no connection to 127.0.0.1:" + std::to_string(in_order ? second : first) + ": "),
                      0U)
                << warnings[1];
        }
        EXPECT_EQ(told.back().level, log_level::error);
        EXPECT_EQ(told.back().text.find("subscribe failed: "), 0U) << told.back().text;
    });
}

TEST_F(log, tells_of_every_reply_at_level_debug) {
    append(0, 1);
    run_subscribed(logged(), [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        server.inject(fault::error_reply(0x4007, "Offset out of range").on("commit_offset"));
        EXPECT_EQ(co_await error_of(consumer.commit(received)), make_server_error(0x4007));
        const std::vector<std::string> replies = take(log_level::debug);
        const std::vector<std::string> beginnings = {"version 1: code 0 after ",
                                                     "subscribe 2: code 0 after ",
                                                     "assignment 3: code 0 after ",
                                                     "position 4: code 0 after ",
                                                     "seek 5: code 0 after ",
                                                     "committed 6: code 0 after ",
                                                     "poll 7: code 0 after ",
                                                     "fetch_raw_data 8: code 0 after ",
                                                     "commit_offset 9: code 16391 after "};
        EXPECT_EQ(replies.size(), beginnings.size());
        for (std::size_t i = 0; i < std::min(replies.size(), beginnings.size()); ++i)
            EXPECT_EQ(replies[i].find(beginnings[i]), 0U) << replies[i];
    });
}

TEST_F(log, a_sink_that_throws_harms_nothing) {
    std::size_t thrown = 0;
    config how = settings();
    how.log(log_level::debug, [&thrown](log_level, std::string_view) {
        ++thrown;
        throw std::runtime_error("the disk is full");
    });
    lead_a_life(how, unused_port());
    EXPECT_GT(thrown, 10U);
}

TEST_F(log, what_the_server_says_stays_on_one_line) {
    server.inject(
        fault::garbage_text(
            R"({"code":0,"message":"","action":"version","req_id":1,"version":"3.3.5.8\ninjected: line"})")
            .on("version"));
    server.inject(fault::error_reply(0xFFFF, "fail\ninjected: line").on("subscribe").skip(1));
    run([&]() -> asio::awaitable<void> {
        tmq::consumer consumer(context, logged());
        co_await consumer.subscribe(topic);
        co_await consumer.unsubscribe();
        EXPECT_EQ(co_await error_of(consumer.subscribe(topic)), make_server_error(0xFFFF));
        server.inject(fault::close(1001, "going\naway").on("version"));
        EXPECT_EQ(co_await error_of(consumer.subscribe(topic)), errc::connection_closed);
    });
    EXPECT_FALSE(lines.empty());
    for (const line& one : lines)
        EXPECT_EQ(one.text.find('\n'), std::string::npos) << one;
}

/// A consumer with every secret that there is, and a server that repeats what it hears.
class log_secrets : public ::testing::Test {
  protected:
    const std::string password = R"(pa"ss/wört\1)";
    const std::string bearer = "bearer-7f3a";
    const std::string cloud = "cloud token/9b1c";
    const std::string key_password = "a pass phrase";
    const certificate_authority authority;
    const identity client = authority.issue(certificate_request("reader").for_client());
    const std::string key = encrypted(client.private_key, key_password);

    asio::io_context context{1};
    std::vector<std::string> said;  ///< log lines and error texts

    /// In every form that they are sent in.
    std::vector<std::string> forbidden() const {
        const std::size_t body = key.find('\n') + 1;
        return {password,
                R"(pa\"ss/wört\\1)",
                "pa%22ss%2Fw%C3%B6rt%5C1",
                bearer,
                cloud,
                "cloud%20token%2F9b1c",
                key_password,
                key.substr(body, key.find('\n', body) - body)};
    }
    /// All but the key itself, which never leaves the client.
    std::string everything() const {
        std::string text = "you said";
        std::vector<std::string> secrets = forbidden();
        secrets.pop_back();
        for (const std::string& secret : secrets)
            text += " [" + secret + "]";
        return text;
    }
    testing::server_options options(const certificate_authority& issuer) const {
        const identity shown = issuer.issue(loopback());
        return testing::server_options()
            .credentials("root", password)
            .tls(shown.certificate, shown.private_key)
            .client_ca(authority.pem());
    }
    config settings(const testing::server& server) {
        config result = on_request_only(config(server.url()));
        result.group_id("group")
            .start_at(offset_reset::earliest)
            .credentials("root", password)
            .bearer_token(bearer)
            .cloud_token(cloud);
        result.tls_settings(tls_options()
                                .ca_pem(authority.pem())
                                .certificate_pem(client.certificate)
                                .private_key_pem(key)
                                .private_key_password(key_password));
        result.log(log_level::debug, [this](log_level, std::string_view text) { said.emplace_back(text); });
        return result;
    }
    /// Everything a consumer can do; notes what it throws and returns the first code.
    boost::system::error_code consume(const config& how) {
        boost::system::error_code first;
        tmq::consumer consumer(context, how);
        auto attempt = [&]() -> asio::awaitable<void> {
            try {
                co_await consumer.subscribe(topic);
                message received;
                co_await consumer.poll(received, 5s);
                co_await consumer.commit(received);
            } catch (const error& why) {
                first = why.code();
                said.emplace_back(why.what());
                said.emplace_back(why.server_message());
            }
            co_await consumer.close();
        };
        bool done = false;
        asio::co_spawn(context, attempt(), [&](std::exception_ptr) { done = true; });
        context.restart();
        context.run_for(20s);
        EXPECT_TRUE(done) << "the consumer hangs";
        return first;
    }
    void expect_no_secret() {
        EXPECT_FALSE(said.empty()) << "nothing was said at all";
        for (const std::string& text : said)
            for (const std::string& secret : forbidden())
                EXPECT_EQ(text.find(secret), std::string::npos) << text;
        said.clear();
    }
    static void fill(testing::server& server) {
        server.create_topic(topic_options(std::string(topic)).kind(topic_kind::stable));
        append_meters(server, topic, meter_source(7, 8, 10), 0, 10);
    }
};

TEST_F(log_secrets, are_not_shown_when_all_goes_well) {
    testing::server server(options(authority));
    fill(server);
    EXPECT_EQ(consume(settings(server)), boost::system::error_code());
    expect_no_secret();
    EXPECT_NE(server.last_request("subscribe").find(bearer), std::string::npos) << "the server was told";
}

TEST_F(log_secrets, are_not_shown_when_the_server_repeats_them) {
    testing::server server(options(authority));
    fill(server);
    for (const char* const action : {"version", "subscribe", "poll", "fetch_raw_data", "commit_offset"}) {
        server.inject(fault::error_reply(0xFFFF, everything()).on(action));
        EXPECT_EQ(consume(settings(server)), make_server_error(0xFFFF)) << action;
        EXPECT_TRUE(std::any_of(said.begin(), said.end(), [](const std::string& text) {
            return text.find("you said [***]") != std::string::npos;
        })) << action;
        expect_no_secret();
    }
}

TEST_F(log_secrets, are_not_shown_where_a_long_text_is_cut) {
    testing::server server(options(authority));
    fill(server);
    for (const std::string& secret : {password, bearer, cloud}) {
        const std::size_t all_but_one = 1024 - secret.size() + 1;
        server.inject(fault::error_reply(0xFFFF, std::string(all_but_one, 'x') + secret).on("subscribe"));
        EXPECT_EQ(consume(settings(server)), make_server_error(0xFFFF));
        for (const std::string& text : said)
            EXPECT_EQ(text.find("x" + secret.substr(0, 1)), std::string::npos) << text;
        expect_no_secret();
    }
}

TEST_F(log_secrets, are_not_shown_when_the_upgrade_is_refused) {
    testing::server server(options(authority));
    server.inject(
        fault::error_reply(401, "no such token: " + cloud + " or cloud%20token%2F9b1c").on("upgrade"));
    EXPECT_EQ(consume(settings(server)), errc::upgrade_refused);
    EXPECT_TRUE(std::any_of(said.begin(), said.end(), [](const std::string& text) {
        return text.find("no such token: *** or ***") != text.npos;
    }));
    expect_no_secret();
}

TEST_F(log_secrets, are_not_shown_when_tls_fails) {
    testing::server stranger(options(certificate_authority("somebody else")));
    EXPECT_EQ(consume(settings(stranger)), errc::certificate_refused);
    expect_no_secret();

    testing::server server(options(authority));
    config wrong = settings(server);
    tls_options changed = wrong.tls_settings();
    EXPECT_EQ(consume(wrong.tls_settings(changed.private_key_password("another pass phrase"))),
              errc::tls_settings);
    for (const std::string& text : said)
        EXPECT_EQ(text.find("another pass phrase"), std::string::npos) << text;
    expect_no_secret();
}

TEST_F(log_secrets, are_not_shown_when_the_server_closes_with_them) {
    testing::server server(options(authority));
    fill(server);
    for (const std::string& secret : {password, bearer, cloud}) {
        server.inject(fault::close(1008, "never heard of " + secret).on("subscribe"));
        EXPECT_EQ(consume(settings(server)), errc::connection_closed);
        EXPECT_TRUE(std::any_of(said.begin(), said.end(), [](const std::string& text) {
            return text.find("1008: never heard of ***") != text.npos;
        }));
        expect_no_secret();
    }
}

TEST_F(log_secrets, are_not_shown_as_the_version_of_the_server) {
    testing::server server(options(authority));
    fill(server);
    server.inject(fault::garbage_text(R"({"code":0,"message":"","action":"version","req_id":1,"version":")" +
                                      bearer + "\"}")
                      .on("version"));
    EXPECT_EQ(consume(settings(server)), boost::system::error_code());
    expect_no_secret();
}

}  // namespace
}  // namespace tmq::test
