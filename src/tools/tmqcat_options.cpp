#include "tools/tmqcat_options.hpp"

#include "tmq/error.hpp"
#include "tools/exit_status.hpp"
#include "tools/say.hpp"

#include <fmt/format.h>

#include <getopt.h>

#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace tmq::tools {
namespace {

constexpr const char* help = R"(usage: tmqcat -b URL -t TOPIC[,TOPIC] -G GROUP [options]

Prints the rows of TDengine topics, consumed over taosAdapter's WebSocket.
Rows go to stdout, all else to stderr.

  -b URL           ws://[user:password@]host[:port][/path][?key=value&...], or wss://; default port 6041
  -t TOPIC,...     topics to subscribe to
  -G GROUP         consumer group
  -o POSITION      position at which a group starts that has committed nothing: earliest, latest or none
                   (default latest)
  -e               end when this consumer has read its vgroups to their ends; stderr reports their number
  -c ROWS          end after exactly ROWS rows; with commits, after the message that reaches ROWS
  -J               print one JSON object per row instead of a table
  --commit         commit each message after its rows were printed; without it, and without
                   -X enable.auto.commit=true, nothing is committed
  --record FILE    write the conversation to FILE, without passwords and tokens; tmqsim --replay serves it
  --settle S       seconds for which the vgroups must not change before -e ends (default 2);
                   a member that died keeps its vgroups for session.timeout.ms
  --stats          print counters to stderr at the end
  --timeout S      end when no message has arrived for S seconds
  -X KEY=VALUE     set a key of docs/configuration.md, for example -X session.timeout.ms=30000
  -h, --help       print this text

A lost connection is re-established for up to 60 s, unless -X reconnect.for.ms or -X reconnect.retries sets
another limit.

exit status: 0 done, 1 usage, 2 connection or server error, 3 lost or bad data
)";

/// Limit of reconnecting, unless the command line sets another one: nobody watches a tool for hours.
constexpr std::chrono::milliseconds patience = std::chrono::seconds(60);

class usage_error : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

std::uint64_t parse_rows(std::string_view text) {
    std::uint64_t rows = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), rows);
    if (ec != std::errc() || end != text.data() + text.size() || rows == 0)
        throw usage_error("-c needs a number of rows from 1");
    return rows;
}

std::chrono::milliseconds parse_seconds(std::string_view option, const char* text) {
    char* end = nullptr;
    const double seconds = std::strtod(text, &end);
    if (end == text || *end != '\0' || !std::isfinite(seconds) || seconds <= 0 || seconds > 1e9)
        throw usage_error(fmt::format("{} needs a number of seconds above 0", option));
    return std::chrono::milliseconds(static_cast<std::int64_t>(std::ceil(seconds * 1000)));
}

std::vector<std::string> split_topics(std::string_view text) {
    std::vector<std::string> topics;
    while (true) {
        const std::size_t comma = text.find(',');
        const std::string_view topic = text.substr(0, comma);
        if (topic.empty()) throw usage_error("-t has an empty topic");
        topics.emplace_back(topic);
        if (comma == std::string_view::npos) return topics;
        text.remove_prefix(comma + 1);
    }
}

std::pair<std::string, std::string> parse_property(std::string_view text) {
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) throw usage_error("-X needs KEY=VALUE");
    return {std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))};
}

/// A command line in the course of parsing. The settings of its options are applied at the end, since they
/// win over the URL at any position.
struct command_line {
    tmqcat_options options;
    std::vector<std::pair<std::string, std::string>> properties;
    bool has_url = false;
    bool wants_help = false;
};

enum : int { option_commit = 256, option_record, option_settle, option_stats, option_timeout };

void apply_option(command_line& line, int id, const char* argument) {
    tmqcat_options& options = line.options;
    switch (id) {
        case 'b':
            options.settings.url(argument);
            line.has_url = true;
            break;
        case 't': options.topics = split_topics(argument); break;
        case 'G': line.properties.emplace_back("group.id", argument); break;
        case 'o': line.properties.emplace_back("auto.offset.reset", argument); break;
        case 'e': options.exit_at_end = true; break;
        case 'c': options.max_rows = parse_rows(argument); break;
        case 'J': options.json = true; break;
        case 'X': line.properties.push_back(parse_property(argument)); break;
        case option_commit: options.commit = true; break;
        case option_record: options.record = argument; break;
        case option_settle: options.settle_time = parse_seconds("--settle", argument); break;
        case option_stats: options.stats = true; break;
        case option_timeout: options.idle_timeout = parse_seconds("--timeout", argument); break;
        case 'h': line.wants_help = true; break;
        default: throw usage_error("");  // getopt has printed the reason
    }
}

/// Reads the options in the order of the command line.
command_line read_options(int argc, char** argv) {
    const option long_options[] = {{"commit", no_argument, nullptr, option_commit},
                                   {"record", required_argument, nullptr, option_record},
                                   {"settle", required_argument, nullptr, option_settle},
                                   {"stats", no_argument, nullptr, option_stats},
                                   {"timeout", required_argument, nullptr, option_timeout},
                                   {"help", no_argument, nullptr, 'h'},
                                   {nullptr, 0, nullptr, 0}};
    command_line line;
    // Nothing is committed by default.
    line.options.settings.auto_commit(false).reconnect_for(patience);
    while (!line.wants_help) {
        const int id = getopt_long(argc, argv, "b:t:G:o:ec:JX:h", long_options, nullptr);
        if (id == -1) break;
        apply_option(line, id, optarg);
    }
    if (!line.wants_help && optind != argc)
        throw usage_error(fmt::format("unexpected argument '{}'", argv[optind]));
    return line;
}

/// Applies the properties, and checks the options together.
void complete(command_line& line) {
    config& settings = line.options.settings;
    for (const auto& [key, value] : line.properties)
        settings.set(key, value);
    const bool counts_attempts = settings.reconnect_retries() != config::unlimited_retries;
    if (counts_attempts && settings.reconnect_for() == patience)
        settings.reconnect_for(std::chrono::milliseconds(0));
    // --commit commits each message, so automatic commits would be useless. A printed message counts as
    // processed.
    if (line.options.commit) settings.auto_commit(false);
    settings.acknowledge(acknowledge_mode::by_poll);
    if (!line.has_url) throw usage_error("-b URL is missing");
    if (line.options.topics.empty()) throw usage_error("-t TOPIC is missing");
    if (settings.group_id().empty()) throw usage_error("-G GROUP is missing");
}

}  // namespace

parsed_options parse_tmqcat_options(int argc, char** argv) {
    parsed_options result;
    const auto refuse = [&result](std::string_view problem) {
        if (!problem.empty()) say("tmqcat: {}", problem);
        say("Try 'tmqcat --help'.");
        result.exit_code = usage;
    };
    try {
        command_line line = read_options(argc, argv);
        if (line.wants_help) {
            std::fputs(help, stdout);
            return result;
        }
        complete(line);
        result.options.emplace(std::move(line.options));
    } catch (const usage_error& refusal) {
        refuse(refusal.what());
    } catch (const error& refusal) {
        refuse(refusal.what());
    }
    return result;
}

}  // namespace tmq::tools
