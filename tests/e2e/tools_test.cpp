#include "e2e.hpp"
#include "embedded_server/web_socket_client.hpp"
#include "programs.hpp"
#include "support/captures.hpp"
#include "support/certificates.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <simdjson.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <set>
#include <thread>

namespace tmq::test {
namespace {

/// One printed row: column name -> JSON scalar as text, strings without quotes, "null".
struct printed_row {
    std::string topic;
    std::string database;
    std::int64_t vgroup = 0;
    std::int64_t offset = 0;
    std::optional<std::string> table;
    std::vector<std::pair<std::string, std::optional<std::string>>> cells;
};

printed_row parse_row(const std::string& line) {
    simdjson::dom::parser parser;
    const simdjson::dom::object object = parser.parse(line).get_object();
    printed_row row;
    row.topic = std::string(std::string_view(object["topic"]));
    row.database = std::string(std::string_view(object["database"]));
    row.vgroup = object["vgroup"];
    row.offset = object["offset"];
    if (!object["table"].is_null()) row.table = std::string(std::string_view(object["table"]));
    for (const auto& [key, value] : simdjson::dom::object(object["row"])) {
        std::optional<std::string> text;
        if (value.is_string())
            text = std::string(std::string_view(value));
        else if (!value.is_null())
            text = simdjson::to_string(value);
        row.cells.emplace_back(std::string(key), text);
    }
    return row;
}

/// Compares by value: floats as the floats they are printed from, everything else as text.
bool same(const std::string& type, const std::optional<std::string>& printed,
          const std::optional<std::string>& expected) {
    if (printed.has_value() != expected.has_value()) return false;
    if (!printed) return true;
    if (type == "FLOAT")
        return std::strtof(printed->c_str(), nullptr) == std::strtof(expected->c_str(), nullptr);
    if (type == "DOUBLE")
        return std::strtod(printed->c_str(), nullptr) == std::strtod(expected->c_str(), nullptr);
    return *printed == *expected;
}

TEST(tmqcat_tool, prints_exactly_the_recorded_rows_of_meters_select_as_json) {
    simulator server({"--replay", TMQ_TEST_DATA "/v3.3.5/meters_select.jsonl"});
    const output printed =
        tmqcat({"-b", server.url, "-t", "gold_meters", "-G", "g", "-o", "earliest", "-J", "-e"});
    EXPECT_EQ(printed.status, 0) << printed.errors;
    EXPECT_EQ(printed.errors, "tmqcat: 300 rows of 2 vgroups\n");
    ASSERT_EQ(printed.lines.size(), 300U);

    const expected_rows expected = load_expected("v3.3.5/expected_power.meters.json");
    ASSERT_EQ(expected.rows.size(), 300U);
    std::multiset<std::size_t> left;
    for (std::size_t i = 0; i < expected.rows.size(); ++i)
        left.insert(i);
    for (const std::string& line : printed.lines) {
        const printed_row row = parse_row(line);
        EXPECT_EQ(row.topic, "gold_meters");
        EXPECT_EQ(row.database, "gold_power");
        EXPECT_EQ(row.table, std::nullopt);
        ASSERT_EQ(row.cells.size(), 6U);
        const auto found = std::find_if(left.begin(), left.end(), [&](std::size_t index) {
            for (std::size_t column = 0; column < row.cells.size(); ++column)
                if (!same(expected.columns[column].type, row.cells[column].second,
                          expected.rows[index][column]))
                    return false;
            return true;
        });
        ASSERT_NE(found, left.end()) << line;
        left.erase(found);
        for (std::size_t column = 0; column < row.cells.size(); ++column)
            EXPECT_EQ(row.cells[column].first, expected.columns[column].name);
    }
    EXPECT_TRUE(left.empty());
    EXPECT_EQ(server.stop(), 0);
}

TEST(tmqcat_tool, prints_every_type_of_a_stable_topic_with_its_table) {
    simulator server({"--replay", TMQ_TEST_DATA "/v3.3.5/types_ns_stable.jsonl"});
    const output printed =
        tmqcat({"-b", server.url, "-t", "gold_ns_stb", "-G", "g", "-o", "earliest", "-J", "-e"});
    EXPECT_EQ(printed.status, 0) << printed.errors;
    const expected_rows expected = load_expected("v3.3.5/expected_ns.t.json");
    ASSERT_EQ(printed.lines.size(), expected.rows.size());
    std::size_t matched = 0;
    for (const std::string& line : printed.lines) {
        const printed_row row = parse_row(line);
        ASSERT_TRUE(row.table.has_value());
        for (const auto& wanted : expected.rows) {
            if (wanted[0] != row.table || wanted[1] != row.cells[0].second) continue;
            ++matched;
            // A block has the columns that its insert named; the others are null.
            for (std::size_t column = 1; column < expected.columns.size(); ++column) {
                const auto& [name, type] = expected.columns[column];
                if (name.rfind("t_", 0) == 0) continue;  // tags are not rows
                const auto cell =
                    std::find_if(row.cells.begin(), row.cells.end(),
                                 [&name](const auto& printed_cell) { return printed_cell.first == name; });
                std::optional<std::string> value = wanted[column];
                if (value && (type == "VARBINARY" || type == "GEOMETRY")) value = "0x" + *value;
                EXPECT_TRUE(same(type, cell == row.cells.end() ? std::nullopt : cell->second, value))
                    << name << " in " << line;
            }
        }
    }
    EXPECT_EQ(matched, expected.rows.size());
}

TEST(tmqcat_tool, prints_an_aligned_table) {
    simulator server({"--replay", TMQ_TEST_DATA "/v3.3.5/meters_select.jsonl"});
    const output printed =
        tmqcat({"-b", server.url, "-t", "gold_meters", "-G", "g", "-o", "earliest", "-c", "3"});
    EXPECT_EQ(printed.status, 0) << printed.errors;
    ASSERT_EQ(printed.lines.size(), 5U);
    EXPECT_EQ(printed.lines[0].rfind("ts  ", 0), 0U) << printed.lines[0];
    EXPECT_EQ(printed.lines[1].find_first_not_of("- "), std::string::npos);
    for (const std::string& line : printed.lines)
        EXPECT_EQ(line.find("voltage") != std::string::npos, &line == &printed.lines[0]);
}

TEST(tmqcat_tool, ends_after_exactly_so_many_rows_and_commits_nothing_by_itself) {
    simulator server({"--rows", "1000", "--batch", "100", "--vgroups", "2", "--topic", "meters"});
    const std::vector<std::string> arguments = {"-b", server.url, "-t", "meters", "-G", "g",
                                                "-o", "earliest", "-J", "-c",     "150"};
    const output first = tmqcat(arguments);
    EXPECT_EQ(first.status, 0) << first.errors;
    EXPECT_EQ(first.lines.size(), 150U);
    const output second = tmqcat(arguments);
    EXPECT_EQ(std::set<std::string>(first.lines.begin(), first.lines.end()).size(), 150U);
    EXPECT_EQ(second.lines.size(), 150U);
}

TEST(tmqcat_tool, with_commit_every_row_is_printed_once_over_several_runs) {
    constexpr std::size_t rows = 1000;
    simulator server(
        {"--rows", std::to_string(rows), "--batch", "100", "--vgroups", "2", "--topic", "meters"});
    std::multiset<std::string> seen;
    for (int run = 0; run < 3; ++run) {
        const output printed = tmqcat(
            {"-b", server.url, "-t", "meters", "-G", "g", "-o", "earliest", "-J", "-c", "250", "--commit"});
        EXPECT_EQ(printed.status, 0) << printed.errors;
        EXPECT_GE(printed.lines.size(), 250U);
        seen.insert(printed.lines.begin(), printed.lines.end());
    }
    const output rest =
        tmqcat({"-b", server.url, "-t", "meters", "-G", "g", "-o", "earliest", "-J", "-e", "--commit"});
    EXPECT_EQ(rest.status, 0) << rest.errors;
    seen.insert(rest.lines.begin(), rest.lines.end());
    EXPECT_EQ(seen.size(), rows);
    EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), rows);
}

TEST(tmqcat_tool, gives_up_after_the_timeout_without_a_message) {
    simulator server({"--rows", "1", "--topic", "meters"});
    const output printed =
        tmqcat({"-b", server.url, "-t", "meters", "-G", "g", "-o", "earliest", "-J", "--timeout", "0.3"});
    EXPECT_EQ(printed.status, 0);
    EXPECT_EQ(printed.lines.size(), 1U);
    EXPECT_NE(printed.errors.find("no message for 0.3 s"), std::string::npos) << printed.errors;
}

TEST(tmqcat_tool, ends_cleanly_on_a_signal) {
    simulator server({"--rows", "10", "--topic", "meters"});
    process child({program("tmqcat"), "-b", server.url, "-t", "meters", "-G", "g", "-o", "earliest", "-J"});
    EXPECT_NE(child.read_line(), "");
    child.signal(SIGINT);
    EXPECT_EQ(child.wait(), 0);
}

/// Accepts connections, says one thing to the first and keeps it open.
class silent_server {
  public:
    explicit silent_server(std::string greeting) {
        acceptor_.async_accept([this, greeting](boost::system::error_code ec, asio::ip::tcp::socket peer) {
            if (ec) return;
            peer_.emplace(std::move(peer));
            asio::write(*peer_, asio::buffer(greeting), ec);
            accepted_.set_value();
        });
        thread_ = std::thread([this] { context_.run(); });
    }
    ~silent_server() {
        context_.stop();
        thread_.join();
    }
    std::string url() const { return "ws://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()); }
    bool await_client() { return accepted_.get_future().wait_for(10s) == std::future_status::ready; }

  private:
    asio::io_context context_{1};
    asio::ip::tcp::acceptor acceptor_{context_, asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
    std::optional<asio::ip::tcp::socket> peer_;
    std::promise<void> accepted_;
    std::thread thread_;
};

TEST(tmqcat_tool, ends_on_a_signal_while_it_is_connecting) {
    silent_server server("");
    process child({program("tmqcat"), "-b", server.url(), "-t", "meters", "-G", "g"});
    ASSERT_TRUE(server.await_client());
    child.signal(SIGINT);
    EXPECT_EQ(child.wait(std::chrono::seconds(5)), 0);
}

TEST(tmqcat_tool, a_server_that_is_no_web_server_is_a_connection_error) {
    silent_server server("SSH-2.0-OpenSSH_9.2\r\n\r\n");
    const output printed = tmqcat({"-b", server.url(), "-t", "meters", "-G", "g"});
    EXPECT_EQ(printed.status, 2) << printed.errors;
}

TEST(tmqcat_tool, exit_status_tells_usage_from_connection_errors) {
    EXPECT_EQ(tmqcat({}).status, 1);
    EXPECT_EQ(tmqcat({"-b", "http://localhost", "-t", "t", "-G", "g"}).status, 1);
    EXPECT_EQ(tmqcat({"-b", "ws://localhost", "-t", "t", "-G", "a:b"}).status, 1);
    EXPECT_EQ(tmqcat({"-b", "ws://localhost", "-t", "t", "-G", "g", "-X", "no.such.key=1"}).status, 1);
    EXPECT_EQ(tmqcat({"-b", "ws://localhost", "-t", "t", "-G", "g", "-c", "0"}).status, 1);
    EXPECT_EQ(tmqcat({"--help"}).status, 0);
    const output refused = tmqcat({"-b", "ws://127.0.0.1:1", "-t", "t", "-G", "g"});
    EXPECT_EQ(refused.status, 2);
    EXPECT_NE(refused.errors.find("127.0.0.1:1"), std::string::npos) << refused.errors;
    simulator server({"--rows", "1", "--topic", "meters"});
    const output unknown = tmqcat({"-b", server.url, "-t", "no_such_topic", "-G", "g"});
    EXPECT_EQ(unknown.status, 2);
    EXPECT_NE(unknown.errors.find("Topic not exist"), std::string::npos) << unknown.errors;
}

TEST(tmqcat_tool, takes_every_setting_by_name_and_keeps_its_secrets) {
    simulator server({"--rows", "1", "--topic", "meters"});
    const output printed =
        tmqcat({"-b", server.url, "-t", "meters", "-G", "g", "-o", "earliest", "-e", "-X",
                "msg.with.table.name=true", "-X", "min.poll.rows=1", "-X", "enable.replay=false", "-X",
                "timezone=UTC", "-X", "ws.message.timeout=10s"});
    EXPECT_EQ(printed.status, 0) << printed.errors;
    const output misspelt = tmqcat({"-b", "ws://localhost", "-t", "t", "-X", "group_id=g"});
    EXPECT_EQ(misspelt.status, 1);
    EXPECT_NE(misspelt.errors.find("did you mean 'group.id'?"), std::string::npos) << misspelt.errors;
    const output secret = tmqcat({"-b", "ws://localhost", "-t", "t", "-G", "g", "-X", "token=s3cr3t\n"});
    EXPECT_EQ(secret.status, 1);
    EXPECT_EQ(secret.errors.find("s3cr3t"), std::string::npos) << secret.errors;
}

TEST(tmqcat_tool, bad_data_has_an_exit_status_of_its_own) {
    testing::server server;
    server.create_topic(topic_options("broken"));
    server.append_message("broken", server.vgroups("broken")[0], std::vector<std::byte>(40, std::byte{0x64}));
    const output printed =
        tmqcat({"-b", server.url(), "-t", "broken", "-G", "g", "-o", "earliest", "-J", "-e"});
    EXPECT_EQ(printed.status, 3) << printed.errors;
    EXPECT_NE(printed.errors.find("at byte"), std::string::npos) << printed.errors;
}

/// One vgroup with messages of ten rows each: message i ends at offset i + 1.
class tmqcat_commit : public ::testing::Test {
  protected:
    void SetUp() override {
        server.create_topic(topic_options("meters"));
        const meter_source source(7, 1);
        for (std::uint64_t i = 0; i < messages; ++i)
            append_meters(server, "meters", source, i * 10, 10, 10);
        vgroup = server.vgroups("meters")[0];
    }
    static constexpr std::size_t messages = 10;
    testing::server server;
    std::int32_t vgroup = 0;

    output run(const std::string& group, const std::vector<std::string>& more) {
        std::vector<std::string> arguments = {"-b",  server.url(), "-t",       "meters", "-G",
                                              group, "-o",         "earliest", "-J"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return tmqcat(arguments);
    }
    std::optional<std::int64_t> committed(const std::string& group) const {
        return server.committed(group, "meters", vgroup);
    }
};

TEST_F(tmqcat_commit, is_not_made_unless_it_is_asked_for) {
    for (const std::vector<std::string>& more : std::vector<std::vector<std::string>>{
             {"-e"}, {"-c", "25"}, {"-e", "-X", "auto.commit.interval.ms=1"}}) {
        const output printed = run("g", more);
        EXPECT_EQ(printed.status, 0) << printed.errors;
        EXPECT_EQ(printed.lines.size(), more[0] == "-e" ? messages * 10 : 25U);
    }
    EXPECT_EQ(committed("g"), std::nullopt);
    EXPECT_EQ(server.request_count("commit_offset") + server.request_count("commit"), 0U);
}

TEST_F(tmqcat_commit, covers_what_was_printed_and_nothing_behind_whatever_is_read_ahead) {
    int runs = 0;
    for (const std::vector<std::string>& how : std::vector<std::vector<std::string>>{
             {"--commit"},
             {"-X", "enable.auto.commit=true"},
             {"--commit", "-X", "enable.auto.commit=true", "-X", "auto.commit.interval.ms=1"}}) {
        for (const char* const prefetch : {"prefetch=0", "prefetch=1", "prefetch=8"}) {
            const std::string group = "g" + std::to_string(++runs);
            std::vector<std::string> more = {"-c", "25", "-X", prefetch};
            more.insert(more.end(), how.begin(), how.end());
            const output printed = run(group, more);
            EXPECT_EQ(printed.status, 0) << printed.errors;
            EXPECT_EQ(printed.lines.size(), 30U) << "a message is the unit of commit";
            EXPECT_EQ(committed(group), 3) << how[0] << " " << prefetch;
        }
    }
    EXPECT_EQ(runs, 9);
}

TEST_F(tmqcat_commit, by_itself_leaves_nothing_to_repeat_after_a_signal) {
    std::multiset<std::string> seen;
    {
        process child({program("tmqcat"), "-b", server.url(), "-t", "meters", "-G", "g", "-o", "earliest",
                       "-J", "-X", "enable.auto.commit=true"});
        seen.insert(child.read_line());
        child.signal(SIGINT);
        const std::vector<std::string> lines = child.read_lines();
        seen.insert(lines.begin(), lines.end());
        EXPECT_EQ(child.wait(), 0);
    }
    EXPECT_EQ(committed("g"), static_cast<std::int64_t>(seen.size() / 10));
    const output rest = run("g", {"-e"});
    seen.insert(rest.lines.begin(), rest.lines.end());
    EXPECT_EQ(seen.size(), messages * 10);
    EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), messages * 10);
}

TEST_F(tmqcat_commit, is_no_reason_to_end_when_the_vgroup_has_moved) {
    server.inject(fault::error_reply(0x4008, "Invalid vgroup id").on("commit_offset").skip(1).times(1000));
    const output printed = run("g", {"-e", "--commit", "-X", "request.timeout.ms=300"});
    EXPECT_EQ(printed.status, 0) << printed.errors;
    EXPECT_EQ(std::set<std::string>(printed.lines.begin(), printed.lines.end()).size(), messages * 10);
    EXPECT_EQ(printed.lines.size(), messages * 10);
    for (const int offset : {2, 10})
        EXPECT_NE(printed.errors.find("not committed: topic meters, vgroup " + std::to_string(vgroup) +
                                      ", offset " + std::to_string(offset) + ": "),
                  std::string::npos)
            << printed.errors;
    EXPECT_EQ(committed("g"), 1);
}

using tmqcat_reconnect = tmqcat_commit;

TEST_F(tmqcat_reconnect, prints_every_row_once) {
    for (const bool commits : {false, true}) {
        server.inject(fault::reset().on("poll").skip(3).times(2));
        server.inject(fault::reset().on("fetch_raw_data").skip(6));
        std::vector<std::string> more = {"-e", "-X", "reconnect.interval.ms=1"};
        if (commits) more.emplace_back("--commit");
        const output printed = run("g", more);
        EXPECT_EQ(printed.status, 0) << printed.errors;
        EXPECT_EQ(printed.lines.size(), messages * 10);
        EXPECT_EQ(std::set<std::string>(printed.lines.begin(), printed.lines.end()).size(), messages * 10);
        EXPECT_NE(printed.errors.find("connection lost, trying again"), std::string::npos) << printed.errors;
        EXPECT_NE(printed.errors.find("reconnected"), std::string::npos) << printed.errors;
    }
}

TEST_F(tmqcat_reconnect, is_given_up_and_a_server_that_is_gone_is_not_silent) {
    // In a process of its own: a child of this one would inherit the listening socket.
    simulator gone({"--rows", "1", "--topic", "meters"});
    process child({program("tmqcat"), "-b", gone.url, "-t", "meters", "-G", "g", "-o", "earliest", "-J",
                   "--timeout", "1", "-X", "reconnect.retries=6", "-X", "reconnect.interval.ms=300", "-X",
                   "reconnect.factor=1"});
    EXPECT_NE(child.read_line(), "");
    gone.stop();
    EXPECT_EQ(child.wait(), 2);
    EXPECT_NE(child.errors().find("attempt 6 to connect"), std::string::npos) << child.errors();
    EXPECT_EQ(child.errors().find("no message"), std::string::npos) << child.errors();
}

TEST_F(tmqcat_reconnect, is_tried_for_as_long_as_it_is_told_to) {
    simulator gone({"--rows", "1", "--topic", "meters"});
    process child({program("tmqcat"), "-b", gone.url, "-t", "meters", "-G", "g", "-o", "earliest", "-J", "-X",
                   "reconnect.for.ms=1000", "-X", "reconnect.interval.ms=100"});
    EXPECT_NE(child.read_line(), "");
    gone.stop();
    EXPECT_EQ(child.wait(std::chrono::seconds(10)), 2) << child.errors();
}

TEST_F(tmqcat_reconnect, is_not_tried_when_it_is_told_not_to) {
    server.inject(fault::reset().on("poll").skip(3));
    const output printed = run("g", {"-e", "-X", "reconnect=false", "-X", "prefetch=0"});
    EXPECT_EQ(printed.status, 2) << printed.errors;
    EXPECT_EQ(printed.lines.size(), 30U);
}

TEST_F(tmqcat_reconnect, is_ended_by_a_signal) {
    server.inject(fault::reset().on("commit_offset"));
    server.inject(fault::reset().on("connect").skip(1).times(1'000'000));
    process child({program("tmqcat"), "-b", server.url(), "-t", "meters", "-G", "g", "-o", "earliest", "-J",
                   "--commit", "-X", "reconnect.retries=1000000"});
    EXPECT_NE(child.read_line(), "");
    ASSERT_TRUE(server.await_requests("commit_offset", 1));
    child.signal(SIGINT);
    EXPECT_EQ(child.wait(), 0) << child.errors();
}

TEST_F(tmqcat_reconnect, makes_rows_that_the_server_has_removed_meanwhile_an_exit_status) {
    server.on_message([this](const announced_message& found) {
        if (found.count != 2) return;
        server.truncate_log("meters", vgroup, 7);
        server.reset_all();
    });
    const output printed = run("g", {"-e", "-X", "prefetch=0"});
    EXPECT_EQ(printed.status, 3) << printed.errors;
    EXPECT_EQ(printed.lines.size(), 40U) << "the message before, and the three that are left";
    EXPECT_NE(printed.errors.find("rows lost: topic meters, vgroup " + std::to_string(vgroup) +
                                  ": the server removed offsets 1 to 7"),
              std::string::npos)
        << printed.errors;
}

/// A server with a topic whose rows are consumed once and recorded, to be replayed by another.
class recording : public e2e {
  protected:
    explicit recording(testing::server_options options = testing::server_options().credentials("root",
                                                                                               secret))
        : e2e(std::move(options)) {
        create_topic(2);
        append(0, 300);
        std::string credentials = "root:";
        credentials += secret;
        url_ = server.url();
        url_.insert(std::string("ws://").size(), credentials + "@");
    }

    output consume(const std::string& url, std::vector<std::string> more = {}) const {
        std::vector<std::string> arguments = {"-b",       url,  "-t", std::string(topic), "-G", "g", "-o",
                                              "earliest", "-J", "-e"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return tmqcat(std::move(arguments));
    }
    output record(const std::string& path) const { return consume(url_, {"--record", path}); }
    /// Rows of the two vgroups may come in any order.
    static std::vector<std::string> sorted(std::vector<std::string> lines) {
        std::sort(lines.begin(), lines.end());
        return lines;
    }

    static constexpr const char* secret = "s3cret-of-root";
    std::string url_;
    temporary_directory directory_;
};

TEST_F(recording, of_a_conversation_brings_the_same_rows_when_it_is_replayed) {
    const output recorded = record(directory_ / "one.jsonl");
    ASSERT_EQ(recorded.status, 0) << recorded.errors;
    ASSERT_EQ(recorded.lines.size(), 300U);
    for (const std::vector<std::string>& source :
         {std::vector<std::string>{"--load", directory_.path()}, {"--replay", directory_ / "one.jsonl"}}) {
        simulator replay(source);
        const output replayed = consume(replay.url);
        EXPECT_EQ(replayed.status, 0) << replayed.errors;
        EXPECT_EQ(sorted(replayed.lines), sorted(recorded.lines));
        EXPECT_EQ(replay.stop(), 0);
    }
}

TEST_F(recording, has_no_password_and_no_token_in_it) {
    ASSERT_EQ(record(directory_ / "one.jsonl").status, 0);
    const output refused =
        consume(url_, {"--record", directory_ / "two.jsonl", "-X", "td.connect.pass=another-secret", "-X",
                       "td.connect.token=t0ken-of-root"});
    EXPECT_EQ(refused.status, 2);
    server.inject(fault::error_reply(0x357, std::string("no user with ") + secret).on("subscribe"));
    EXPECT_EQ(record(directory_ / "three.jsonl").status, 2);
    for (const char* name : {"one.jsonl", "two.jsonl", "three.jsonl"}) {
        const std::string content = content_of(directory_ / name);
        for (const char* hidden : {secret, "another-secret", "t0ken-of-root"})
            EXPECT_EQ(content.find(hidden), std::string::npos) << name;
        EXPECT_NE(content.find(R"(\"password\":\"***\")"), std::string::npos) << name;
    }
    EXPECT_NE(content_of(directory_ / "three.jsonl").find("no user with ***"), std::string::npos);
}

TEST_F(recording, goes_on_over_a_lost_connection) {
    server.inject(fault::reset().on("poll").skip(1));
    const output recorded = record(directory_ / "one.jsonl");
    ASSERT_EQ(recorded.status, 0) << recorded.errors;
    EXPECT_EQ(server.accepted_count(), 2U);
    simulator replay({"--load", directory_.path()});
    EXPECT_EQ(sorted(consume(replay.url).lines), sorted(recorded.lines));
}

TEST_F(recording, needs_a_file_that_can_be_written) {
    const output refused = record(directory_ / "nowhere/one.jsonl");
    EXPECT_EQ(refused.status, 1);
    EXPECT_NE(refused.errors.find("nowhere/one.jsonl"), std::string::npos);
    EXPECT_EQ(server.accepted_count(), 0U);
    EXPECT_EQ(record("/dev/full").status, 2);
}

TEST(tmqsim_tool, loads_every_transcript_of_a_directory) {
    simulator replay({"--load", TMQ_TEST_DATA "/v3.3.5"});
    EXPECT_EQ(
        tmqcat({"-b", replay.url, "-t", "gold_meters", "-G", "g", "-o", "earliest", "-J", "-e"}).lines.size(),
        300U);
    EXPECT_EQ(replay.stop(), 0);
    const temporary_directory empty;
    for (const std::string& path : {empty.path(), empty / "nowhere"}) {
        process child({program("tmqsim"), "--port", "0", "--load", path});
        EXPECT_EQ(child.wait(), 2);
        EXPECT_NE(child.errors().find(path), std::string::npos);
    }
}

TEST(tmqsim_tool, refuses_a_bad_command_line) {
    const std::vector<std::vector<std::string>> lines = {{"--port", "none"},
                                                         {"--port", "0", "--tls-certificate", "file"},
                                                         {"--port", "0", "--tls-key", "file"}};
    for (std::vector<std::string> arguments : lines) {
        arguments.insert(arguments.begin(), program("tmqsim"));
        process child(std::move(arguments));
        EXPECT_EQ(child.wait(), 1);
        EXPECT_NE(child.errors(), "");
    }
}

TEST(tmqsim_tool, serves_wss_with_the_certificate_and_key_of_two_files) {
    const certificate_authority ca;
    const identity own = ca.issue(loopback());
    const temporary_file certificate(own.certificate);
    const temporary_file key(own.private_key);
    simulator sim({"--rows", "1", "--tls-certificate", certificate.path(), "--tls-key", key.path()});
    web_socket_client client(sim.port(), tls_peer{ca.pem(), {}, {}, 0});
    EXPECT_NE(client.ask(R"({"action":"version"})").bytes.find("\"code\":0"), std::string::npos);
    EXPECT_EQ(sim.stop(), 0);
}

TEST(tmqsim_tool, ends_when_a_file_cannot_be_used) {
    const temporary_file nonsense("nonsense");
    process child({program("tmqsim"), "--port", "0", "--tls-certificate", nonsense.path(), "--tls-key",
                   nonsense.path()});
    EXPECT_EQ(child.wait(), 2);
    EXPECT_NE(child.errors().find("TLS certificate"), std::string::npos);
}

}  // namespace
}  // namespace tmq::test
