#include "protocol/reply.hpp"

#include "padded_reply.hpp"
#include "support/allocation_counter.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tmq::protocol {
namespace {

using namespace test;

const char* const announcement =
    R"({"code":0,"message":"","action":"poll","req_id":3,"timing":953631,"have_message":true,"topic":"meters","database":"power",)"
    R"("vgroup_id":39,"message_type":1,"message_id":1,"offset":16})";

class reply_test : public ::testing::Test {
  protected:
    defect_code parse(std::string_view text) {
        received_ = padded_reply(text);
        return parser_.parse(received_.text(), reply_);
    }
    void expect_good(std::string_view text) { ASSERT_EQ(name_of(parse(text)), "success") << text; }
    void expect_malformed(std::string_view text) {
        EXPECT_EQ(name_of(parse(text)), name_of(defect_code::reply_malformed)) << text;
    }
    void expect_refused(std::string_view text) {
        const defect_code result = parse(text);
        EXPECT_TRUE(result == defect_code::reply_not_json || result == defect_code::reply_malformed)
            << text << ": " << name_of(result);
    }

    reply_parser parser_;
    padded_reply received_{""};
    reply reply_;
};

TEST_F(reply_test, gives_every_field_of_an_announced_message) {
    expect_good(announcement);
    EXPECT_EQ(reply_.action, action::poll);
    EXPECT_TRUE(reply_.has_req_id);
    EXPECT_EQ(reply_.req_id, 3U);
    EXPECT_TRUE(reply_.has_code);
    EXPECT_EQ(reply_.code, 0U);
    EXPECT_EQ(reply_.message, "");
    EXPECT_EQ(reply_.timing_ns, 953'631);
    EXPECT_TRUE(reply_.has_have_message);
    EXPECT_TRUE(reply_.have_message);
    EXPECT_EQ(reply_.topic, "meters");
    EXPECT_EQ(reply_.database, "power");
    EXPECT_EQ(reply_.vgroup, 39);
    EXPECT_EQ(reply_.message_type, 1);
    EXPECT_EQ(reply_.message_id, 1U);
    EXPECT_EQ(reply_.offset, 16);
    EXPECT_FALSE(reply_.has_assignment);
    EXPECT_FALSE(reply_.has_position);
    EXPECT_EQ(reply_.version, "");
}

TEST_F(reply_test, has_its_fields_in_any_order) {
    std::vector<std::string> members = {R"("code":16385)",         R"("message":"Consumer mismatch")",
                                        R"("action":"position")",  R"("req_id":9)",
                                        R"("have_message":false)", R"("position":[5,6])"};
    std::sort(members.begin(), members.end());
    do {
        std::string text;
        for (const auto& member : members)
            text += (text.empty() ? '{' : ',') + member;
        expect_good(text + '}');
        ASSERT_EQ(reply_.action, action::position) << text;
        ASSERT_EQ(reply_.code, 16385U) << text;
        ASSERT_EQ(reply_.message, "Consumer mismatch") << text;
        ASSERT_EQ(reply_.req_id, 9U) << text;
        ASSERT_TRUE(reply_.has_have_message) << text;
        ASSERT_EQ(reply_.position, (std::vector<std::int64_t>{5, 6})) << text;
    } while (std::next_permutation(members.begin(), members.end()));
}

TEST_F(reply_test, may_separate_its_fields_by_white_space) {
    expect_good("\t{ \"action\" :\r\n \"position\" , \"position\" : [ 1 , 2 ] } \n");
    EXPECT_EQ(reply_.action, action::position);
    EXPECT_EQ(reply_.position, (std::vector<std::int64_t>{1, 2}));
}

TEST_F(reply_test, skips_fields_that_it_does_not_know) {
    expect_good(
        R"({"a":{"code":7,"x":[{"y":[]}]},"code_":[1,[2,{"code":8}],"]}"],"timings":"x","":5,"z":null,"list_instance":["h:6041"],)"
        R"("code":1,"data":{"type":"create","columns":[{"name":"ts","type":9}]},"version_":-1e300,"q":"\"}","req_id":2})");
    EXPECT_EQ(reply_.code, 1U);
    EXPECT_EQ(reply_.req_id, 2U);
    EXPECT_EQ(reply_.version, "");
    EXPECT_EQ(reply_.timing_ns, 0);
    EXPECT_FALSE(reply_.has_list_instances);
}

TEST_F(reply_test, skips_unknown_fields_of_any_depth) {
    constexpr std::size_t depth = 100'000;
    std::string text = R"({"deep":)" + std::string(depth, '[') + std::string(depth, ']') + R"(,"code":5})";
    expect_good(text);
    EXPECT_EQ(reply_.code, 5U);
    expect_malformed(R"({"position":)" + std::string(depth, '[') + std::string(depth, ']') + "}");
    expect_refused(R"({"deep":)" + std::string(depth, '['));
}

TEST_F(reply_test, leaves_what_is_missing_at_its_default) {
    expect_good(announcement);
    expect_good("{}");
    EXPECT_EQ(reply_.action, action::unknown);
    EXPECT_FALSE(reply_.has_req_id);
    EXPECT_FALSE(reply_.has_code);
    EXPECT_FALSE(reply_.has_have_message);
    EXPECT_FALSE(reply_.have_message);
    EXPECT_FALSE(reply_.has_assignment);
    EXPECT_FALSE(reply_.has_position);
    EXPECT_FALSE(reply_.has_committed);
    EXPECT_FALSE(reply_.has_topics);
    EXPECT_FALSE(reply_.has_list_instances);
    EXPECT_FALSE(reply_.has_completed);
    EXPECT_FALSE(reply_.has_data);
    EXPECT_EQ(reply_.message, "");
    EXPECT_EQ(reply_.topic, "");
    EXPECT_EQ(reply_.database, "");
    EXPECT_EQ(reply_.vgroup, 0);
    EXPECT_EQ(reply_.message_type, 0);
    EXPECT_EQ(reply_.message_id, 0U);
    EXPECT_EQ(reply_.offset, 0);
    EXPECT_EQ(reply_.timing_ns, 0);
}

TEST_F(reply_test, gives_an_action_that_it_does_not_know_as_unknown) {
    expect_good(R"({"action":"fetch_all","code":0})");
    EXPECT_EQ(reply_.action, action::unknown);
}

TEST_F(reply_test, gives_the_assigned_vgroups) {
    expect_good(
        R"({"assignment":[{"vgroup_id":39,"offset":1,"begin":0,"end":11},{"end":-1,"begin":-1,"more":[{}],"offset":-1,"vgroup_id":40}]})");
    EXPECT_TRUE(reply_.has_assignment);
    EXPECT_EQ(reply_.assignment, (std::vector<vgroup_assignment>{vgroup_assignment(39, 1, 0, 11),
                                                                 vgroup_assignment(40, -1, -1, -1)}));
}

TEST_F(reply_test, gives_committed_offsets_and_topics) {
    expect_good(R"({"committed":[19,-2147467247],"topics":["meters","a\u003cb"]})");
    EXPECT_TRUE(reply_.has_committed);
    EXPECT_EQ(reply_.committed, (std::vector<std::int64_t>{19, -2147467247}));
    EXPECT_TRUE(reply_.has_topics);
    EXPECT_EQ(reply_.topics, (std::vector<std::string_view>{"meters", "a<b"}));
}

TEST_F(reply_test, gives_the_addresses_of_the_adapters_as_they_were_sent) {
    expect_good(
        R"({"action":"subscribe","code":0,"version":"3.4.1.6.community","list_instances":["vm:6441","[::1]:6041","","\u003a"]})");
    EXPECT_TRUE(reply_.has_list_instances);
    EXPECT_EQ(reply_.list_instances, (std::vector<std::string_view>{"vm:6441", "[::1]:6041", "", ":"}));
    expect_good(R"({"action":"subscribe","code":0})");
    EXPECT_FALSE(reply_.has_list_instances);
    EXPECT_TRUE(reply_.list_instances.empty());
}

TEST_F(reply_test, keeps_the_first_64_addresses_and_checks_the_others) {
    const auto with = [](std::size_t count, const std::string& last) {
        std::string list;
        for (std::size_t i = 0; i < count; ++i)
            list += "\"a:" + std::to_string(i) + "\",";
        return R"({"list_instances":[)" + list + last + R"(],"code":3})";
    };
    expect_good(with(63, R"("b:1")"));
    ASSERT_EQ(reply_.list_instances.size(), 64U);
    EXPECT_EQ(reply_.list_instances.back(), "b:1");
    for (const std::size_t more : {std::size_t{64}, std::size_t{10'000}}) {
        expect_good(with(more, R"("b:1")"));
        ASSERT_EQ(reply_.list_instances.size(), 64U);
        EXPECT_EQ(reply_.list_instances.front(), "a:0");
        EXPECT_EQ(reply_.list_instances.back(), "a:63");
        EXPECT_EQ(reply_.code, 3U);
        expect_malformed(with(more, "1"));
    }
    expect_good(R"({"list_instances":["a"],"list_instances":["b"]})");
    EXPECT_EQ(reply_.list_instances, (std::vector<std::string_view>{"a", "b"}));
}

TEST_F(reply_test, describes_the_next_block) {
    expect_good(
        R"({"completed":false,"table_name":"d0","rows":37,"fields_count":2,"fields_names":["ts","place"],"fields_types":[9,255],)"
        R"("fields_lengths":[8,64],"precision":1})");
    EXPECT_TRUE(reply_.has_completed);
    EXPECT_FALSE(reply_.completed);
    EXPECT_EQ(reply_.table_name, "d0");
    EXPECT_EQ(reply_.rows, 37);
    EXPECT_EQ(reply_.fields_count, 2);
    EXPECT_EQ(reply_.fields_names, (std::vector<std::string_view>{"ts", "place"}));
    EXPECT_EQ(reply_.fields_types, (std::vector<std::uint8_t>{9, 255}));
    EXPECT_EQ(reply_.precision, 1);
}

TEST_F(reply_test, gives_the_data_of_metadata_as_they_were_sent) {
    expect_good(R"({"data":{"type":"drop", "names":["}{",{}]},"code":3})");
    EXPECT_TRUE(reply_.has_data);
    EXPECT_EQ(reply_.data, R"({"type":"drop", "names":["}{",{}]})");
    EXPECT_EQ(reply_.code, 3U);
    expect_good(R"({"data":{},"code":4})");
    EXPECT_EQ(reply_.data, "{}");
    expect_good(R"({"data":null,"code":5})");
    EXPECT_TRUE(reply_.has_data);
    EXPECT_EQ(reply_.data, "null");
    EXPECT_EQ(reply_.code, 5U);
    expect_good(R"({"code":6})");
    EXPECT_FALSE(reply_.has_data);
    for (const char* text : {R"({"data":[]})", R"({"data":1})", R"({"data":"{}"})", R"({"data":nul})"})
        expect_malformed(text);
}

TEST_F(reply_test, has_nothing_in_a_list_that_is_empty_or_null) {
    for (const char* text :
         {R"({"assignment":[],"position":[],"committed":[],"topics":[],"list_instances":[],)"
          R"("fields_names":[],"fields_types":[],"code":3})",
          R"({"assignment":null,"position":null,"committed":null,"topics":null,"list_instances":null,)"
          R"("fields_names":null,"fields_types":null,"code":3})"}) {
        expect_good(
            R"({"assignment":[{"vgroup_id":39,"offset":1,"begin":0,"end":11}],"position":[1,2],"committed":[1],"topics":["t"],)"
            R"("list_instances":["i"],"fields_names":["f"],"fields_types":[9]})");
        expect_good(text);
        EXPECT_TRUE(reply_.has_committed);
        EXPECT_TRUE(reply_.committed.empty());
        EXPECT_TRUE(reply_.has_topics);
        EXPECT_TRUE(reply_.topics.empty());
        EXPECT_TRUE(reply_.has_list_instances);
        EXPECT_TRUE(reply_.list_instances.empty());
        EXPECT_TRUE(reply_.fields_names.empty());
        EXPECT_TRUE(reply_.fields_types.empty());
        EXPECT_TRUE(reply_.has_assignment);
        EXPECT_TRUE(reply_.assignment.empty());
        EXPECT_TRUE(reply_.has_position);
        EXPECT_TRUE(reply_.position.empty());
        EXPECT_EQ(reply_.code, 3U);
    }
}

TEST_F(reply_test, gives_numbers_to_the_ends_of_their_types) {
    expect_good(
        R"({"req_id":18446744073709551615,"message_id":18446744073709551615,"code":4294967295,"offset":-9223372036854775808,)"
        R"("timing":9223372036854775807,"vgroup_id":-2147483648,"message_type":2147483647,"position":[9223372036854775807,-9223372036854775808]})");
    constexpr auto max_u64 = std::numeric_limits<std::uint64_t>::max();
    constexpr auto min_i64 = std::numeric_limits<std::int64_t>::min();
    constexpr auto max_i64 = std::numeric_limits<std::int64_t>::max();
    EXPECT_EQ(reply_.req_id, max_u64);
    EXPECT_EQ(reply_.message_id, max_u64);
    EXPECT_EQ(reply_.code, std::numeric_limits<std::uint32_t>::max());
    EXPECT_EQ(reply_.offset, min_i64);
    EXPECT_EQ(reply_.timing_ns, max_i64);
    EXPECT_EQ(reply_.vgroup, std::numeric_limits<std::int32_t>::min());
    EXPECT_EQ(reply_.message_type, std::numeric_limits<std::int32_t>::max());
    EXPECT_EQ(reply_.position, (std::vector<std::int64_t>{max_i64, min_i64}));
}

TEST_F(reply_test, is_malformed_when_a_number_is_outside_its_type) {
    for (const char* text :
         {R"({"req_id":18446744073709551616})",
          R"({"req_id":-1})",
          R"({"message_id":18446744073709551616})",
          R"({"message_id":-1})",
          R"({"code":4294967296})",
          R"({"code":-1})",
          R"({"offset":9223372036854775808})",
          R"({"offset":-9223372036854775809})",
          R"({"timing":9223372036854775808})",
          R"({"vgroup_id":2147483648})",
          R"({"vgroup_id":-2147483649})",
          R"({"message_type":2147483648})",
          R"({"message_type":-2147483649})",
          R"({"position":[9223372036854775808]})",
          R"({"fields_types":[256]})",
          R"({"fields_types":[-1]})",
          R"({"rows":9223372036854775808})",
          R"({"req_id":99999999999999999999999999})",
          R"({"assignment":[{"vgroup_id":2147483648,"offset":1,"begin":0,"end":1}]})",
          R"({"assignment":[{"vgroup_id":1,"offset":9223372036854775808,"begin":0,"end":1}]})"})
        expect_malformed(text);
}

TEST_F(reply_test, is_malformed_when_a_field_has_another_type) {
    using list = std::vector<const char*>;
    const list not_a_number = {R"("1")", "1.0", "1e3", "true", "null", "[]",
                               "[1]",    "{}",  "01",  "1x",   "-",    "nothing"};
    const list not_a_string = {"1", "true", "null", "[]", R"(["a"])", "{}", "nothing"};
    const list not_a_bool = {"0", "1", R"("true")", "null", "[]", "{}", "truth", "tru", "falsehood"};
    const list not_a_list = {"1", "true", R"("[]")", "{}", "nothing", "nul", "nullx", "null0"};
    const std::vector<std::pair<const char*, list>> fields = {
        {"code", not_a_number},         {"req_id", not_a_number},     {"timing", not_a_number},
        {"vgroup_id", not_a_number},    {"message_id", not_a_number}, {"offset", not_a_number},
        {"message_type", not_a_number}, {"action", not_a_string},     {"message", not_a_string},
        {"topic", not_a_string},        {"database", not_a_string},   {"version", not_a_string},
        {"have_message", not_a_bool},   {"assignment", not_a_list},   {"position", not_a_list},
        {"committed", not_a_list},      {"topics", not_a_list},       {"completed", not_a_bool},
        {"table_name", not_a_string},   {"rows", not_a_number},       {"fields_count", not_a_number},
        {"fields_names", not_a_list},   {"fields_types", not_a_list}, {"precision", not_a_number},
        {"list_instances", not_a_list},
    };
    for (const auto& [name, values] : fields) {
        for (const char* value : values) {
            expect_malformed(std::string("{\"") + name + "\":" + value + "}");
            expect_malformed(std::string("{\"x\":1,\"") + name + "\":" + value + ",\"y\":2}");
        }
    }
}

TEST_F(reply_test, is_malformed_when_a_list_has_other_elements) {
    for (const char* element : {"null", "1.5", R"("1")", "true", "[1]", "{}"})
        expect_malformed(std::string(R"({"position":[1,)") + element + "]}");
    for (const char* element : {"null", "1", "true", R"(["a:1"])", "{}", "a:1"})
        expect_malformed(std::string(R"({"list_instances":["a:1",)") + element + "]}");
    for (const char* element :
         {"null", "1", R"("x")", "true", "[]", "{}", R"({"vgroup_id":1,"offset":1,"begin":0})",
          R"({"vgroup_id":1,"offset":1,"end":0})", R"({"vgroup_id":1,"begin":1,"end":0})",
          R"({"offset":1,"begin":1,"end":0})", R"({"vgroup_id":"1","offset":1,"begin":0,"end":0})",
          R"({"vgroup_id":1,"offset":null,"begin":0,"end":0})",
          R"({"vgroup_id":1,"offset":1,"begin":0.5,"end":0})"})
        expect_malformed(std::string(R"({"assignment":[)") + element + "]}");
}

TEST_F(reply_test, is_refused_unless_it_is_one_json_object) {
    for (const char* text : {"",
                             " ",
                             "null",
                             "true",
                             "1",
                             R"("x")",
                             "[]",
                             R"([{"code":0}])",
                             "{",
                             "}",
                             "{]",
                             R"({"a"})",
                             R"({"a":})",
                             R"({"code":0)",
                             R"({"code":})",
                             R"({"code":0,})",
                             R"({"code" 0})",
                             R"({"code":0 "req_id":1})",
                             R"({code:0})",
                             R"({"code":0}})",
                             R"({"code":0}{})",
                             R"({"code":0} x)",
                             R"({"message":"open)",
                             R"({"message":"a)",
                             "\xEF\xBB\xBF{}",
                             "{\"message\":\"\xFF\"}",
                             "{\"message\":\"a\nb\"}",
                             R"({"message":"\x"})",
                             R"({"message":"\u12"})",
                             R"({"position":[1,2})",
                             R"({"position":[1 2]})",
                             R"({"position":[1,]})"})
        expect_refused(text);
    expect_refused(std::string_view("\0", 1));
    expect_refused(std::string_view("{}\0", 3));
}

TEST_F(reply_test, decodes_the_escapes_of_its_strings_and_keys) {
    expect_good(R"({"message":"strconv.ParseBool: parsing \"maybe\"\\\n\u00e9\ud83d\ude00","\u0063ode":5})");
    EXPECT_EQ(reply_.message, "strconv.ParseBool: parsing \"maybe\"\\\n\xC3\xA9\xF0\x9F\x98\x80");
    EXPECT_EQ(reply_.code, 5U);
}

TEST_F(reply_test, may_be_long) {
    const std::string longest(1'000'000, 'm');
    expect_good(R"({"message":")" + longest + R"(","code":1})");
    EXPECT_EQ(reply_.message, longest);
    expect_good(R"({"message":"short"})");
    EXPECT_EQ(reply_.message, "short");
    EXPECT_FALSE(reply_.has_code);
}

TEST_F(reply_test, does_not_depend_on_the_bytes_behind_it) {
    for (const std::string_view behind : {" ", "}", "\"", "0", ",\"code\":1}", "\xFF", "{", "]"}) {
        const padded_reply received(announcement, behind);
        EXPECT_EQ(name_of(parser_.parse(received.text(), reply_)), "success") << behind;
        EXPECT_EQ(reply_.offset, 16);
        const padded_reply cut(
            std::string_view(announcement).substr(0, std::string_view(announcement).size() - 1), behind);
        EXPECT_NE(name_of(parser_.parse(cut.text(), reply_)), "success") << behind;
    }
}

TEST_F(reply_test, can_be_parsed_after_one_that_was_refused) {
    expect_malformed(R"({"code":"x","topic":"t"})");
    expect_refused(R"({"code":)");
    expect_good(announcement);
    EXPECT_EQ(reply_.topic, "meters");
}

TEST_F(reply_test, is_parsed_by_somebody_who_moved_the_parser) {
    expect_good(announcement);
    reply_parser moved = std::move(parser_);
    EXPECT_EQ(reply_.topic, "meters");
    EXPECT_EQ(name_of(moved.parse(padded_reply("{\"code\":4}").text(), reply_)), "success");
    EXPECT_EQ(reply_.code, 4U);
}

TEST_F(reply_test, costs_no_allocation_once_one_of_its_size_was_seen) {
    if (!counts_allocations()) GTEST_SKIP() << "allocations cannot be counted here";
    for (
        const char* text :
        {announcement, R"({"code":65535,"message":"fail","action":"subscribe","req_id":1,"timing":2})",
         R"({"assignment":[{"vgroup_id":39,"offset":1,"begin":0,"end":11},{"vgroup_id":40,"offset":1,"begin":0,"end":11}],"position":[1,2]})",
         R"({"code":0,"action":"subscribe","list_instances":["a:6041","b:6041","c:6041"]})"}) {
        const padded_reply received(text);
        const allocation_counter first;
        const defect_code before = parser_.parse(received.text(), reply_);
        const auto allocations_before = first.count();
        const allocation_counter second;
        const defect_code after = parser_.parse(received.text(), reply_);
        const auto allocations_after = second.count();
        EXPECT_EQ(name_of(before), "success");
        EXPECT_EQ(name_of(after), "success");
        EXPECT_EQ(allocations_after, 0U) << text;
        EXPECT_TRUE(text != announcement || allocations_before > 0) << "the counter does not count";
    }
}

std::string list_of(std::size_t count, std::string_view item) {
    std::string list = "[";
    for (std::size_t i = 0; i < count; ++i) {
        if (i != 0) list += ',';
        list += item;
    }
    return list + ']';
}

struct list_row {
    const char* key;
    const char* action;  ///< the one that has it
    const char* item;
};

const std::vector<list_row> lists = {
    {"assignment", "assignment", R"({"vgroup_id":1,"offset":1,"begin":0,"end":1})"},
    {"position", "position", "0"},
    {"committed", "committed", "0"},
    {"topics", "list_topics", R"("")"},
    {"list_instances", "subscribe", R"("")"},
    {"fields_names", "fetch", R"("")"},
    {"fields_types", "fetch", "0"},
};

std::size_t items_in(const reply& read) {
    return read.assignment.size() + read.position.size() + read.committed.size() + read.topics.size() +
           read.list_instances.size() + read.fields_names.size() + read.fields_types.size();
}

TEST_F(reply_test, skips_lists_of_other_actions) {
    for (const list_row& list : lists) {
        for (const char* action : {"poll", "version", "fetch_json_meta", "assignment", "position", "fetch"}) {
            if (std::string_view(action) == list.action) continue;
            expect_good(fmt::format(R"({{"action":"{}","{}":{},"code":3}})", action, list.key,
                                    list_of(3, list.item)));
            EXPECT_EQ(items_in(reply_), 0U) << list.key << " in " << action;
            EXPECT_EQ(reply_.code, 3U);
        }
        expect_good(
            fmt::format(R"({{"action":"{}","{}":{}}})", list.action, list.key, list_of(3, list.item)));
        EXPECT_EQ(items_in(reply_), 3U) << list.key;
        expect_good(fmt::format(R"({{"action":"of_tomorrow","{}":{}}})", list.key, list_of(3, list.item)));
        EXPECT_EQ(items_in(reply_), 3U) << list.key;
    }
}

TEST_F(reply_test, has_lists_of_at_most_65536_items) {
    constexpr std::size_t most = 65'536;
    for (const list_row& list : lists) {
        expect_good(
            fmt::format(R"({{"action":"{}","{}":{}}})", list.action, list.key, list_of(most, list.item)));
        EXPECT_EQ(items_in(reply_), std::string_view(list.key) == "list_instances" ? 64U : most);
        expect_malformed(
            fmt::format(R"({{"action":"{}","{}":{}}})", list.action, list.key, list_of(most + 1, list.item)));
    }
    expect_malformed(fmt::format(R"({{"position":{},"position":[1]}})", list_of(most, "0")));
}

/// Memory for a text of 16 MiB: six times its size for the parser, and what lists of 65,536 items take.
constexpr std::size_t size_of_text = std::size_t{16} << 20;
constexpr std::size_t most_memory = 6 * size_of_text + (std::size_t{8} << 20);

TEST_F(reply_test, of_any_form_takes_at_most_six_times_its_size) {
    std::vector<std::string> texts;
    for (const list_row& list : lists) {
        const std::string items = list_of(size_of_text / (std::string_view(list.item).size() + 1), list.item);
        texts.push_back(fmt::format(R"({{"action":"{}","{}":{}}})", list.action, list.key, items));
        texts.push_back(fmt::format(R"({{"action":"poll","{}":{}}})", list.key, items));
        texts.push_back(fmt::format(R"({{"{}":{}}})", list.key, items));
    }
    texts.push_back(R"({"message":")" + std::string(size_of_text, 'm') + R"("})");
    texts.push_back(R"({"data":{"metas":)" + list_of(size_of_text / 3, "{}") + "}}");
    for (const std::string& text : texts) {
        const padded_reply received(text);
        reply_parser parser;
        reply read;
        const allocation_counter count;
        parser.parse(received.text(), read);
        EXPECT_LT(count.bytes(), most_memory) << text.substr(0, 60);
    }
}

TEST_F(reply_test, of_usual_size_takes_little_memory_after_a_large_one) {
    if (!counts_allocations()) GTEST_SKIP() << "allocations cannot be counted here";
    const padded_reply large(R"({"message":")" + std::string(size_of_text, 'm') + R"("})");
    const padded_reply usual(announcement);
    reply_parser parser;
    reply read;
    ASSERT_EQ(parser.parse(large.text(), read), defect_code{});
    {
        const allocation_counter count;
        ASSERT_EQ(parser.parse(usual.text(), read), defect_code{});
        EXPECT_GT(count.bytes(), 0U) << "the memory of the large one is kept";
        EXPECT_LT(count.bytes(), 16U * 1024);
    }
    const allocation_counter count;
    ASSERT_EQ(parser.parse(usual.text(), read), defect_code{});
    EXPECT_EQ(count.count(), 0U);
}

}  // namespace
}  // namespace tmq::protocol
