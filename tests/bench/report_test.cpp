#include "bench/bench_programs.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

namespace tmq::test {
namespace {

class tmqbench_report : public ::testing::Test {
  protected:
    tmqbench_report()
        : folder(std::filesystem::temp_directory_path() / fmt::format("tmq_report_{}", ::getpid())) {
        std::filesystem::create_directory(folder);
    }
    ~tmqbench_report() override { std::filesystem::remove_all(folder); }

    /// A run that read 1000 rows in 10 messages.
    static std::string run(const std::string& peer, double seconds, double cpu, std::int64_t isum = 7) {
        return fmt::format(
            R"({{"peer":"{}","mode":"rows","rows":1000,"cells":1000,"nulls":0,"bytes":8000,"msgs":10,"blocks":10,"isum":{},"fsum":0.5,)"
            R"("first_s":0.1,"seconds":{},"rows_per_s":1,"cpu_s":{},"rss_kb":9000}})"
            "\n",
            peer, isum, seconds, cpu);
    }
    /// A line with more keys.
    static std::string keyed(const std::string& line, const std::string& keys) {
        return "{" + keys + "," + line.substr(1);
    }
    void write(const char* name, const std::string& text) const { std::ofstream(folder / name) << text; }
    std::string content(const std::string& name) const {
        std::ifstream in(folder / name);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    output report() const {
        return run_program("tmqbench", {"report", folder / "results.jsonl", "--out", folder / "page.md",
                                        "--plots", folder / "plots"});
    }
    const std::filesystem::path folder;
};

TEST_F(tmqbench_report, has_medians_and_what_they_are_of_the_ceiling) {
    write("results.jsonl", run("drain", 0.5, 0.1, 0) + run("drain", 0.5, 0.1, 0) + run("drain", 0.5, 0.1, 0) +
                               run("tmq", 1, 0.2) + run("tmq", 8, 0.4) + run("tmq", 2, 0.3) +
                               run("other", 4, 1));
    const output done = report();
    ASSERT_EQ(done.status, 0) << done.errors;
    const std::string page = content("page.md");
    EXPECT_NE(page.find("| drain rows | 2,000 | 2,000 to 2,000 | 1.00 | 100,000 | 1.00 | 9.2 |"),
              std::string::npos)
        << page;
    EXPECT_NE(page.find("| tmq rows | 500 | 125 to 1,000 | 0.25 | 300,000 | 3.00 | 9.2 |"), std::string::npos)
        << page;
    EXPECT_NE(page.find("| other rows | 250 |"), std::string::npos) << page;
    EXPECT_NE(page.find("](plots/results_rate.svg)"), std::string::npos) << page;
    for (const char* const name : {"plots/results_rate.svg", "plots/results_cpu.svg"}) {
        const std::string picture = content(name);
        EXPECT_EQ(picture.rfind("<svg ", 0), 0U) << name;
        EXPECT_NE(picture.find(">tmq rows</text>"), std::string::npos) << name;
        EXPECT_NE(picture.find(">other clients</text>"), std::string::npos) << name;
    }
}

TEST_F(tmqbench_report, compares_within_a_round_so_that_a_slow_one_counts_for_both) {
    // Two, four and sixteen times as long as the least; medians by themselves, 8 s and 1 s, would say 1/8.
    write("results.jsonl", run("drain", 1, 0.1, 0) + run("drain", 4, 0.1, 0) + run("drain", 0.5, 0.1, 0) +
                               run("tmq", 2, 0.2) + run("tmq", 16, 0.4) + run("tmq", 8, 0.1));
    ASSERT_EQ(report().status, 0);
    const std::string page = content("page.md");
    EXPECT_NE(page.find("| tmq rows | 125 | 62.5 to 500 | 0.25 | 200,000 | 2.00 | 9.2 |"), std::string::npos)
        << page;
}

TEST_F(tmqbench_report, draws_a_curve_as_lines_with_what_bounds_it) {
    std::string lines =
        R"({"type":"load","load":"work","unit":"messages","title":"Ahead","text":["Said."],"curve":{"x":"work","logarithmic":"",)"
        R"("alone":"drain","pictures":[{"file":"ahead","of":"wall","title":"Ahead of it"}]}})"
        "\n" +
        keyed(run("drain", 0.0002, 0.1, 0), R"("load":"work","case":"drain")");
    for (const auto& [work, seconds] : {std::pair{0, 0.0003}, std::pair{50, 0.0006}})
        lines +=
            keyed(run("tmq", seconds, 0.1), fmt::format(R"("load":"work","case":"prefetch 1","x":{})", work));
    write("results.jsonl", lines);
    const output done = report();
    ASSERT_EQ(done.status, 0) << done.errors;
    const std::string page = content("page.md");
    EXPECT_NE(page.find("Said."), std::string::npos);
    // 10 messages: the server alone takes 20 us for each, the application `work`.
    EXPECT_NE(page.find("| 0 | 30 | 20 | 20 |\n| 50 | 60 | 50 | 70 |"), std::string::npos) << page;
    EXPECT_NE(page.find("](plots/ahead.svg)"), std::string::npos);
    const std::string picture = content("plots/ahead.svg");
    EXPECT_NE(picture.find(">prefetch 1</text>"), std::string::npos);
    EXPECT_NE(picture.find("stroke-dasharray"), std::string::npos);
}

TEST_F(tmqbench_report, begins_with_targets_and_says_which_are_met) {
    const std::string load =
        R"({"type":"load","load":"large","unit":"rows","title":"Large","text":[],"message_bytes":1000000,"prefetch":{"tmq: rows":1}})"
        "\n";
    const auto of = [](const std::string& line, const char* name) {
        return keyed(line, fmt::format(R"("load":"large","case":"{}")", name));
    };
    write("results.jsonl", load + of(run("drain", 1, 0.1, 0), "drain") + of(run("tmq", 1, 0.2), "tmq: rows") +
                               of(run("tmq", 2, 0.2), "tmq: columns") +
                               of(run("taos-rust", 2, 1), "rust: taos") + of(run("other", 1, 2), "go: taos") +
                               R"({"type":"count","count":"allocations","per_message":0.25})"
                               "\n");
    const output done = report();
    ASSERT_EQ(done.status, 0) << done.errors;
    const std::string page = content("page.md");
    EXPECT_NE(page.find("begin -->\n## Targets\n"), std::string::npos) << page;
    EXPECT_NE(
        page.find(
            "row by row, of the leanest of the other clients': at most 1/4 | 0.20 (rust: taos) | met |"),
        std::string::npos)
        << page;
    EXPECT_NE(
        page.find(
            "columns, of the leanest of the other clients': at most 1/6 | 0.20 (rust: taos) | **not met** |"),
        std::string::npos)
        << page;
    EXPECT_NE(page.find("at least 0.85 | 0.50 | **not met** |"), std::string::npos) << page;
    EXPECT_NE(page.find("Heap allocations per message: 0 | 0.25 | **not met** |"), std::string::npos) << page;
    EXPECT_NE(page.find("at most 1.1 |  | not measured |"), std::string::npos) << page;
    // 9000 KiB of 3 x 2 x 1 MB and 8 MB
    EXPECT_NE(page.find("| 0.66 (large, rows: 9.2 of 14.0 MB) | met |"), std::string::npos) << page;
    // Only of what is not met it is said what stands in the way.
    EXPECT_NE(page.find("\n**2, Large messages"), std::string::npos) << page;
    EXPECT_EQ(page.find("\n**7, "), std::string::npos) << page;
}

TEST_F(tmqbench_report, tells_of_rows_that_trickle_what_they_take_of_plain_sockets) {
    const auto measured = [](const char* name, int round, double p50) {
        return fmt::format(
            R"({{"load":"trickle","case":"{}","round":{},"peer":"{}","mode":"m","rows":9,"p50_ms":{},"p90_ms":9,"p99_ms":20}})"
            "\n",
            name, round, name[0] == 'd' ? "drain" : "tmq", p50);
    };
    std::string lines =
        R"({"type":"load","load":"trickle","title":"Trickle","text":["Said."],"columns":[["p50, ms","p50_ms"],["p90, ms","p90_ms"]]})"
        "\n";
    for (int round = 0; round < 3; ++round) {
        const double least = 4.0 + round;
        lines += measured("drain", round, least) + measured("tmq: prefetch 0", round, least) +
                 measured("tmq: prefetch 1", round, least * 1.25) +
                 measured("tmq: prefetch 8", round, least * 2);
    }
    write("results.jsonl", lines);
    const output done = report();
    ASSERT_EQ(done.status, 0) << done.errors;
    const std::string page = content("page.md");
    EXPECT_NE(page.find("at most 1.15 | 1.25 (prefetch 0: 1.00, 8: 2.00) | **not met** |"), std::string::npos)
        << page;
    EXPECT_NE(page.find("\n**8, Rows that trickle"), std::string::npos) << page;
    EXPECT_NE(page.find("| | p50, ms | p90, ms |\n|---|---:|---:|\n| drain | 5 | 9 |\n"), std::string::npos)
        << page;
    EXPECT_NE(page.find("| tmq: prefetch 1 | 6.25 | 9 |"), std::string::npos) << page;
}

TEST_F(tmqbench_report, changes_only_what_stands_between_its_marks) {
    write("results.jsonl", run("tmq", 1, 0.2));
    write("page.md",
          "before\n<!-- written by ./dev bench: begin -->\nold\n<!-- written by ./dev bench: end "
          "-->\nbehind\n");
    ASSERT_EQ(report().status, 0);
    const std::string once = content("page.md");
    EXPECT_EQ(once.rfind("before\n<!--", 0), 0U);
    EXPECT_EQ(once.find("old"), std::string::npos);
    EXPECT_NE(once.find("| tmq rows | 1,000 |"), std::string::npos) << once;
    EXPECT_TRUE(once.ends_with("end -->\nbehind\n"));
    ASSERT_EQ(report().status, 0);
    EXPECT_EQ(content("page.md"), once);
}

TEST_F(tmqbench_report, refuses_to_compare_those_who_have_read_other_values) {
    write("results.jsonl", run("tmq", 1, 0.2, 7) + run("other", 1, 0.2, 8));
    const output refused = report();
    EXPECT_NE(refused.status, 0);
    EXPECT_NE(refused.errors.find("other rows has read other rows"), std::string::npos) << refused.errors;
    EXPECT_EQ(content("page.md"), "");
}

}  // namespace
}  // namespace tmq::test
