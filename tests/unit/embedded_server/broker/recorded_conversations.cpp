#include "embedded_server/broker/recorded_conversations.hpp"

#include <algorithm>
#include <filesystem>

namespace tmq::test {

std::vector<std::string> recorded_conversations() {
    namespace fs = std::filesystem;
    const fs::path root(TMQ_TEST_DATA);
    std::vector<std::string> names;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root))
        if (entry.path().extension() == ".jsonl")
            names.push_back(entry.path().lexically_relative(root).generic_string());
    std::sort(names.begin(), names.end());
    return names;
}

testing::server_options options_of(std::string_view transcript) {
    testing::server_options options;
    options.commit_growth(1);
    if (transcript == "v3.3.5/decimal.jsonl") return options.version("3.3.6.0.preview");
    if (transcript.starts_with("v3.3.5/")) return options.version("3.3.5.8");
    return options.version("3.4.1.6.community").instances({"vm:6441"});
}

const std::vector<recorded_setup>& recorded_setups() {
    static const std::vector<recorded_setup> setups = {
        {"v3.3.5/assignment_without_a_vgroup",
         "gold_missing_t",
         "gold_missing",
         {{256, 4}, {257, 5}, {258, 4}, {259, 4}, {260, 6}, {261, 4}, {262, 4}, {263, 4}},
         {},
         false,
         {},
         {},
         {{15, 261}}},
        {"v3.3.5/commit_behind_pending_poll",
         "gold_behind",
         "gold_behind",
         {{54, 8}, {53, 4}},
         {},
         false,
         {},
         {},
         {},
         {18}},
        {"v3.3.5/insert_not_selected",
         "gold_unselected",
         "gold_unselected",
         {{56, 5}, {57, 9}},
         {{7, 57, 10, true}},
         true},
        {"v3.3.5/latest", "gold_meters", "gold_power", {{40, 16}, {39, 16}}, {{8, 40, 17}, {8, 39, 17}}},
        {"v3.3.5/offsets", "gold_meters", "gold_power", {{40, 19}, {39, 19}}},
        {"v3.3.5/rebalanced_held_poll",
         "gold_rebalanced",
         "gold_rebalanced",
         {{276, 0}, {277, 0}},
         {},
         true,
         {},
         10},
        {"v3.3.5/seek_own_position", "gold_repeat", "gold_repeat", {{55, 8}}, {}, true, {7, 18}},
        {"v3.3.5/subscribe_error_", "gold_meters", "gold_power", {{40, 21}, {39, 21}}},
        {"v3.3.5/types_ms_database", "gold_ms_all", "gold_ms", {{42, 18}, {41, 9}}},
        {"v3.3.5/types_ms_select.", "gold_ms_sel", "gold_ms", {{41, 5}, {42, 14}}},
        {"v3.3.5/types_ms_select_blocks", "gold_ms_sel", "gold_ms", {{41, 7}, {42, 16}}},
        {"v3.3.5/types_ms_stable", "gold_ms_stb", "gold_ms", {{42, 12}, {41, 3}}},
        {"v3.3.5/types_ns_stable", "gold_ns_stb", "gold_ns", {{45, 3}, {46, 12}}},
        {"v3.4.1/commit_behind_pending_poll", "gold_behind", "gold_behind", {{41, 8}, {40, 4}}},
        {"v3.4.1/config_", "gold_meters", "gold_power", {{19, 24}, {20, 24}}},
        {"v3.4.1/meters_select", "gold_meters", "gold_power", {{19, 0}, {20, 0}}, {}, true},
        {"v3.4.1/min_poll_rows_20",
         "gold_meters",
         "gold_power",
         {{19, 0}, {20, 0}},
         {{31, 19, 30}, {31, 20, 30}},
         true},
        {"v3.4.1/offsets", "gold_meters", "gold_power", {{20, 15}, {19, 15}}},
        {"v3.4.1/subscribe_error_", "gold_meters", "gold_power", {{19, 20}, {20, 20}}},
        {"v3.4.1/types_ms_stable.", "gold_ms_stb", "gold_ms", {{22, 12}, {21, 3}}},
        {"v3.4.1/types_ms_stable_blocks", "gold_ms_stb", "gold_ms", {{22, 14}, {21, 5}}},
        {"v3.4.1/version", "gold_meters", "gold_power", {{19, 11}, {20, 11}}},
    };
    return setups;
}

const std::vector<recorded_exception>& recorded_exceptions() {
    static const std::vector<recorded_exception> exceptions = {};
    return exceptions;
}

}  // namespace tmq::test
