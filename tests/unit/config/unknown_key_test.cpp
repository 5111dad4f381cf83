#include "support/refusal.hpp"
#include "text/similar.hpp"
#include "tmq/config.hpp"
#include "tmq/error.hpp"
#include "unit/config/subscribe_fields.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace tmq {
namespace {

using test::refusal;
using test::refusal_of;
using test::subscribe_fields;

std::string refusal_of_key(std::string_view key) {
    const refusal refused = refusal_of([&] { config().set(key, "1"); });
    EXPECT_EQ(refused.code, errc::invalid_argument);
    return refused.text;
}

/// Whether a refusal says just this, but for what every one says of its code.
bool says_just(const std::string& text, const std::string& what) {
    return text.starts_with(what + ": invalid argument");
}

TEST(unknown_key, is_refused_with_the_key_that_was_probably_meant) {
    struct slip {
        const char* written;
        const char* meant;
    };
    for (const slip one : {slip{"group_id", "group.id"},
                           {"groupid", "group.id"},
                           {"GROUP.ID", "group.id"},
                           {"Group.Id", "group.id"},
                           {"auto.offset.rest", "auto.offset.reset"},
                           {"td.connect.password", "td.connect.pass"},
                           {"session.timeout", "session.timeout.ms"},
                           {"ws.reconnect.retry_count", "ws.reconnect.retry.count"},
                           {"usessl", "useSSL"},
                           {"ws_url", "WS_URL"},
                           {"tokne", "token"},
                           {"apps", "app"},
                           {"x", ""},
                           {"", ""},
                           {"no.such.key", ""}}) {
        const std::string said = refusal_of_key(one.written);
        const std::string refused = "property '" + std::string(one.written) + "' is not known";
        const std::string_view meant = one.meant;
        EXPECT_TRUE(
            says_just(said, meant.empty() ? refused : refused + "; did you mean '" + one.meant + "'?"))
            << said;
    }
}

TEST(unknown_key, is_shown_as_printable_text_of_limited_length) {
    EXPECT_TRUE(says_just(refusal_of_key("a\nb\x1b[0m"), "property 'a b [0m' is not known"));
    EXPECT_TRUE(says_just(refusal_of_key(std::string(10'000, 'k')),
                          "property '" + std::string(64, 'k') + "' is not known"));
}

TEST(unknown_key, goes_to_the_server_where_it_is_allowed) {
    config settings;
    settings.allow_unknown_keys(true).set("new.key", "a").set("group_id", "b").set("new.key", "c");
    EXPECT_EQ(settings.extra_properties(),
              (std::map<std::string, std::string, std::less<>>{{"new.key", "c"}, {"group_id", "b"}}));
    test::fields expected = subscribe_fields(config());
    expected["config.new.key"] = "c";
    expected["config.group_id"] = "b";
    EXPECT_EQ(subscribe_fields(settings), expected);
}

TEST(unknown_key, is_never_allowed_to_be_a_known_one_in_other_letters) {
    // libtaos does not mind the case: the server would commit by itself.
    config settings;
    settings.allow_unknown_keys(true);
    for (const std::string_view key : {"Enable.Auto.Commit", "GROUP.ID", "td.connect.PASS"})
        EXPECT_TRUE(refusal_of([&] { settings.set(key, "true"); }).says("is not known; did you mean")) << key;
    EXPECT_TRUE(settings.extra_properties().empty());
}

TEST(unknown_key, must_be_text_even_where_it_is_allowed) {
    config settings;
    settings.allow_unknown_keys(true);
    EXPECT_TRUE(refusal_of([&] { settings.set("", "a"); }).says("property '' is not known"));
    EXPECT_TRUE(refusal_of([&] { settings.set("a\xFF", "a"); }).says("is not text"));
    EXPECT_TRUE(refusal_of([&] { settings.set("a", "s3cr3t\xFF"); }).says("property 'a' is not text"));
    EXPECT_TRUE(refusal_of([&] { settings.set("a", std::string_view("a\0b", 3)); }).says("is not text"));
    EXPECT_TRUE(settings.extra_properties().empty());
}

TEST(edit_distance, counts_what_must_change) {
    EXPECT_EQ(text::edit_distance("", ""), 0U);
    EXPECT_EQ(text::edit_distance("", "abc"), 3U);
    EXPECT_EQ(text::edit_distance("abc", ""), 3U);
    EXPECT_EQ(text::edit_distance("abc", "ABC"), 0U);
    EXPECT_EQ(text::edit_distance("abc", "abd"), 1U);
    EXPECT_EQ(text::edit_distance("abc", "bc"), 1U);
    EXPECT_EQ(text::edit_distance("abc", "abxc"), 1U);
    EXPECT_EQ(text::edit_distance("abc", "acb"), 2U);
    EXPECT_EQ(text::edit_distance("kitten", "sitting"), 3U);
}

}  // namespace
}  // namespace tmq
