#include "e2e.hpp"
#include "support/certificates.hpp"
#include "support/malloc_counter.hpp"

#include <openssl/crypto.h>
#include <boost/asio/deferred.hpp>

#include <array>
#include <cstdlib>

namespace tmq::test {
namespace {

thread_local std::uint64_t openssl_allocations = 0;

void* openssl_malloc(std::size_t size, const char*, int) {
    ++openssl_allocations;
    return std::malloc(size);
}
void* openssl_realloc(void* block, std::size_t size, const char*, int) {
    ++openssl_allocations;
    return std::realloc(block, size);
}
void openssl_free(void* block, const char*, int) { std::free(block); }

/// OpenSSL takes these only before its first allocation.
const bool counts_openssl = CRYPTO_set_mem_functions(openssl_malloc, openssl_realloc, openssl_free) == 1;

class allocation : public e2e {
  protected:
    static constexpr int warm_up = 30;
    static constexpr int measured = 300;

    /// Appends messages of about `bytes` each: one block of meter rows, some 50 bytes a row.
    void append_messages(std::size_t bytes) {
        create_topic();
        append_messages(server, bytes);
    }
    void append_messages(testing::server& to, std::size_t bytes) {
        const std::size_t rows = bytes / 50;
        block_builder block = meters.make_block(0);
        for (std::uint64_t row = 0; row < rows; ++row)
            meters.add_row(block, row * meters.tables());
        for (int i = 0; i < warm_up + measured; ++i)
            to.append(topic, to.vgroups(topic)[0], block);
    }
    /// Allocations of the consumer's thread for `measured` messages after `warm_up`, each read row by row.
    std::uint64_t allocations_of_polling(const bool commit) {
        return allocations_of_polling(settings(), commit);
    }
    std::uint64_t allocations_of_polling(const config& how, const bool commit) {
        std::uint64_t allocated = 0;
        std::uint64_t rows = 0;
        tmq::consumer consumer(context, how);
        run([&]() -> asio::awaitable<void> {
            co_await consumer.subscribe(topic);
            message received;
            std::uint64_t before = 0;
            for (int i = 0; i < warm_up + measured; ++i) {
                if (i == warm_up) {
                    before = allocations_of_this_thread();
                    openssl_allocations = 0;
                }
                const bool got = co_await consumer.poll(received, 5s);
                EXPECT_TRUE(got);
                for (const block_view block : received.blocks())
                    for (const auto& [ts, current, location] :
                         block.rows<timestamp, float, std::optional<std::string_view>>("ts", "current",
                                                                                       "location")) {
                        rows +=
                            ts.ticks() != 0 && current >= 0 && (!location || !location->empty()) ? 1U : 0U;
                    }
                if (commit) co_await consumer.commit(received);
            }
            allocated = allocations_of_this_thread() - before;
            by_openssl = openssl_allocations;
            EXPECT_GT(rows, 0U);
            co_await consumer.close();
        });
        return allocated;
    }
    std::uint64_t by_openssl = 0;  ///< of the allocations that were counted last
};

TEST_F(allocation, the_counter_counts_mallocs_of_this_thread) {
    const std::uint64_t before = allocations_of_this_thread();
    const auto number = std::make_unique<int>(1);
    EXPECT_EQ(allocations_of_this_thread() - before, 1U);
    EXPECT_EQ(*number, 1);
}

TEST_F(allocation, a_message_of_64_kib_costs_none) {
    append_messages(64 << 10);
    EXPECT_EQ(allocations_of_polling(false), 0U);
}

TEST_F(allocation, a_message_of_64_kib_and_its_commit_cost_none) {
    append_messages(64 << 10);
    EXPECT_EQ(allocations_of_polling(true), 0U);
}

TEST_F(allocation, a_small_message_costs_none) {
    append_messages(100);
    EXPECT_EQ(allocations_of_polling(false), 0U);
}

TEST_F(allocation, a_message_of_a_megabyte_costs_none) {
    append_messages(1 << 20);
    EXPECT_EQ(allocations_of_polling(false), 0U);
}

/// All that a consumer does by itself, as it comes, apart from `ahead`; none of its timers fires meanwhile.
config by_itself(config how, std::size_t ahead) {
    return how.reconnect(true).auto_commit(true).auto_commit_interval(1h).assignment_interval(1h).prefetch(
        ahead);
}

TEST_F(allocation, a_message_that_was_read_ahead_costs_none) {
    append_messages(64 << 10);
    for (const std::size_t ahead : {std::size_t{1}, std::size_t{8}}) {
        for (const bool commit : {false, true}) {
            config how = by_itself(settings(std::to_string(ahead) + (commit ? " commits" : "")), ahead);
            EXPECT_EQ(allocations_of_polling(how, commit), 0U)
                << ahead << " ahead" << (commit ? ", commits" : "");
        }
    }
}

TEST_F(allocation, a_message_that_comes_in_blocks_or_raw_costs_none_ahead_either) {
    append_messages(64 << 10);
    for (const fetch_mode mode : {fetch_mode::raw, fetch_mode::block}) {
        config how = by_itself(settings(std::to_string(static_cast<int>(mode))), 8).fetch_with(mode);
        EXPECT_EQ(allocations_of_polling(how, false), 0U) << static_cast<int>(mode);
    }
}

TEST_F(allocation, a_message_that_is_acknowledged_costs_none) {
    append_messages(64 << 10);
    std::uint64_t allocated = 0;
    tmq::consumer consumer(context, by_itself(settings(), 8).acknowledge(acknowledge_mode::by_hand));
    run([&]() -> asio::awaitable<void> {
        co_await consumer.subscribe(topic);
        std::array<message, 4> taken;
        std::uint64_t before = 0;
        for (std::size_t i = 0; i < warm_up + measured; ++i) {
            if (i == warm_up) before = allocations_of_this_thread();
            // Three in hand, finished in turn.
            if (i >= 3) consumer.acknowledge(taken[(i + 1) % 4]);
            const bool got = co_await consumer.poll(taken[i % 4], 5s);
            EXPECT_TRUE(got);
        }
        allocated = allocations_of_this_thread() - before;
        co_await consumer.close();
    });
    EXPECT_EQ(allocated, 0U);
}

/// Coroutine frames and lists, once in an interval however many messages it had; a frame more where a look
/// falls in between.
TEST_F(allocation, what_is_committed_by_itself_costs_a_few_for_each_commit) {
    constexpr std::uint64_t for_each_commit = 6;
    constexpr int commits = 20;
    append_messages(100);
    std::uint64_t allocated = 0;
    tmq::consumer consumer(context, by_itself(settings(), 1).auto_commit_interval(1ms));
    run([&]() -> asio::awaitable<void> {
        co_await consumer.subscribe(topic);
        message received;
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        asio::steady_timer tick(context);
        std::uint64_t before = 0;
        std::uint64_t by_stats = 0;
        const auto commits_made = [&] {
            const std::uint64_t begin = allocations_of_this_thread();
            const std::uint64_t made = consumer.stats().commits;
            by_stats += allocations_of_this_thread() - begin;
            return made;
        };
        for (std::uint64_t done = 0; done < 2 * commits; ++done) {
            EXPECT_EQ(commits_made(), done);
            if (done == commits) {
                before = allocations_of_this_thread();
                by_stats = 0;
            }
            // Finishes the message before.
            EXPECT_TRUE(co_await consumer.poll(received, 5s));
            while (commits_made() == done) {
                tick.expires_after(1ms);
                co_await tick.async_wait(asio::deferred);
            }
        }
        allocated = allocations_of_this_thread() - before - by_stats;
        co_await consumer.close();
    });
    EXPECT_LE(allocated, commits * for_each_commit);
    EXPECT_GT(allocated, 0U);
}

TEST_F(allocation, a_compressed_message_costs_none) {
    for (const std::size_t bytes : {std::size_t{100}, std::size_t{64} << 10, std::size_t{256} << 10}) {
        testing::server compressing;
        compressing.create_topic(topic_options(std::string(topic)).kind(topic_kind::stable));
        append_messages(compressing, bytes);
        config how = settings();
        how.port(compressing.port()).compression(true);
        EXPECT_EQ(allocations_of_polling(how, true), 0U) << bytes;
    }
}

/// OpenSSL 3.0 makes up to three allocations for each record that it writes and, in TLS 1.3, one for each
/// that it reads. They are its own affair and cannot be avoided; that nothing is added to them can be
/// counted.
TEST_F(allocation, a_message_over_tls_costs_only_what_openssl_needs_for_its_records) {
    ASSERT_TRUE(counts_openssl);
    constexpr std::uint64_t requests = 3;
    constexpr std::uint64_t per_record_written = 3;
    constexpr std::size_t record_size = 16 * 1024;
    const certificate_authority authority;
    const identity shown = authority.issue(loopback());
    for (const tls_version version : {tls_version::v1_2, tls_version::v1_3}) {
        for (const std::size_t bytes : {std::size_t{100}, std::size_t{64} << 10, std::size_t{1} << 20}) {
            testing::server secure(testing::server_options()
                                       .tls(shown.certificate, shown.private_key)
                                       .tls_versions(version, version));
            secure.create_topic(topic_options(std::string(topic)).kind(topic_kind::stable));
            append_messages(secure, bytes);
            config how = on_request_only(config(secure.url()));
            how.group_id("group")
                .start_at(offset_reset::earliest)
                .tls_settings(tls_options().ca_pem(authority.pem()));
            const std::uint64_t allocated = allocations_of_polling(how, true);
            EXPECT_EQ(allocated, by_openssl) << "of our own, for " << bytes << " bytes";
            // Two small replies, and the message in as many records as it fills, the last of them not whole.
            const std::uint64_t records_read = version == tls_version::v1_2 ? 0 : 2 + bytes / record_size + 1;
            EXPECT_LE(by_openssl, measured * (requests * per_record_written + records_read)) << bytes;
        }
    }
}

TEST_F(allocation, waiting_for_messages_costs_none) {
    create_topic();
    block_builder block = meters.make_block(0);
    meters.add_row(block, 0);
    std::uint64_t allocated = 0;
    auto consumer = make_consumer();
    run([&]() -> asio::awaitable<void> {
        co_await consumer.subscribe(topic);
        message received;
        std::uint64_t before = 0;
        for (int i = 0; i < 40; ++i) {
            if (i == 20) before = allocations_of_this_thread();
            EXPECT_FALSE(co_await consumer.poll(received, 3ms));
        }
        allocated = allocations_of_this_thread() - before;
        co_await consumer.close();
    });
    EXPECT_EQ(allocated, 0U);
}

}  // namespace
}  // namespace tmq::test
