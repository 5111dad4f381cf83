#include "soak/soak_options.hpp"

#include "soak/arguments.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace tmq::soak {

namespace {

/// Few runs in which every choice occurs.
std::vector<run_options> quick_runs(const run_options& base) {
    std::vector<run_options> runs;
    const auto add = [&](bool auto_commit, std::size_t prefetch, offset_reset start, transport over) {
        run_options& one = runs.emplace_back(base);
        one.seed = base.seed + runs.size() - 1;
        one.auto_commit = auto_commit;
        one.prefetch = prefetch;
        one.start = start;
        one.over = over;
    };
    add(false, 0, offset_reset::earliest, transport::plain);
    add(true, 1, offset_reset::latest, transport::tls);
    add(false, 8, offset_reset::latest, transport::compressed);
    add(true, 8, offset_reset::earliest, transport::plain);
    return runs;
}

std::vector<run_options> all_runs(const run_options& base) {
    std::vector<run_options> runs;
    for (const bool auto_commit : {true, false})
        for (const std::size_t prefetch : {0U, 1U, 8U})
            for (const offset_reset start : {offset_reset::earliest, offset_reset::latest})
                for (const transport over : {transport::plain, transport::tls, transport::compressed}) {
                    run_options& one = runs.emplace_back(base);
                    one.seed = base.seed + runs.size() - 1;
                    one.auto_commit = auto_commit;
                    one.prefetch = prefetch;
                    one.start = start;
                    one.over = over;
                }
    return runs;
}

}  // namespace

std::string run_options::describe() const {
    const char* const by_transport[] = {"plain", "tls", "compressed"};
    return fmt::format("{} prefetch {} {} {}",
                       auto_commit ? std::string("auto") : fmt::format("manual/{}", commit_every), prefetch,
                       start == offset_reset::latest ? "latest" : "earliest",
                       by_transport[static_cast<int>(over)]);
}

std::vector<run_options> options::runs() const {
    if (!all) return {run};
    return *all == matrix::quick ? quick_runs(run) : all_runs(run);
}

options parse(int argc, char** argv) {
    arguments given(argc, argv);
    options result;
    if (const auto which = given.text("--matrix")) {
        if (*which == "quick")
            result.all = matrix::quick;
        else if (*which == "short")
            result.all = matrix::short_runs;
        else if (*which == "long")
            result.all = matrix::long_runs;
        else
            throw std::runtime_error("--matrix takes quick, short or long");
    }
    const bool is_long = result.all == matrix::long_runs;
    run_options& run = result.run;
    run.rows = given.number<std::uint64_t>("--rows").value_or(is_long      ? 1'000'000
                                                              : result.all ? 5'000
                                                                           : run.rows);
    run.cuts = given.number<std::size_t>("--cuts").value_or(is_long ? 500 : result.all ? 50 : run.cuts);
    run.seed = given.number<std::uint64_t>("--seed").value_or(run.seed);
    run.auto_commit = given.flag("--auto-commit");
    run.commit_every = given.number<std::size_t>("--commit-every").value_or(run.commit_every);
    run.prefetch = given.number<std::size_t>("--prefetch").value_or(run.prefetch);
    run.messages = given.number<std::uint64_t>("--messages").value_or(run.messages);
    if (const auto start = given.text("--start")) {
        if (*start != "earliest" && *start != "latest")
            throw std::runtime_error("--start takes earliest or latest");
        run.start = *start == "latest" ? offset_reset::latest : offset_reset::earliest;
    }
    if (given.flag("--tls")) run.over = transport::tls;
    if (given.flag("--compress")) run.over = transport::compressed;
    run.patience = given.number<unsigned>("--patience").value_or(run.patience);
    run.trace = given.flag("--trace");
    given.finish();
    if (run.rows == 0 || run.commit_every == 0)
        throw std::runtime_error("rows and messages between commits are at least 1");
    return result;
}

const char* usage() noexcept {
    return "usage: soak [--rows N] [--cuts N] [--seed N] [--auto-commit | --commit-every MESSAGES] "
           "[--prefetch K] [--start earliest|latest]\n"
           "            [--tls | --compress] [--messages N] [--matrix quick|short|long] [--patience SECONDS] "
           "[--trace]\n"
           "\n"
           "Reads N rows over a link that is cut at random places, until so many cuts have happened too, and "
           "checks every delivery.\n"
           "--messages reads the rows again and again until so many messages were delivered, to see whether "
           "memory stays where it is.\n"
           "--trace tells of everything that happens, on stderr.\n"
           "--matrix runs many settings: quick four, short and long every combination.\n"
           "Exit status: 0 all was right, 1 rows were lost, repeated, out of order or refused, 2 no progress "
           "for a minute (or SECONDS), 3 usage.\n";
}

}  // namespace tmq::soak
