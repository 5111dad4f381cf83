#include "captured_changes.hpp"
#include "printing.hpp"
#include "protocol/json_meta.hpp"
#include "support/bytes.hpp"
#include "wire/data_message.hpp"
#include "wire/meta/meta_message.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>

namespace tmq {
namespace {

using namespace test;
using wire::defect;

/// Also reads messages of rows and tables, for the tables alone.
defect read(std::uint16_t raw_type, std::span<const std::uint8_t> raw, std::vector<meta>& changes) {
    if (raw_type != wire::raw_type_meta_data) return wire::parse_meta_message(raw_type, raw, changes);
    detail::message_layout layout;
    std::vector<std::span<const std::uint8_t>> items;
    changes.clear();
    if (const defect error = wire::parse_meta_data_message(raw, layout, items)) return error;
    return wire::parse_created_tables(raw, items, changes);
}

std::vector<captured_change> all_captured() {
    std::vector<captured_change> all;
    for (const auto& transcript : transcripts_with_changes) {
        for (auto& change : load_changes(transcript))
            all.push_back(std::move(change));
    }
    return all;
}

TEST(captured_meta_message, is_refused_when_it_is_cut_anywhere) {
    std::vector<meta> changes;
    for (const auto& change : all_captured()) {
        if (change.raw_type == wire::raw_type_meta_data) continue;
        for (std::size_t size = 0; size < change.raw.size(); ++size) {
            const exact_bytes prefix{std::span(change.raw).first(size)};
            ASSERT_TRUE(wire::parse_meta_message(change.raw_type, prefix.view(), changes))
                << change.raw_type << " cut to " << size;
            ASSERT_TRUE(changes.empty());
        }
    }
}

TEST(captured_meta_message, is_refused_when_it_is_cut_and_its_head_says_so) {
    // Then the length inside gives it away. Only a deletion has none: it may end before the time, before who
    // asked for it, and before what servers of 3.4.1 have behind.
    std::vector<meta> changes;
    for (const auto& change : all_captured()) {
        if (change.raw_type < wire::raw_type_created_tables) continue;
        std::set<std::size_t> missing;
        for (std::size_t size = 8; size < change.raw.size(); ++size) {
            exact_bytes prefix{std::span(change.raw).first(size)};
            for (unsigned i = 0; i < 4; ++i)
                prefix[i] = static_cast<std::uint8_t>(size >> 8 * i);
            if (!wire::parse_meta_message(change.raw_type, prefix.view(), changes))
                missing.insert(change.raw.size() - size);
        }
        const bool is_deletion = change.raw_type == wire::raw_type_deletion;
        const bool one_byte_more = is_deletion && change.raw.size() == 59;
        const std::set<std::size_t> expected = !is_deletion    ? std::set<std::size_t>{}
                                               : one_byte_more ? std::set<std::size_t>{1, 2, 10}
                                                               : std::set<std::size_t>{1, 9};
        EXPECT_EQ(missing, expected) << change.raw_type;
    }
}

TEST(captured_meta_message, is_read_within_its_bytes_whichever_byte_is_changed) {
    std::vector<meta> changes;
    std::size_t accepted = 0;
    std::size_t refused = 0;
    for (const auto& change : all_captured()) {
        exact_bytes raw(change.raw);
        for (std::size_t at = 0; at < change.raw.size(); ++at) {
            const std::uint8_t was = raw[at];
            for (const unsigned changed : {was ^ 0x01U, was ^ 0x80U, 0x00U, 0x7FU, 0xFFU}) {
                if (changed == was) continue;
                raw[at] = static_cast<std::uint8_t>(changed);
                const defect error = read(change.raw_type, raw.view(), changes);
                ASSERT_LE(error.position, change.raw.size());
                ASSERT_EQ(changes.empty(), static_cast<bool>(error));
                for (const meta& one : changes)
                    ASSERT_FALSE(to_json(one).empty());
                ++(error ? refused : accepted);
            }
            raw[at] = was;
        }
    }
    EXPECT_GT(accepted, 1'000U);
    EXPECT_GT(refused, 1'000U);
}

TEST(captured_meta_message, is_read_within_its_bytes_when_several_bytes_are_changed) {
    std::mt19937 random(13);
    std::vector<meta> changes;
    const auto originals = all_captured();
    for (int round = 0; round < 20'000; ++round) {
        const auto& original = originals[random() % originals.size()];
        exact_bytes raw(original.raw);
        for (auto count = random() % 4 + 2; count > 0; --count) {
            std::uint8_t& byte = raw[random() % original.raw.size()];
            byte = static_cast<std::uint8_t>(byte + random() % 9 - 4);
        }
        const defect error = read(original.raw_type, raw.view(), changes);
        ASSERT_LE(error.position, original.raw.size());
        for (const meta& one : changes)
            ASSERT_FALSE(to_json(one).empty());
    }
}

TEST(captured_meta_message, is_read_as_any_other_type_without_harm) {
    std::vector<meta> changes;
    for (const auto& change : all_captured()) {
        const exact_bytes raw(change.raw);
        for (const int raw_type : {4, 5, 515, 517, 519, 531, 533, 535, 579}) {
            const defect error = read(static_cast<std::uint16_t>(raw_type), raw.view(), changes);
            EXPECT_LE(error.position, change.raw.size());
        }
    }
}

TEST(captured_json, is_refused_when_it_is_cut_anywhere) {
    std::vector<meta> changes;
    for (const auto& change : all_captured()) {
        for (std::size_t size = 0; size < change.json.size(); ++size) {
            const exact_bytes prefix{
                std::span(reinterpret_cast<const std::uint8_t*>(change.json.data()), size)};
            const std::string_view text(reinterpret_cast<const char*>(prefix.view().data()), size);
            ASSERT_EQ(protocol::parse_json_meta(text, changes), base::defect_code::reply_not_json) << text;
        }
    }
}

TEST(captured_json, is_read_within_its_bytes_whatever_is_changed_in_it) {
    std::mt19937 random(17);
    std::vector<meta> changes;
    const auto originals = all_captured();
    std::size_t good = 0;
    std::size_t refused = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::string text = originals[random() % originals.size()].json;
        for (auto count = random() % 3 + 1; count > 0; --count) {
            char& byte = text[random() % text.size()];
            byte = random() % 2 == 0 ? static_cast<char>(random())
                                     : "{}[]\",:\\0123456789-+.eEtfnu "[random() % 28];
        }
        const exact_bytes exact{std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size())};
        const base::defect_code result = protocol::parse_json_meta(
            {reinterpret_cast<const char*>(exact.view().data()), text.size()}, changes);
        ASSERT_TRUE(result == base::defect_code{} || result == base::defect_code::reply_not_json ||
                    result == base::defect_code::reply_malformed)
            << text;
        ASSERT_TRUE(result == base::defect_code{} || changes.empty());
        for (const meta& one : changes)
            ASSERT_FALSE(to_json(one).empty());
        ++(result == base::defect_code{} ? good : refused);
    }
    EXPECT_GT(good, 1'000U);
    EXPECT_GT(refused, 1'000U);
}

}  // namespace
}  // namespace tmq
