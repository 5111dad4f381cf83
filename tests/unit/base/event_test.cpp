#include "tmq/event.hpp"

#include "tmq/format.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace tmq {
namespace {

using std::chrono::milliseconds;

const std::vector<partition_offset> vgroups = {partition_offset("meters", 3, 7),
                                               partition_offset("meters", 4, -1)};

/// One event of each kind, and the line that describes it.
std::vector<std::pair<event, std::string>> all_kinds() {
    const std::string list = "topic meters, vgroup 3, offset 7; topic meters, vgroup 4, offset -1";
    const error timeout(errc::idle_timeout, "of db");
    return {
        {events::connected(endpoint("db", 7)), "connected: db:7"},
        {events::disconnected(timeout), std::string("disconnected: ") + timeout.what()},
        {events::reconnecting(2, milliseconds(1500)), "reconnecting: attempt 2 in 1500 ms"},
        {events::resumed(vgroups), "resumed: " + list},
        {events::assigned(vgroups), "assigned: " + list},
        {events::revoked(vgroups), "revoked: " + list},
        {events::data_lost(topic_partition("meters", 3), 8, 9),
         "data_lost: topic meters, vgroup 3, offsets 8 to 9"},
        {events::commit_failed(partition_offset("meters", 3, 7), timeout),
         std::string("commit_failed: topic meters, vgroup 3, offset 7: ") + timeout.what()},
        {events::missed(3), "missed: 3 events"},
    };
}

TEST(event, has_one_line_of_text_that_begins_with_its_name) {
    const auto kinds = all_kinds();
    ASSERT_EQ(kinds.size(), std::variant_size_v<event::variant>);
    for (std::size_t i = 0; i < kinds.size(); ++i) {
        const auto& [occurrence, text] = kinds[i];
        EXPECT_EQ(occurrence.index(), i);
        EXPECT_EQ(to_string(occurrence), text);
        EXPECT_EQ(text.rfind(std::string(occurrence.name()) + ": ", 0), 0U) << text;
        std::ostringstream stream;
        stream << occurrence;
        EXPECT_EQ(stream.str(), text);
        EXPECT_EQ(fmt::format("{}", occurrence), text);
    }
    EXPECT_EQ(to_string(events::connected(endpoint("::1", 6041))), "connected: [::1]:6041");
    EXPECT_EQ(to_string(events::assigned()), "assigned: no vgroup");
}

TEST(event, is_equal_to_its_copy_and_to_no_other) {
    const auto kinds = all_kinds();
    for (std::size_t i = 0; i < kinds.size(); ++i)
        for (std::size_t j = 0; j < kinds.size(); ++j) {
            const event copy = kinds[i].first;
            EXPECT_EQ(copy == kinds[j].first, i == j) << copy << ", " << kinds[j].first;
        }
    const event lost = events::data_lost(topic_partition("meters", 3), 8, 9);
    EXPECT_NE(lost, event(events::data_lost(topic_partition("meters", 3), 8, 10)));
    EXPECT_NE(lost, event(events::data_lost(topic_partition("meters", 4), 8, 9)));
    EXPECT_NE(event(events::disconnected(error(errc::idle_timeout))),
              event(events::disconnected(error(errc::idle_timeout, "of db"))));
}

TEST(event, is_taken_apart_by_the_functions_of_variants) {
    const event occurrence = events::reconnecting(2, milliseconds(5));
    EXPECT_TRUE(std::holds_alternative<events::reconnecting>(occurrence));
    EXPECT_EQ(std::get_if<events::connected>(&occurrence), nullptr);
    EXPECT_EQ(std::get<events::reconnecting>(occurrence).attempt, 2U);
    const bool is_attempt = std::visit(
        [](const auto& kind) { return std::is_same_v<std::decay_t<decltype(kind)>, events::reconnecting>; },
        occurrence);
    EXPECT_TRUE(is_attempt);
}

TEST(event, is_an_empty_assignment_by_default) { EXPECT_EQ(event(), event(events::assigned())); }

}  // namespace
}  // namespace tmq
