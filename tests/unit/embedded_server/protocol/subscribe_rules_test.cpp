#include "embedded_server/protocol/subscribe_rules.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace tmq::embedded::protocol {
namespace {

subscribe_args good() {
    subscribe_args args;
    args.user = "root";
    args.password = "taosdata";
    args.group_id = "group";
    return args;
}

subscribe_verdict check(const subscribe_args& args, const char* version) {
    return check_subscribe(args, server_version(version), "root", "taosdata");
}

std::string refusal_of(const subscribe_args& args, const char* version) {
    const auto verdict = check(args, version);
    return verdict.refusal ? fmt::format("{} {}", verdict.refusal->code, verdict.refusal->text) : "accepted";
}

TEST(subscribe_rules, commit_automatically_unless_told_otherwise_up_to_3_3_5) {
    EXPECT_TRUE(check(good(), "3.3.5.8").settings.auto_commit);
    EXPECT_FALSE(check(good(), "3.3.6.0").settings.auto_commit);
}

TEST(subscribe_rules, start_at_the_end_unless_told_otherwise) {
    EXPECT_EQ(check(good(), "3.3.5.8").settings.reset, offset_reset::latest);
}

TEST(subscribe_rules, accept_the_limits_of_the_ranges_and_nothing_beyond) {
    subscribe_args args = good();
    for (const char* value : {"6000", "1800000"}) {
        args.session_timeout_ms = value;
        EXPECT_EQ(refusal_of(args, "3.3.5.8"), "accepted");
    }
    for (const char* value : {"5999", "1800001", "6000x", "-6000"}) {
        args.session_timeout_ms = value;
        EXPECT_EQ(refusal_of(args, "3.3.5.8"), "65535 fail");
    }
}

TEST(subscribe_rules, refuse_a_group_of_more_than_192_bytes) {
    subscribe_args args = good();
    args.group_id = std::string(192, 'g');
    EXPECT_EQ(refusal_of(args, "3.3.5.8"), "accepted");
    args.group_id += 'g';
    EXPECT_EQ(refusal_of(args, "3.3.5.8"), "65535 fail");
}

TEST(subscribe_rules, name_what_they_refuse_since_3_4) {
    subscribe_args args = good();
    args.offset_reset = "sometime";
    EXPECT_EQ(refusal_of(args, "3.4.1.6.community"),
              "280 invalid value for key 'auto.offset.reset': sometime");
    args = good();
    args.with_table_name = "perhaps";
    EXPECT_EQ(refusal_of(args, "3.4.1.6.community"),
              "280 invalid value for key 'msg.with.table.name': perhaps");
    args = good();
    args.password = "wrong";
    EXPECT_EQ(refusal_of(args, "3.4.1.6.community"), "65535 Authentication failure");
    args.user = "nobody";
    EXPECT_EQ(refusal_of(args, "3.4.1.6.community"), "65535 Invalid user");
    args = good();
    args.group_id.clear();
    EXPECT_EQ(refusal_of(args, "3.4.1.6.community"), "65535 group is empty");
}

TEST(subscribe_rules, look_at_the_config_map_as_recorded_on_3_4) {
    const auto with = [](const char* key, const char* value) {
        subscribe_args args = good();
        args.config[key] = value;
        return refusal_of(args, "3.4.1.6.community");
    };
    EXPECT_EQ(with("no.such.key", "1"), "280 unknown configuration key: no.such.key");
    EXPECT_EQ(with("min.poll.rows", "0"), "280 invalid value for key 'min.poll.rows': 0");
    EXPECT_EQ(with("fetch.max.wait.ms", "abc"), "280 invalid value for key 'fetch.max.wait.ms': abc");
    EXPECT_EQ(with("td.connect.user", "x"), "accepted");
    EXPECT_EQ(with("enable.auto.commit", "maybe"),
              "65535 strconv.ParseBool: parsing \"maybe\": invalid syntax");
    EXPECT_EQ(with("session.timeout.ms", "1"), "280 invalid value for key 'session.timeout.ms': 1");
    EXPECT_EQ(with("msg.enable.batchmeta", "true"), "accepted");
    EXPECT_EQ(with("group.id", "a:b"), "280 invalid value for key 'group.id': a:b");
}

TEST(subscribe_rules, look_at_the_config_map_and_name_nothing_in_3_3_6) {
    const auto with = [](const char* key, const char* value) {
        subscribe_args args = good();
        args.config[key] = value;
        return check(args, "3.3.6.0");
    };
    for (const auto& [key, value] : {std::pair("min.poll.rows", "0"), std::pair("session.timeout.ms", "1"),
                                     std::pair("auto.offset.reset", "soon")}) {
        const auto verdict = with(key, value);
        ASSERT_TRUE(verdict.refusal) << key;
        EXPECT_EQ(verdict.refusal->code, 65535U) << key;
        EXPECT_EQ(verdict.refusal->text, "fail") << key;
    }
    ASSERT_TRUE(with("no.such.key", "1").refusal);
    EXPECT_EQ(with("no.such.key", "1").refusal->code, 65534U);
    EXPECT_TRUE(with("group.id", "a:b").hangs);
    EXPECT_FALSE(with("min.poll.rows", "20").refusal);
    EXPECT_EQ(with("min.poll.rows", "20").settings.min_poll_rows, 20U);
    EXPECT_EQ(check(good(), "3.3.6.0").settings.min_poll_rows, std::nullopt);
}

TEST(subscribe_rules, ignore_the_config_map_silently_before_3_3_6) {
    subscribe_args args = good();
    args.config["no.such.key"] = "on";
    EXPECT_EQ(refusal_of(args, "3.3.5.8"), "accepted");
}

}  // namespace
}  // namespace tmq::embedded::protocol
