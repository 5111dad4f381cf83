#include "tools/tmqcat_options.hpp"

#include "tmq/error.hpp"

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

constexpr std::string_view usage = R"(usage: tmqcat -b URL -t TOPIC[,TOPIC] -G GROUP [options]

Prints the rows of TDengine topics, consumed over taosAdapter's WebSocket. Rows go to stdout, all else to stderr.

  -b URL           ws://[user:password@]host[:port][/path][?key=value&...], or wss://; default port 6041
  -t TOPIC,...     topics to subscribe to
  -G GROUP         consumer group
  -o WHERE         where a group starts that has committed nothing: earliest, latest or none (default latest)
  -e               end when every assigned vgroup was read to its end
  -c ROWS          end after exactly ROWS rows; when something is committed after the message that reaches ROWS
  -J               one JSON object per row instead of a table
  --commit         commit each message after its rows were printed; without it, and without -X enable.auto.commit=true, nothing is
  --record FILE    write the conversation to FILE, without passwords and tokens; tmqsim --replay serves it
  --stats          print counters to stderr at the end
  --timeout S      end when no message came for S seconds
  -X KEY=VALUE     a setting by any name it has, for example -X session.timeout.ms=30000; see docs/configuration.md
  -h, --help       this text

exit status: 0 done, 1 usage, 2 connection or server error, 3 lost or bad data
)";

class usage_error : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

std::uint64_t parse_rows(std::string_view text) {
    std::uint64_t rows = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), rows);
    if (ec != std::errc() || end != text.data() + text.size() || rows == 0) throw usage_error("-c needs a number of rows from 1");
    return rows;
}

std::chrono::milliseconds parse_seconds(const char* text) {
    char* end = nullptr;
    const double seconds = std::strtod(text, &end);
    if (end == text || *end != '\0' || !std::isfinite(seconds) || seconds <= 0 || seconds > 1e9)
        throw usage_error("--timeout needs a number of seconds above 0");
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

tmqcat_options parse(int argc, char** argv, bool& help) {
    enum : int { option_commit = 256, option_record, option_stats, option_timeout };
    const option long_options[] = {{"commit", no_argument, nullptr, option_commit},
                                   {"record", required_argument, nullptr, option_record},
                                   {"stats", no_argument, nullptr, option_stats},
                                   {"timeout", required_argument, nullptr, option_timeout},
                                   {"help", no_argument, nullptr, 'h'},
                                   {nullptr, 0, nullptr, 0}};
    tmqcat_options options;
    // Nothing is committed unless somebody says so.
    options.settings.auto_commit(false);
    std::vector<std::pair<std::string, std::string>> properties;
    bool has_url = false;
    bool has_group = false;
    for (int c = 0; (c = getopt_long(argc, argv, "b:t:G:o:ec:JX:h", long_options, nullptr)) != -1;) {
        switch (c) {
            case 'b':
                options.settings.url(optarg);
                has_url = true;
                break;
            case 't': options.topics = split_topics(optarg); break;
            case 'G':
                properties.emplace_back("group.id", optarg);
                has_group = true;
                break;
            case 'o': properties.emplace_back("auto.offset.reset", optarg); break;
            case 'e': options.exit_at_end = true; break;
            case 'c': options.max_rows = parse_rows(optarg); break;
            case 'J': options.json = true; break;
            case 'X': {
                const std::string_view property = optarg;
                const std::size_t equals = property.find('=');
                if (equals == std::string_view::npos) throw usage_error("-X needs KEY=VALUE");
                properties.emplace_back(property.substr(0, equals), property.substr(equals + 1));
                break;
            }
            case option_commit: options.commit = true; break;
            case option_record: options.record = optarg; break;
            case option_stats: options.stats = true; break;
            case option_timeout: options.idle_timeout = parse_seconds(optarg); break;
            case 'h': help = true; return options;
            default: throw usage_error("");  // getopt has said what
        }
    }
    if (optind != argc) throw usage_error(fmt::format("unexpected argument '{}'", argv[optind]));
    // Options win over what the URL says, wherever they stand.
    for (const auto& [key, value] : properties) options.settings.set(key, value);
    // Whoever commits each message has no use for a timer, and what is printed is finished.
    if (options.commit) options.settings.auto_commit(false);
    options.settings.acknowledge(acknowledge_mode::by_poll);
    if (!has_url) throw usage_error("-b URL is missing");
    if (options.topics.empty()) throw usage_error("-t TOPIC is missing");
    if (!has_group && options.settings.group_id().empty()) throw usage_error("-G GROUP is missing");
    return options;
}

}  // namespace

parsed_options parse_tmqcat_options(int argc, char** argv) {
    parsed_options result;
    const auto refuse = [&result](std::string_view why) {
        if (!why.empty()) std::fputs(fmt::format("tmqcat: {}\n", why).c_str(), stderr);
        std::fputs("Try 'tmqcat --help'.\n", stderr);
        result.exit_code = 1;
    };
    try {
        bool help = false;
        tmqcat_options options = parse(argc, argv, help);
        if (help)
            fmt::print("{}", usage);
        else
            result.options.emplace(std::move(options));
    } catch (const usage_error& why) {
        refuse(why.what());
    } catch (const error& why) {
        refuse(why.what());
    }
    return result;
}

}  // namespace tmq::tools
