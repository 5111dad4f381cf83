#include "reconnecting.hpp"

#include <functional>
#include <limits>

namespace tmq::test {
namespace {

/// What is there to be read after an operation that succeeded.
enum class remains { rest, everything, nothing };

struct operation {
    std::string_view name;
    std::function<asio::awaitable<void>(tmq::consumer&, const message&)> run;
    remains then = remains::rest;
};

struct error_kind {
    std::string_view name;
    std::function<fault()> make;
    /// What the operation may report instead of succeeding; success: nothing.
    boost::system::error_code reported;
    std::string_view cause = {};  ///< part of its text
};

const std::vector<operation> operations = {
    {"poll", [](tmq::consumer&, const message&) -> asio::awaitable<void> { co_return; }},
    {"commit of a message",
     [](tmq::consumer& consumer, const message& last) -> asio::awaitable<void> {
         co_await consumer.commit(last);
     }},
    {"commit",
     [](tmq::consumer& consumer, const message&) -> asio::awaitable<void> { co_await consumer.commit(); }},
    {"commit of offsets",
     [](tmq::consumer& consumer, const message& last) -> asio::awaitable<void> {
         std::vector<partition_offset> offsets;
         offsets.push_back(last.next());
         co_await consumer.commit(std::move(offsets));
     }},
    {"committed",
     [](tmq::consumer& consumer, const message& last) -> asio::awaitable<void> {
         const std::vector<topic_partition> asked(1, last.partition());
         co_await consumer.committed(asked);
     }},
    {"position",
     [](tmq::consumer& consumer, const message& last) -> asio::awaitable<void> {
         const std::vector<topic_partition> asked(1, last.partition());
         const consumer::known_offsets position = co_await consumer.position(asked);
         EXPECT_EQ(position.at(0).second, last.next_offset().value());
     }},
    {"assignment",
     [](tmq::consumer& consumer, const message&) -> asio::awaitable<void> {
         const std::vector<assigned_vgroup> assigned = co_await consumer.assignment();
         EXPECT_EQ(assigned.size(), 2U);
     }},
    {"lag",
     [](tmq::consumer& consumer, const message&) -> asio::awaitable<void> {
         const std::vector<vgroup_lag> lag = co_await consumer.lag();
         EXPECT_EQ(lag.size(), 2U);
     }},
    {"seek to the same place",
     [](tmq::consumer& consumer, const message& last) -> asio::awaitable<void> {
         co_await consumer.seek(last.next());
     }},
    {"seek to the beginning",
     [](tmq::consumer& consumer, const message&) -> asio::awaitable<void> {
         co_await consumer.seek_to_beginning(topic);
     },
     remains::everything},
    {"seek to the end",
     [](tmq::consumer& consumer, const message&) -> asio::awaitable<void> {
         co_await consumer.seek_to_end(topic);
     },
     remains::nothing},
    {"subscription",
     [](tmq::consumer& consumer, const message&) -> asio::awaitable<void> {
         co_await consumer.fetch_subscription();
     }},
    {"version",
     [](tmq::consumer& consumer, const message&) -> asio::awaitable<void> {
         co_await consumer.fetch_server_version();
     }},
};

const std::vector<error_kind> link_errors = {
    {"reset", [] { return fault::reset(); }, {}},
    {"reset behind the request", [] { return fault::reset().carry_out(); }, {}},
    {"close", [] { return fault::close(); }, {}},
    {"half a reply", [] { return fault::partial(3); }, {}},
};

class network_error : public reconnecting_e2e {
  protected:
    static constexpr std::uint64_t rows = 8;

    void SetUp() override {
        create_topic(2);
        append(0, rows, 1, 1);
    }
    std::size_t runs = 0;

    /// Takes one message, lets `what` suffer and the rest be read. Returns how many requests the server got
    /// for the operation and the rest.
    std::size_t suffer(const operation& what, const std::vector<fault>& faults, const error_kind& how) {
        const std::string group = "group" + std::to_string(++runs);
        tmq::consumer consumer(context, reconnecting(group).request_timeout(100ms).prefetch(runs % 2));
        std::vector<int> seen(rows);
        next.clear();
        std::size_t requests = 0;
        run([&]() -> asio::awaitable<void> {
            co_await consumer.subscribe(topic);
            message last;
            EXPECT_TRUE(co_await consumer.poll(last, 5s));
            take(last, seen);
            requests = server.request_count();
            for (const fault& one : faults)
                server.inject(one);
            boost::system::error_code outcome;
            try {
                co_await what.run(consumer, last);
            } catch (const error& thrown) {
                outcome = thrown.code();
                EXPECT_NE(thrown.detail().find(how.cause), std::string::npos) << thrown.what();
            }
            EXPECT_TRUE(!outcome || outcome == how.reported) << outcome;
            std::uint64_t left = rows - 1;
            // Of several vgroups that are sought, some may have been moved before the error.
            if (outcome && what.then != remains::rest) {
                server.clear_faults();
                co_await consumer.close();
                requests = std::numeric_limits<std::size_t>::max();
                co_return;
            }
            if (!outcome && what.then == remains::nothing) left = 0;
            if (!outcome && what.then == remains::everything) {
                left = rows;
                std::fill(seen.begin(), seen.end(), 0);
                next.clear();
            }
            message received;
            std::uint64_t got = 0;
            while (got < left) {
                const result<bool> polled = co_await consumer.try_poll(received, 3s);
                EXPECT_TRUE(polled.has_value() || polled.error().code() == how.reported) << code_of(polled);
                if (polled.has_value() && !*polled) break;
                if (polled.has_error()) continue;
                take(received, seen);
                got += received.row_count();
            }
            EXPECT_EQ(got, left);
            requests = server.request_count() - requests;
            server.clear_faults();
            EXPECT_EQ(count(seen).repeated, 0U);
            if (left != 0) {
                EXPECT_EQ(count(seen).lost, 0U);
                for (const std::int32_t vgroup : server.vgroups(topic))
                    EXPECT_LE(server.committed(group, topic, vgroup).value_or(0), next[vgroup])
                        << "ahead of the application";
            }
            const result<bool> more = co_await consumer.try_poll(received, 0ms);
            EXPECT_TRUE(more.has_value() ? !*more : more.error().code() == how.reported);
            co_await consumer.close();
        });
        return requests;
    }
};

TEST_F(network_error, at_any_request_of_any_operation_changes_nothing_but_the_connection) {
    for (const operation& what : operations)
        for (const error_kind& how : link_errors)
            for (std::size_t step = 0;; ++step) {
                SCOPED_TRACE(std::string(what.name) + ", " + std::string(how.name) + " at request " +
                             std::to_string(step));
                if (suffer(what, {how.make().skip(step)}, how) <= step) break;
                if (HasFailure()) return;
            }
}

/// The second one strikes while the first is being recovered from, or behind that.
TEST_F(network_error, twice_at_any_two_requests_of_any_operation_changes_nothing_either) {
    for (const operation& what : operations) {
        const error_kind& how = link_errors[static_cast<std::size_t>(&what - operations.data()) % 2];
        for (std::size_t first = 0; first < 3; ++first)
            for (std::size_t second = 0;; ++second) {
                SCOPED_TRACE(std::string(what.name) + ", " + std::string(how.name) + " at request " +
                             std::to_string(first) + " and " + std::to_string(second) + " behind it");
                if (suffer(what, {how.make().skip(first), how.make().skip(first + 1 + second)}, how) <=
                    first + second + 1)
                    break;
                if (HasFailure()) return;
            }
    }
}

TEST_F(network_error, of_a_reply_that_never_comes_is_the_same) {
    const error_kind how = {"stall", [] { return fault::stall(); }, {}};
    for (const operation& what : operations)
        for (std::size_t step = 0; step < 3; ++step) {
            SCOPED_TRACE(std::string(what.name) + ", stall at request " + std::to_string(step));
            suffer(what, {how.make().skip(step)}, how);
            if (HasFailure()) return;
        }
}

TEST_F(network_error, that_the_server_makes_is_told_and_changes_nothing_else) {
    const std::vector<error_kind> kinds = {
        {"consumer mismatch", [] { return fault::error_reply(0x4001, "Consumer mismatch"); },
         make_server_error(0x4001)},
        {"garbage", [] { return fault::garbage_text(); }, errc::unexpected_reply,
         "reply is not a JSON object"},
    };
    for (const operation& what : operations)
        for (const error_kind& how : kinds)
            for (std::size_t step = 0;; ++step) {
                SCOPED_TRACE(std::string(what.name) + ", " + std::string(how.name) + " at request " +
                             std::to_string(step));
                if (suffer(what, {how.make().skip(step)}, how) <= step) break;
                if (HasFailure()) return;
            }
}

TEST_F(network_error, while_subscribing_is_told_and_a_second_try_is_as_good_as_the_first) {
    for (const error_kind& how : link_errors)
        for (std::size_t step = 0;; ++step) {
            SCOPED_TRACE(std::string(how.name) + " at request " + std::to_string(step));
            const std::string group = "subscribing" + std::to_string(++runs);
            tmq::consumer consumer(context, reconnecting(group));
            std::vector<int> seen(rows);
            next.clear();
            bool has_failed = false;
            run([&]() -> asio::awaitable<void> {
                server.inject(how.make().skip(step));
                const boost::system::error_code refused = co_await error_of(consumer.subscribe(topic));
                server.clear_faults();
                has_failed = refused.failed();
                if (has_failed) {
                    EXPECT_TRUE(is_retriable(refused)) << refused;
                    co_await consumer.subscribe(topic);
                }
                co_await read(consumer, seen, rows);
                co_await consumer.close();
            });
            EXPECT_EQ(count(seen), (delivery{rows, 0, 0}));
            if (!has_failed || HasFailure()) break;
        }
}

TEST_F(network_error, while_leaving_never_hangs) {
    for (const error_kind& how : link_errors)
        for (const bool closes : {true, false})
            for (std::size_t step = 0; step < 4; ++step) {
                SCOPED_TRACE(std::string(how.name) + (closes ? " closing" : " unsubscribing") +
                             " at request " + std::to_string(step));
                const std::string group = "leaving" + std::to_string(++runs);
                tmq::consumer consumer(context, reconnecting(group).auto_commit(true).prefetch(0));
                run([&]() -> asio::awaitable<void> {
                    co_await consumer.subscribe(topic);
                    message last;
                    EXPECT_TRUE(co_await consumer.poll(last, 5s));
                    server.inject(how.make().skip(step));
                    if (closes) {
                        co_await consumer.close();
                    } else {
                        const boost::system::error_code outcome = co_await error_of(consumer.unsubscribe());
                        EXPECT_TRUE(!outcome || is_retriable(outcome)) << outcome;
                    }
                    server.clear_faults();
                    EXPECT_EQ(server.committed(group, topic, last.vgroup()), last.next_offset().value())
                        << "committed over a new connection";
                    co_await consumer.close();
                });
                if (HasFailure()) return;
            }
}

}  // namespace
}  // namespace tmq::test
