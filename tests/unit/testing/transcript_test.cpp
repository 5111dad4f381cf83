#include "tmq/testing/transcript.hpp"
#include "tmq/testing/server.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

namespace tmq::test {
namespace {

const std::string path = TMQ_TEST_DATA "/v3.3.5/meters_select.jsonl";

std::string text_of_file() {
    std::ifstream file(path, std::ios::binary);
    return (std::ostringstream() << file.rdbuf()).str();
}

TEST(transcript, counts_the_messages_of_a_file_and_of_its_text) {
    const auto from_file = testing::transcript::from_file(path);
    EXPECT_EQ(from_file.size(), 2U);
    EXPECT_FALSE(from_file.empty());
    EXPECT_EQ(testing::transcript::parse(text_of_file()).size(), 2U);
}

TEST(transcript, is_empty_if_nothing_was_fetched) {
    EXPECT_TRUE(testing::transcript::parse("").empty());
    EXPECT_TRUE(testing::transcript::parse("\n"
                                           R"({"dir":">","text":"{}"})"
                                           "\n")
                    .empty());
}

TEST(transcript, reports_the_file_that_cannot_be_opened) {
    try {
        testing::transcript::from_file("/no/such/file");
        FAIL();
    } catch (const std::runtime_error& error) {
        EXPECT_STREQ(error.what(), "/no/such/file: cannot be opened");
    }
}

TEST(transcript, reports_the_line_that_is_not_one_of_a_conversation) {
    try {
        testing::transcript::parse(text_of_file() + "\nnot JSON\n");
        FAIL();
    } catch (const std::runtime_error& error) {
        EXPECT_NE(std::string(error.what()).find("line "), std::string::npos) << error.what();
    }
}

TEST(transcript, can_be_loaded_into_several_servers_and_twice_into_one) {
    const auto recorded = testing::transcript::from_file(path);
    testing::server first, second;
    EXPECT_EQ(first.load(recorded), 2U);
    EXPECT_EQ(first.load(recorded), 0U) << "the log has these messages already";
    EXPECT_EQ(second.load(recorded), 2U);
}

}  // namespace
}  // namespace tmq::test
