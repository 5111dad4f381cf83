#include "embedded_server/encode/raw_head.hpp"
#include "embedded_server/encode/block_writer.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace tmq::test {

using namespace testing;

namespace {

using embedded::encode::raw_message;
using embedded::encode::shared_bytes;
using bytes = std::vector<std::byte>;

shared_bytes stored(bytes content) { return std::make_shared<const bytes>(std::move(content)); }

bytes one_row(std::int64_t request, std::int64_t response) {
    block_builder block;
    block.column("v", data_type::integer).row(7);
    return embedded::encode::encode_data_message(std::span(&block, 1), topic_kind::select, request, response);
}

/// What a client gets.
bytes bytes_of(const raw_message& message) {
    bytes all;
    for (const char one : message.head)
        all.push_back(static_cast<std::byte>(one));
    all.insert(all.end(), message.stored->begin() + static_cast<std::ptrdiff_t>(message.skipped),
               message.stored->end());
    return all;
}

TEST(raw_head, of_the_offsets_it_has_already_is_served_as_it_is_stored) {
    const shared_bytes raw = stored(one_row(3, 5));
    const raw_message same = embedded::encode::with_offsets(raw, 3, 5);
    EXPECT_EQ(same.stored, raw);
    EXPECT_EQ(same.skipped, 0U);
    EXPECT_EQ(same.head, "");
    EXPECT_EQ(same.size(), raw->size());
}

TEST(raw_head, of_other_offsets_is_written_and_what_is_behind_it_stays_where_it_is) {
    const shared_bytes raw = stored(one_row(3, 5));
    const raw_message other = embedded::encode::with_offsets(raw, 1LL << 40, (1LL << 40) + 2);
    EXPECT_EQ(other.stored, raw);
    EXPECT_EQ(other.skipped, 23U);
    EXPECT_EQ(other.size(), raw->size());
    EXPECT_EQ(bytes_of(other), one_row(1LL << 40, (1LL << 40) + 2));
    EXPECT_EQ(bytes_of(embedded::encode::with_offsets(raw, 3, 6)), one_row(3, 6)) << "one of them is enough";
    EXPECT_EQ(bytes_of(embedded::encode::with_offsets(raw, 4, 5)), one_row(4, 5));
}

TEST(raw_head, of_raw_data_is_written_too) {
    const auto bare = [](std::int64_t request, std::int64_t response) {
        const bytes whole = one_row(request, response);
        return bytes(whole.begin() + 5, whole.end());
    };
    const raw_message other = embedded::encode::with_offsets(stored(bare(3, 5)), 4, 6);
    EXPECT_EQ(other.skipped, 18U);
    EXPECT_EQ(bytes_of(other), bare(4, 6));
}

TEST(raw_head, that_has_no_two_offsets_of_a_log_stays_as_it_is) {
    const bytes whole = one_row(3, 5);
    for (std::size_t size = 0; size < 23; ++size) {
        const bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        EXPECT_EQ(bytes_of(embedded::encode::with_offsets(stored(part), 4, 6)), part) << size;
    }
    bytes snapshot = whole;
    snapshot[5] = std::byte{0x12};
    EXPECT_EQ(bytes_of(embedded::encode::with_offsets(stored(snapshot), 4, 6)), snapshot);
    bytes overlapping = whole;
    overlapping[1] = std::byte{9};
    EXPECT_EQ(bytes_of(embedded::encode::with_offsets(stored(overlapping), 4, 6)), overlapping);
}

}  // namespace
}  // namespace tmq::test
