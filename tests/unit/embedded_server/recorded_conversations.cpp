#include "embedded_server/recorded_conversations.hpp"

#include <algorithm>
#include <filesystem>

namespace tmq::test {

std::vector<std::string> recorded_conversations() {
    namespace fs = std::filesystem;
    const fs::path root(TMQ_TEST_DATA);
    std::vector<std::string> names;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root))
        if (entry.path().extension() == ".jsonl") names.push_back(entry.path().lexically_relative(root).generic_string());
    std::sort(names.begin(), names.end());
    return names;
}

embedded_server_options options_of(std::string_view transcript) {
    embedded_server_options options;
    options.commit_growth(1);
    if (transcript == "v3.3.5/decimal.jsonl") return options.version("3.3.6.0.preview");
    if (transcript.starts_with("v3.3.5/")) return options.version("3.3.5.8");
    return options.version("3.4.1.6.community").instances({"vm:6441"});
}

const std::vector<recorded_setup>& recorded_setups() {
    static const std::vector<recorded_setup> setups = {
        {"v3.3.5/latest", "gold_meters", "gold_power", {{40, 16}, {39, 16}}, {{8, 40, 17}, {8, 39, 17}}},
        {"v3.3.5/offsets", "gold_meters", "gold_power", {{40, 19}, {39, 19}}},
        {"v3.3.5/subscribe_error_", "gold_meters", "gold_power", {{40, 21}, {39, 21}}},
        {"v3.3.5/types_ms_database", "gold_ms_all", "gold_ms", {{42, 18}, {41, 9}}},
        {"v3.3.5/types_ms_select.", "gold_ms_sel", "gold_ms", {{41, 5}, {42, 14}}},
        {"v3.3.5/types_ms_select_blocks", "gold_ms_sel", "gold_ms", {{41, 7}, {42, 16}}},
        {"v3.3.5/types_ms_stable", "gold_ms_stb", "gold_ms", {{42, 12}, {41, 3}}},
        {"v3.3.5/types_ns_stable", "gold_ns_stb", "gold_ns", {{45, 3}, {46, 12}}},
        {"v3.4.1/config_", "gold_meters", "gold_power", {{19, 24}, {20, 24}}},
        {"v3.4.1/meters_select", "gold_meters", "gold_power", {{19, 0}, {20, 0}}, {}, true},
        {"v3.4.1/min_poll_rows_20", "gold_meters", "gold_power", {{19, 0}, {20, 0}}, {{31, 19, 30}, {31, 20, 30}}, true},
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
