// How tmqcat ends where something is missing: descriptors, streams, what a server owes it.
#include "e2e.hpp"
#include "programs.hpp"

#include <simdjson.h>

namespace tmq::test {
namespace {

class tmqcat_exit : public e2e {
  protected:
    tmqcat_exit() {
        create_topic();
        append(0, 100);
    }

    std::vector<std::string> line(std::vector<std::string> more) const {
        std::vector<std::string> arguments = {"-b", server.url(), "-t", std::string(topic), "-G", "g",
                                              "-o", "earliest",   "-J"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return tmqcat_line(std::move(arguments));
    }
    /// Runs it through a shell that does `before` first, with `behind` behind the command.
    static output through_shell(const std::string& before, const std::string& behind,
                                const std::vector<std::string>& command) {
        std::vector<std::string> arguments = {"/bin/sh", "-c", before + "exec \"$0\" \"$@\"" + behind};
        arguments.insert(arguments.end(), command.begin(), command.end());
        return output_of(std::move(arguments));
    }
};

#ifndef TMQ_SANITIZED  // UBSan needs descriptors of its own to look at an object
TEST_F(tmqcat_exit, with_too_few_descriptors_is_a_message_and_status_2) {
    bool has_worked = false;
    bool has_failed = false;
    for (int limit = 4; limit <= 16; ++limit) {
        const output printed = through_shell("ulimit -n " + std::to_string(limit) + " && ", "", line({"-e"}));
        has_worked = printed.status == 0;
        if (has_worked) break;
        // The program never began: the loader could not open its libraries.
        if (printed.status == 127) continue;
        has_failed = true;
        EXPECT_EQ(printed.status, 2) << limit << ": " << printed.errors;
        EXPECT_EQ(printed.errors.rfind("tmqcat: ", 0), 0U) << limit << ": " << printed.errors;
        EXPECT_EQ(printed.errors.find("terminate"), std::string::npos) << limit << ": " << printed.errors;
    }
    EXPECT_TRUE(has_worked);
    EXPECT_TRUE(has_failed) << "no limit was too low for it";
}
#endif

TEST_F(tmqcat_exit, with_a_closed_stdout_puts_no_rows_into_the_record_and_commits_nothing) {
    const temporary_directory directory;
    const std::string path = directory / "record.jsonl";
    const output printed = through_shell("", " >&-", line({"-e", "--commit", "--record", path}));
    EXPECT_EQ(printed.status, 2) << printed.errors;
    EXPECT_NE(printed.errors.find("writing rows"), std::string::npos) << printed.errors;
    EXPECT_EQ(server.committed("g", topic, server.vgroups(topic)[0]), std::nullopt);
    std::ifstream record(path);
    std::size_t lines = 0;
    simdjson::dom::parser parser;
    for (std::string one; std::getline(record, one); ++lines)
        EXPECT_FALSE(parser.parse(one)["dir"].is_null()) << one;
    EXPECT_GT(lines, 0U);
}

TEST_F(tmqcat_exit, with_closed_stdin_and_stderr_is_as_ever) {
    const output printed = through_shell("", " <&- 2>&-", line({"-e"}));
    EXPECT_EQ(printed.status, 0);
    EXPECT_EQ(printed.lines.size(), 100U);
}

TEST_F(tmqcat_exit, is_never_a_mistake_of_the_command_line_once_a_server_has_answered) {
    server.inject(fault::error_reply(0x4006, "no such position").on("position").times(1'000));
    const output refused = tmqcat({"-b", server.url(), "-t", std::string(topic), "-G", "g", "-o", "earliest",
                                   "--commit", "-c", "1", "-X", "fetch.mode=block", "-X", "reconnect=false"});
    EXPECT_EQ(refused.status, 2) << refused.errors;
}

}  // namespace
}  // namespace tmq::test
