// Nothing that comes from a server acts on the terminal of whoever runs tmqcat.
#include "e2e.hpp"
#include "programs.hpp"
#include "support/terminal_text.hpp"

namespace tmq::test {
namespace {

std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines)
        text += line + '\n';
    return text;
}

/// A server whose names are as hostile as its text.
class tmqcat_terminal : public ::testing::Test {
  protected:
    const std::string name{hostile_utf8};
    testing::server server;

    void SetUp() override {
        server.create_topic(topic_options(name).database(name).kind(topic_kind::stable));
        block_builder block;
        block.table(name)
            .column("ts", data_type::timestamp)
            .column(name, data_type::varchar)
            .column("b", data_type::varchar);
        block.row(timestamp(), hostile_text, hostile_utf8);
        create_table change;
        created_table table;
        table.kind = table_kind::normal;
        table.name = name;
        change.tables.push_back(table);
        const std::int32_t vgroup = server.vgroups(name)[0];
        server.append(name, vgroup, block);
        server.append(name, vgroup, meta(change));
        server.append(name, vgroup, block);
        server.append(name, vgroup, block);
    }

    output run(std::vector<std::string> more) const {
        std::vector<std::string> arguments = {"-b", server.url(), "-t", name, "-G", "g", "-o", "earliest"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return tmqcat(std::move(arguments));
    }
    static void expect_harmless(const output& printed) {
        const std::string text = joined(printed.lines);
        EXPECT_EQ(first_control(text), "") << text;
        EXPECT_EQ(first_control(printed.errors), "") << printed.errors;
    }
};

TEST_F(tmqcat_terminal, is_not_touched_by_rows_names_and_changes_of_tables) {
    for (const std::vector<std::string>& form : {std::vector<std::string>{"-e"}, {"-e", "-J"}}) {
        const output printed = run(form);
        EXPECT_EQ(printed.status, 0) << printed.errors;
        EXPECT_EQ(printed.lines.size(), form.size() == 2 ? 4U : 6U);
        expect_harmless(printed);
    }
}

TEST_F(tmqcat_terminal, is_not_touched_by_the_errors_of_a_server) {
    server.inject(fault::error_reply(0x357, name).on("subscribe"));
    const output refused = run({});
    EXPECT_EQ(refused.status, 2);
    EXPECT_NE(refused.errors.find("a ]0;b c"), std::string::npos) << refused.errors;
    expect_harmless(refused);
}

TEST_F(tmqcat_terminal, is_not_touched_by_a_refused_commit) {
    server.inject(fault::error_reply(0x4008, name).on("commit_offset").times(100));
    const output printed = run({"-J", "--commit", "-c", "3", "-X", "request.timeout.ms=300"});
    EXPECT_NE(printed.errors.find("not committed: topic a ]0;b c"), std::string::npos) << printed.errors;
    expect_harmless(printed);
}

TEST_F(tmqcat_terminal, is_not_touched_by_what_is_said_of_lost_rows) {
    server.on_message([this](const announced_message& found) {
        if (found.count != 1) return;
        const std::int32_t vgroup = server.vgroups(name)[0];
        server.truncate_log(name, vgroup, server.end_offset(name, vgroup) - 1);
        server.reset_all();
    });
    const output printed = run({"-e", "-X", "prefetch=0"});
    EXPECT_EQ(printed.status, 3) << printed.errors;
    EXPECT_NE(printed.errors.find("rows lost: topic a ]0;b c"), std::string::npos) << printed.errors;
    expect_harmless(printed);
}

}  // namespace
}  // namespace tmq::test
