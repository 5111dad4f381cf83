#include "tools/tmqbench/commands.hpp"

#include <fmt/core.h>

#include <cstdio>
#include <exception>
#include <map>
#include <string>
#include <string_view>

namespace {

constexpr std::string_view usage = R"(Usage: tmqbench consume --url U --topic T --rows N [options]
       tmqbench idle --url U --topic T [--consumers N] [--threads T] [--seconds S]
       tmqbench latency --url U [--client tmq|drain] [options]
       tmqbench serve [options]
       tmqbench report RESULTS.jsonl --out FILE.md --plots FOLDER

consume reads a topic from its beginning, touches every value, and prints one line of JSON.
  --url U                ws://[user:password@]host[:port][?key=value&...], or wss://
  --topic T, --rows N    end with the message that reaches N rows
  --group G              consumer group; default: a new one
  --mode rows|columns|dynamic
                         rows (default): row by row, as typed tuples: of all columns if they are those of
                         serve, otherwise of two at a time, each as std::optional;
                         columns: column by column;
                         dynamic: row by row, with types found at run time.
                         "typed_cells" of the result counts cells that were read as the type of their column
  --prefetch K           messages to read ahead; default: that of the library
  --compress             ask for compression
  --commit               commit every message; without it nothing is committed
  --work-us W            microseconds of extra work for each message
  --consumers C          members of the group, each with its own connection (default 1)
  --own-groups           put each consumer into a group of its own, where it reads the whole topic;
                         N counts the rows of all of them
  --threads T            threads that the consumers share (default 1)

idle measures the cost of consumers that have nothing to read, and prints one line of JSON.
  --url U, --topic T     a topic without writers; --group G, --prefetch K, --compress as above
  --consumers N          consumers, each in a group of its own (default 1000)
  --threads T            threads that the consumers share (default 1)
  --seconds S            time for which they do nothing, and again for which they wait in poll (default 10)

latency measures the time from the answer to the insert of a row to its delivery, while rows are inserted one
by one and a consumer waits. It prints one line of JSON with quantiles in milliseconds.
It creates a database and a topic, inserts over /rest/sql of the same server, and drops both at the end.
  --url U                ws:// only; --group G, --prefetch K, --compress as above
  --topic T              name of the database and the topic; default: a new one
  --client tmq|drain     drain: plain sockets that wait, the earliest any client can get a row (default tmq)
  --rows N               rows to measure (default 500)
  --rate R               average rows per second, at random intervals (default 75)

serve runs the embedded server on 127.0.0.1 with a loaded topic, until SIGINT or SIGTERM.
It prints "listening on PORT" when loaded.
  --port P               TCP port; default 0, which picks a free one
  --topic T              default bench
  --rows N               default 2000000; 7 columns, 53 bytes per row
  --stable               topic of a super table: blocks have the names of eight child tables
  --vgroups V            default 2
  --rows-per-block R     default 1000
  --blocks-per-message B default 5
  --report-version V     version to report and to behave like
  --poll-pace MS         time for which polls skip a vgroup that had nothing; 10 is that of real servers
                         (default 0)
  --tls-certificate FILE, --tls-key FILE
                         serve wss:// with this certificate chain and key (PEM)

report turns lines of results into tables and pictures.
)";

}  // namespace

int main(int argc, char** argv) {
    using tmq::tools::arguments;
    static const std::map<std::string_view, int (*)(arguments)> commands = {
        {"consume", tmq::tools::tmqbench::consume},
        {"idle", tmq::tools::tmqbench::idle},
        {"latency", tmq::tools::tmqbench::latency},
        {"serve", tmq::tools::tmqbench::serve},
        {"report", tmq::tools::tmqbench::report}};
    const std::string_view name = argc > 1 ? argv[1] : "--help";
    if (name == "--help" || name == "-h") {
        fmt::print("{}", usage);
        return argc > 1 ? 0 : 1;
    }
    try {
        const auto command = commands.find(name);
        if (command == commands.end()) throw tmq::tools::usage_error(fmt::format("unknown command {}", name));
        return command->second(arguments({argv + 2, argv + argc}));
    } catch (const tmq::tools::usage_error& failure) {
        fmt::print(stderr, "tmqbench: {}\n\n{}", failure.what(), usage);
        return 1;
    } catch (const std::exception& failure) {
        fmt::print(stderr, "tmqbench: {}\n", failure.what());
        return 2;
    }
}
