#include "protocol/reply.hpp"
#include "received_frame.hpp"
#include "support/captures.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace tmq::subscription {
namespace {

using namespace test;
using step = message_fetcher::step;

/// A recorded conversation, as the fetcher would have led it: up to its end, or to the first failure.
class raw_conversation {
  public:
    explicit raw_conversation(const char* transcript) {
        for (const captured_message& received : load_transcript(transcript)) {
            if (!received.from_server) continue;
            if (received.binary)
                take_frame(received.bytes);
            else
                take_text(received.text);
            if (why_) return;
        }
    }

    const failure& why() const { return why_; }
    step next() const { return fetcher_.next(); }
    const std::vector<message>& messages() const { return messages_; }
    std::size_t empty_polls() const { return empty_polls_; }
    std::uint64_t rows() const {
        std::uint64_t sum = 0;
        for (const message& received : messages_)
            sum += received.row_count();
        return sum;
    }

  private:
    void take_frame(const std::vector<std::uint8_t>& bytes) {
        ASSERT_EQ(fetcher_.next(), step::fetch);
        fetcher_.sent();
        why_ = received_frame(bytes).give_to(fetcher_);
        if (fetcher_.next() == step::take) fetcher_.take(messages_.emplace_back());
    }
    void take_text(const std::string& text) {
        const std::string padded = text + std::string(protocol::reply_padding, ' ');
        protocol::reply reply;
        ASSERT_EQ(parser_.parse(std::string_view(padded).substr(0, text.size()), reply), base::defect_code{});
        if (reply.action != protocol::action::poll) return;
        ASSERT_EQ(fetcher_.next(), step::poll);
        fetcher_.sent();
        why_ = fetcher_.on_poll_reply(reply);
        if (fetcher_.next() == step::poll) ++empty_polls_;
    }

    protocol::reply_parser parser_;
    message_fetcher fetcher_;
    failure why_;
    std::vector<message> messages_;
    std::size_t empty_polls_ = 0;
};

TEST(captured_conversation, gives_every_row_and_leads_from_each_message_to_the_next_of_its_vgroup) {
    for (const char* transcript : {"v3.3.5/meters_select.jsonl", "v3.4.1/meters_select.jsonl"}) {
        const raw_conversation led(transcript);
        EXPECT_FALSE(led.why()) << transcript << ": " << led.why().context;
        EXPECT_EQ(led.rows(), 300U) << transcript;
        EXPECT_GT(led.empty_polls(), 0U) << transcript;
        EXPECT_EQ(led.next(), step::poll) << transcript;
        std::map<std::int32_t, std::int64_t> position;
        for (const message& received : led.messages()) {
            EXPECT_EQ(received.topic(), "gold_meters");
            EXPECT_EQ(received.database(), "gold_power");
            EXPECT_EQ(received.offset(), position[received.vgroup()]) << transcript;
            EXPECT_GT(received.next_offset(), received.offset()) << transcript;
            position[received.vgroup()] = received.next_offset().value();
        }
        EXPECT_EQ(position.size(), 2U) << transcript;
    }
}

TEST(captured_conversation, gives_every_message_of_topics_with_table_names) {
    for (const char* transcript :
         {"v3.3.5/types_ms_stable.jsonl", "v3.3.5/types_ns_stable.jsonl", "v3.3.5/types_ms_database.jsonl"}) {
        const raw_conversation led(transcript);
        EXPECT_FALSE(led.why()) << transcript << ": " << led.why().context;
        EXPECT_EQ(led.rows(), 123U) << transcript;
        for (const message& received : led.messages())
            for (const block_view block : received.blocks())
                EXPECT_FALSE(block.table_name().empty()) << transcript;
    }
}

TEST(captured_conversation, leads_from_a_snapshot_into_the_log) {
    const raw_conversation led("v3.3.5/types_ms_snapshot.jsonl");
    EXPECT_FALSE(led.why()) << led.why().context;
    EXPECT_EQ(led.rows(), 123U);
    ASSERT_EQ(led.messages().size(), 1U);
    EXPECT_EQ(led.messages().front().offset(), -2147467258);
    EXPECT_EQ(led.messages().front().next_offset(), std::nullopt)
        << "the log begins behind it, but it cannot be committed by an offset";
}

TEST(captured_conversation, gives_changes_of_tables_between_the_rows) {
    for (const char* transcript : {"v3.3.5/database_meta.jsonl", "v3.4.1/database_meta.jsonl"}) {
        const raw_conversation led(transcript);
        EXPECT_FALSE(led.why()) << transcript << ": " << led.why().context;
        std::map<message_kind, std::size_t> kinds;
        for (const message& received : led.messages()) {
            ++kinds[received.kind()];
            EXPECT_EQ(received.metas().empty(), received.kind() == message_kind::data);
            EXPECT_EQ(received.row_count() == 0, received.kind() == message_kind::metadata);
            EXPECT_GT(received.next_offset(), 0);
        }
        EXPECT_EQ(kinds[message_kind::metadata], 8U) << transcript;
        EXPECT_EQ(kinds[message_kind::data], 3U) << transcript;
        EXPECT_EQ(kinds[message_kind::metadata_and_data], 1U) << transcript;
    }
}

TEST(captured_conversation, passes_raw_data_on) {
    const raw_conversation led("v3.4.1/rawdata.jsonl");
    EXPECT_FALSE(led.why()) << led.why().context;
    EXPECT_FALSE(led.messages().empty());
    for (const message& received : led.messages())
        EXPECT_EQ(received.kind(), message_kind::raw_data);
}

}  // namespace
}  // namespace tmq::subscription
