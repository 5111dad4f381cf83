#include "hostile.hpp"
#include "printing.hpp"
#include "support/layout_access.hpp"
#include "support/message_builder.hpp"
#include "wire/data_message.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tmq::wire {
namespace {

using namespace test;

/// A row of three columns. The names have one length, so that schemas differ in nothing else.
block_spec block_of(const std::string& last_name, data_type last_type = data_type::varchar) {
    block_spec spec;
    spec.rows = 1;
    spec.table = "d0";
    spec.columns.push_back(fixed_column("ts", data_type::timestamp, 8, {1000}));
    spec.columns.push_back(fixed_column("current", data_type::real, 4, {1}));
    spec.columns.push_back(bytes_column(last_name, last_type, {"here"}));
    return spec;
}

byte_builder message_of(const std::vector<block_spec>& blocks) {
    message_spec spec;
    spec.blocks = blocks;
    return build_message(spec);
}

/// Reads messages one after the other into one layout, as a consumer does.
struct reader_of_messages {
    defect read(const byte_builder& message) {
        bytes.emplace(message.bytes());
        return parse_data_message(bytes->view(), layout);
    }
    std::vector<std::string> names() const {
        std::vector<std::string> all;
        for (const detail::column_layout& column : layout.columns)
            all.emplace_back(column.name);
        return all;
    }

    std::optional<exact_bytes> bytes;  ///< of the last message only: nothing may point to those before
    detail::message_layout layout;
};

TEST(known_schema, gives_names_of_the_message_itself) {
    reader_of_messages reader;
    for (int round = 0; round < 3; ++round) {
        ASSERT_EQ(reader.read(message_of({block_of("place"), block_of("place")})), defect{});
        EXPECT_EQ(reader.names(),
                  (std::vector<std::string>{"ts", "current", "place", "ts", "current", "place"}));
        EXPECT_TRUE(lies_within(reader.layout, reader.bytes->view()));
        for (std::size_t block = 0; block < 2; ++block)
            EXPECT_EQ(column_of(reader.layout, block, 2).declared_bytes, 66) << block;
    }
}

TEST(known_schema, is_not_taken_for_one_that_differs_in_a_byte) {
    reader_of_messages reader;
    for (const char* name : {"place", "plane", "place", "other", "place"}) {
        ASSERT_EQ(reader.read(message_of({block_of("place"), block_of(name)})), defect{});
        EXPECT_EQ(reader.names(),
                  (std::vector<std::string>{"ts", "current", "place", "ts", "current", name}));
    }
}

TEST(known_schema, must_agree_with_the_types_of_every_block) {
    reader_of_messages reader;
    ASSERT_EQ(reader.read(message_of({block_of("place")})), defect{});
    // The schema says VARCHAR as before, the block VARBINARY.
    byte_builder message = message_of({block_of("place", data_type::varbinary)});
    message.patch("0.schema.type2", as_u8(static_cast<std::uint8_t>(data_type::varchar)));
    EXPECT_EQ(reader.read(message),
              (defect{defect_code::schema_type_mismatch, message.at("0.schema.type2")}));
    EXPECT_EQ(reader.read(message_of({block_of("place", data_type::varbinary)})), defect{});
}

TEST(known_schema, must_have_as_many_columns_as_the_block) {
    reader_of_messages reader;
    ASSERT_EQ(reader.read(message_of({block_of("place")})), defect{});
    block_spec fewer = block_of("place");
    fewer.columns.pop_back();
    message_spec spec;
    spec.blocks = {fewer};
    ASSERT_EQ(reader.read(build_message(spec)), defect{});
    EXPECT_EQ(reader.names(), (std::vector<std::string>{"ts", "current"}));
    // The known schema is the beginning of this one, but for its count.
    byte_builder message = message_of({block_of("place")});
    message.patch("0.schema.columns", byte_builder().zigzag(2));
    EXPECT_EQ(reader.read(message),
              (defect{defect_code::schema_columns_mismatch, message.at("0.schema.columns")}));
}

TEST(known_schema, changes_nothing_for_messages_that_are_cut_short) {
    const byte_builder message = message_of({block_of("place"), block_of("place")});
    for (std::size_t size = 0; size < message.size(); ++size) {
        const byte_builder cut = byte_builder().raw(std::span(message.bytes()).first(size));
        reader_of_messages fresh;
        const defect expected = fresh.read(cut);
        reader_of_messages reader;
        ASSERT_EQ(reader.read(message), defect{});
        ASSERT_EQ(reader.read(cut), expected) << size;
    }
}

TEST(known_schema, changes_nothing_for_messages_with_a_wrong_byte) {
    const byte_builder message = message_of({block_of("place"), block_of("place")});
    for (std::size_t at = message.at("0.schema.columns"); at < message.size(); ++at) {
        for (const unsigned value : {0U, 1U, 0x7FU, 0x80U, 0xFFU}) {
            std::vector<std::uint8_t> bytes = message.bytes();
            bytes[at] = static_cast<std::uint8_t>(value);
            const byte_builder changed = byte_builder().raw(bytes);
            reader_of_messages fresh;
            const defect expected = fresh.read(changed);
            reader_of_messages reader;
            ASSERT_EQ(reader.read(message), defect{});
            ASSERT_EQ(reader.read(changed), expected) << at << " = " << value;
            ASSERT_EQ(reader.names(), fresh.names()) << at << " = " << value;
        }
    }
}

}  // namespace
}  // namespace tmq::wire
