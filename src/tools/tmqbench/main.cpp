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
  --group G              consumer group; default a new one
  --mode rows|columns|dynamic
                         rows (default): row by row, as typed tuples: of all columns where they are those of serve, else of
                         two at a time, each as std::optional; columns: column by column; dynamic: row by row, types found
                         out at run time. "typed_cells" of the result are those that were read as the type of their column
  --prefetch K           messages read ahead; default the library's
  --compress             ask for compression
  --commit               commit every message; without it nothing is committed
  --work-us W            microseconds of work that each message takes besides
  --consumers C          members of the group, each with its own connection (default 1)
  --own-groups           each is in a group of its own instead, and reads the whole topic; N rows are those of all together
  --threads T            threads they share (default 1)

idle tells what consumers cost that have nothing to read, in one line of JSON.
  --url U, --topic T     a topic that nobody writes to; --group G, --prefetch K, --compress as above
  --consumers N          each in a group of its own (default 1000)
  --threads T            threads they share (default 1)
  --seconds S            how long they do nothing, and again how long they wait in poll (default 10)

latency tells how long after the answer to its insert a row is there, when rows come one by one and a consumer waits, in one line of JSON with
quantiles in milliseconds. It creates a database and a topic, inserts over /rest/sql of the same server, and drops both in the end.
  --url U                ws:// only; --group G, --prefetch K, --compress as above
  --topic T              name of both; default a new one
  --client tmq|drain     drain: plain sockets that wait, the earliest that a client can have a row (default tmq)
  --rows N               how many rows are measured (default 500)
  --rate R               rows a second on average, at random intervals (default 75)

serve runs the embedded server on 127.0.0.1 with a loaded topic, until SIGINT or SIGTERM. Prints "listening on PORT" when loaded.
  --port P               default 0, which takes a free one
  --topic T              default bench
  --rows N               default 2000000; 7 columns, 53 bytes a row
  --stable               topic of a super table: blocks carry the names of eight child tables
  --vgroups V            default 2
  --rows-per-block R     default 1000
  --blocks-per-message B default 5
  --report-version V     version to report and to behave like
  --poll-pace MS         how long polls leave a vgroup alone that had nothing, as a real server's do (10); default 0
  --tls-certificate FILE, --tls-key FILE
                         serve wss:// with this certificate chain and key (PEM)

report turns lines of results into tables and pictures.
)";

}  // namespace

int main(int argc, char** argv) {
    using tmq::tools::tmqbench::arguments;
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
        if (command == commands.end())
            throw tmq::tools::tmqbench::usage_error(fmt::format("unknown command {}", name));
        return command->second(arguments({argv + 2, argv + argc}));
    } catch (const tmq::tools::tmqbench::usage_error& why) {
        fmt::print(stderr, "tmqbench: {}\n\n{}", why.what(), usage);
        return 1;
    } catch (const std::exception& why) {
        fmt::print(stderr, "tmqbench: {}\n", why.what());
        return 2;
    }
}
