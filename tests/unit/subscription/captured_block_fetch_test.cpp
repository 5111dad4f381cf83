#include "protocol/reply.hpp"
#include "received_frame.hpp"
#include "support/captures.hpp"
#include "tmq/row.hpp"
#include "wire/reader.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tmq::subscription {
namespace {

using namespace test;
using step = message_fetcher::step;

/// A recorded block_conversation in which every message was fetched block by block and then whole with
/// fetch_raw, as two fetchers would have led it: one in each mode. The position, for which nobody asked, is
/// the one in the head of the whole message.
class block_conversation {
  public:
    explicit block_conversation(const char* transcript) {
        in_blocks_.reset(fetch_mode::block);
        whole_.reset(fetch_mode::raw);
        for (const captured_message& received : load_transcript(transcript)) {
            if (!received.from_server) continue;
            if (received.binary)
                take_frame(received.bytes);
            else
                take_text(received.text);
            if (::testing::Test::HasFatalFailure()) return;
        }
    }

    std::vector<message> in_blocks;
    std::vector<message> whole;

  private:
    void take_frame(const std::vector<std::uint8_t>& bytes) {
        const auto id = wire::load_le<std::uint64_t>(bytes.data() + 8);
        if (in_blocks_.next() == step::fetch && in_blocks_.fetch_action() == protocol::action::fetch_block) {
            ASSERT_EQ(id, in_blocks_.binary_id());
            in_blocks_.sent();
            const failure why = received_frame(bytes).give_to(in_blocks_);
            ASSERT_FALSE(why) << why.code.message() << why.context;
            return;
        }
        ASSERT_EQ(whole_.next(), step::fetch);
        whole_.sent();
        const failure why = received_frame(bytes).give_to(whole_);
        ASSERT_FALSE(why) << why.code.message() << why.context;
        whole_.take(whole.emplace_back());

        ASSERT_EQ(in_blocks_.next(), step::fetch);
        ASSERT_EQ(in_blocks_.fetch_action(), protocol::action::position);
        in_blocks_.sent();
        protocol::reply position;
        position.action = protocol::action::position;
        position.has_position = true;
        position.position = {whole.back().next_offset().value()};
        ASSERT_FALSE(in_blocks_.on_fetch_text(position));
        ASSERT_EQ(in_blocks_.next(), step::take);
        in_blocks_.take(in_blocks.emplace_back());
    }
    void take_text(const std::string& text) {
        const std::string padded = text + std::string(protocol::reply_padding, ' ');
        protocol::reply reply;
        ASSERT_EQ(parser_.parse(std::string_view(padded).substr(0, text.size()), reply), base::defect_code{});
        if (reply.action == protocol::action::fetch) {
            in_blocks_.sent();
            ASSERT_FALSE(in_blocks_.on_fetch_text(reply)) << text;
        }
        if (reply.action != protocol::action::poll) return;
        for (message_fetcher* fetcher : {&in_blocks_, &whole_}) {
            ASSERT_EQ(fetcher->next(), step::poll);
            fetcher->sent();
            ASSERT_FALSE(fetcher->on_poll_reply(reply));
        }
    }

    protocol::reply_parser parser_;
    message_fetcher in_blocks_;
    message_fetcher whole_;
};

std::string json_of(const message& received) {
    std::string text;
    for (const block_view block : received.blocks()) {
        text += block.table_name();
        for (const row_view one : block.dynamic_rows())
            text += to_json(one) + '\n';
    }
    return text;
}

TEST(captured_block_fetch, gives_the_same_rows_and_offsets_as_the_whole_message) {
    for (const char* transcript : {"v3.3.5/meters_select_blocks.jsonl", "v3.3.5/types_ms_select_blocks.jsonl",
                                   "v3.3.5/json_tag_blocks.jsonl", "v3.4.1/types_ms_stable_blocks.jsonl"}) {
        const block_conversation led(transcript);
        ASSERT_FALSE(led.whole.empty()) << transcript;
        ASSERT_EQ(led.in_blocks.size(), led.whole.size()) << transcript;
        for (std::size_t i = 0; i < led.whole.size(); ++i) {
            const message& expected = led.whole[i];
            const message& gathered = led.in_blocks[i];
            EXPECT_EQ(gathered.topic(), expected.topic());
            EXPECT_EQ(gathered.vgroup(), expected.vgroup());
            EXPECT_EQ(gathered.offset(), expected.offset());
            EXPECT_EQ(gathered.next_offset(), expected.next_offset()) << transcript;
            EXPECT_EQ(gathered.blocks().size(), expected.blocks().size()) << transcript;
            EXPECT_GT(gathered.row_count(), 0U);
            EXPECT_EQ(gathered.row_count(), expected.row_count()) << transcript;
            EXPECT_EQ(json_of(gathered), json_of(expected)) << transcript;
        }
    }
}

/// Of a topic with metadata: every fetch_json_meta of the transcript, next to the binary form of the same
/// message.
TEST(captured_block_fetch, reads_the_metadata_of_every_message_from_json) {
    for (const char* transcript : {"v3.3.5/database_meta.jsonl", "v3.4.1/database_meta.jsonl",
                                   "v3.3.5/database_meta_batch.jsonl", "v3.4.1/database_meta_batch.jsonl"}) {
        protocol::reply_parser parser;
        protocol::reply reply;
        message_fetcher in_json;
        in_json.reset(fetch_mode::block);
        message_fetcher whole;
        std::size_t metadata = 0;
        message received;
        message expected;
        for (const captured_message& one : load_transcript(transcript)) {
            if (!one.from_server) continue;
            if (one.binary) {
                ASSERT_FALSE(received_frame(one.bytes).give_to(whole));
                whole.take(expected);
                continue;
            }
            const std::string padded = one.text + std::string(protocol::reply_padding, ' ');
            ASSERT_EQ(parser.parse(std::string_view(padded).substr(0, one.text.size()), reply),
                      base::defect_code{});
            if (reply.action == protocol::action::poll) {
                in_json.discard();
                ASSERT_FALSE(in_json.on_poll_reply(reply));
                ASSERT_FALSE(whole.on_poll_reply(reply));
            }
            if (reply.action != protocol::action::fetch_json_meta ||
                in_json.fetch_action() != protocol::action::fetch_json_meta)
                continue;
            const failure why = in_json.on_fetch_text(reply);
            ASSERT_FALSE(why) << one.text;
            if (in_json.next() != step::take) continue;  // rows are due
            in_json.take(received);
            EXPECT_EQ(received.kind(), message_kind::metadata);
            EXPECT_EQ(received.next_offset(), expected.next_offset()) << one.text;
            EXPECT_EQ(received.metas().size(), expected.metas().size()) << one.text;
            ++metadata;
        }
        EXPECT_GT(metadata, 0U) << transcript;
    }
}

}  // namespace
}  // namespace tmq::subscription
