// What people read of a failure: never where in Boost's sources its code arose.
#include "e2e.hpp"
#include "support/certificates.hpp"
#include "support/fault_proxy.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <sys/resource.h>
#include <unistd.h>

#include <fcntl.h>

namespace tmq::test {
namespace {

class error_text : public e2e {
  protected:
    void SetUp() override { create_topic(); }
    void TearDown() override {
        EXPECT_FALSE(texts.empty());
        for (const std::string& text : texts)
            for (const std::string_view place :
                 {"/usr/", "/boost/", ".hpp", ".cpp", " in function", " at /", "operator()"})
                EXPECT_EQ(text.find(place), std::string::npos) << text;
    }

    /// Everything that a consumer with these settings says of itself is looked at.
    config watched(config how) {
        how.log(log_level::debug, [this](log_level, std::string_view line) { texts.emplace_back(line); });
        return how;
    }
    void listen(tmq::consumer& consumer) {
        consumer.on_event([this](tmq::consumer&, const event& what) {
            if (const auto* const lost = std::get_if<events::disconnected>(&what)) keep(lost->reason);
            if (const auto* const failed = std::get_if<events::commit_failed>(&what)) keep(failed->reason);
            texts.push_back(to_string(what));
        });
    }
    void keep(const error& why) {
        texts.emplace_back(why.what());
        texts.push_back(why.code().what());
        texts.push_back(why.detail());
        texts.push_back(why.server_message());
    }
    /// Expects an operation to fail, and looks at what it says.
    asio::awaitable<void> fails(asio::awaitable<void> operation) {
        bool failed = false;
        try {
            co_await std::move(operation);
        } catch (const error& why) {
            failed = true;
            keep(why);
        }
        EXPECT_TRUE(failed);
    }
    void expect_refused(config how) {
        run([&]() -> asio::awaitable<void> {
            tmq::consumer consumer(context, watched(std::move(how)));
            listen(consumer);
            co_await fails(consumer.subscribe(topic));
        });
    }
    std::uint16_t unused_port() {
        const asio::ip::tcp::acceptor brief(context,
                                            asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0));
        return brief.local_endpoint().port();
    }

    std::vector<std::string> texts;
};

TEST_F(error_text, of_a_connection_that_was_refused) { expect_refused(settings().port(unused_port())); }

TEST_F(error_text, of_a_name_that_does_not_exist) {
    expect_refused(settings().host("no.such.host.invalid").connect_timeout(3s));
}

TEST_F(error_text, of_a_connection_that_was_reset) {
    fault_proxy link(server.port());
    link.refuse(fault_proxy::refusal::reset);
    expect_refused(settings().port(link.port()));
}

TEST_F(error_text, of_a_server_without_tls) { expect_refused(settings().tls(true)); }

TEST_F(error_text, of_a_file_that_does_not_exist) {
    expect_refused(settings().tls(true).tls_settings(tls_options().ca_file("no_such_file")));
    expect_refused(settings().tls(true).tls_settings(
        tls_options().certificate_file("no_such_file").private_key_file("no_such_file")));
}

TEST_F(error_text, of_a_certificate_that_is_not_trusted) {
    const certificate_authority authority;
    const identity shown = authority.issue(loopback());
    testing::server secured(testing::server_options().tls(shown.certificate, shown.private_key));
    expect_refused(on_request_only(config(secured.url())).group_id("group"));
}

TEST_F(error_text, of_an_upgrade_that_was_refused) {
    server.inject(fault::error_reply(403, "forbidden").on("upgrade"));
    expect_refused(settings());
}

#ifndef TMQ_SANITIZED  // UBSan needs descriptors of its own to look at an object
TEST_F(error_text, of_a_socket_that_cannot_be_had) {
    run([&]() -> asio::awaitable<void> {
        tmq::consumer consumer(context, watched(settings()));
        listen(consumer);
        rlimit before{};
        ::getrlimit(RLIMIT_NOFILE, &before);
        rlimit none = before;
        none.rlim_cur = 0;
        ::setrlimit(RLIMIT_NOFILE, &none);
        co_await fails(consumer.subscribe(topic));
        ::setrlimit(RLIMIT_NOFILE, &before);
    });
}
#endif

TEST_F(error_text, of_connections_that_are_lost_and_not_made_again) {
    fault_proxy link(server.port());
    config how = watched(settings());
    how.port(link.port())
        .reconnect(true)
        .reconnect_interval(1ms)
        .reconnect_max_interval(5ms)
        .reconnect_retries(2);
    for (const cut_kind cut : {cut_kind::fin, cut_kind::rst}) {
        run([&]() -> asio::awaitable<void> {
            tmq::consumer consumer(context, how);
            listen(consumer);
            co_await consumer.subscribe(topic);
            link.refuse(fault_proxy::refusal::not_listening);
            link.cut_all(cut);
            const auto poll = [&]() -> asio::awaitable<void> {
                message received;
                co_await consumer.poll(received, 10s);
            };
            co_await fails(poll());
            link.accept();
        });
    }
}

TEST_F(error_text, of_what_was_cancelled) {
    run([&]() -> asio::awaitable<void> {
        tmq::consumer consumer(context, watched(settings()));
        listen(consumer);
        asio::cancellation_signal signal;
        bool done = false;
        const auto subscribe = [&]() -> asio::awaitable<void> { co_await fails(consumer.subscribe(topic)); };
        asio::co_spawn(context, subscribe(),
                       asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr thrown) {
                           done = true;
                           EXPECT_FALSE(thrown);
                       }));
        signal.emit(asio::cancellation_type::all);
        co_await until([&] { return done; });
    });
}

}  // namespace
}  // namespace tmq::test
