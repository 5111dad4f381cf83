#include "bench/bench_programs.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace tmq::test {
namespace {

class tmqbench_report : public ::testing::Test {
  protected:
    tmqbench_report() : folder(std::filesystem::temp_directory_path() / fmt::format("tmq_report_{}", ::getpid())) {
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
    void write(const char* name, const std::string& text) const { std::ofstream(folder / name) << text; }
    std::string content(const std::string& name) const {
        std::ifstream in(folder / name);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    output report() const {
        return run_program("tmqbench", {"report", folder / "results.jsonl", "--out", folder / "page.md", "--plots", folder / "plots"});
    }
    const std::filesystem::path folder;
};

TEST_F(tmqbench_report, has_medians_and_what_they_are_of_the_ceiling) {
    write("results.jsonl", run("drain", 0.5, 0.1, 0) + run("tmq", 1, 0.2) + run("tmq", 8, 0.4) + run("tmq", 2, 0.3) + run("other", 4, 1));
    const output done = report();
    ASSERT_EQ(done.status, 0) << done.errors;
    const std::string page = content("page.md");
    EXPECT_NE(page.find("| drain rows | 2,000 | 2,000 to 2,000 | 1.00 | 100,000 | 1.00 | 9 |"), std::string::npos) << page;
    EXPECT_NE(page.find("| tmq rows | 500 | 125 to 1,000 | 0.25 | 300,000 | 3.00 | 9 |"), std::string::npos) << page;
    EXPECT_NE(page.find("| other rows | 250 |"), std::string::npos) << page;
    EXPECT_NE(page.find("](plots/results_rate.svg)"), std::string::npos) << page;
    for (const char* const name : {"plots/results_rate.svg", "plots/results_cpu.svg"}) {
        const std::string picture = content(name);
        EXPECT_EQ(picture.rfind("<svg ", 0), 0U) << name;
        EXPECT_NE(picture.find(">tmq rows</text>"), std::string::npos) << name;
        EXPECT_NE(picture.find(">other clients</text>"), std::string::npos) << name;
    }
}

TEST_F(tmqbench_report, changes_only_what_stands_between_its_marks) {
    write("results.jsonl", run("tmq", 1, 0.2));
    write("page.md", "before\n<!-- written by ./dev bench: begin -->\nold\n<!-- written by ./dev bench: end -->\nbehind\n");
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
