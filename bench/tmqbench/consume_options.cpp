#include "tmqbench/consume_options.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <optional>

namespace tmq::bench {
namespace {

touch_mode mode_of(const std::string& name) {
    if (name == "rows") return touch_mode::rows;
    if (name == "columns") return touch_mode::columns;
    if (name == "dynamic") return touch_mode::dynamic;
    throw usage_error("--mode: '" + name + "' is not rows, columns or dynamic");
}

}  // namespace

consume_options parse_consume_options(arguments& args) {
    constexpr std::uint64_t billions = 1'000'000'000'000;
    consume_options out;
    out.settings.auto_commit(false).start_at(offset_reset::earliest);
    out.group = fmt::format("tmqbench_{}", ::getpid());
    std::optional<std::string> url;
    std::optional<std::uint64_t> prefetch;
    bool compress = false;
    while (args.next()) {
        const std::string& option = args.option();
        if (option == "--url")
            url = args.value();
        else if (option == "--topic")
            out.topic = args.value();
        else if (option == "--rows")
            out.rows = args.number(1, billions);
        else if (option == "--group")
            out.group = args.value();
        else if (option == "--mode")
            out.mode = mode_of(out.mode_name = args.value());
        else if (option == "--prefetch")
            prefetch = args.number(0, 1024);
        else if (option == "--compress")
            compress = true;
        else if (option == "--commit")
            out.commit = true;
        else if (option == "--work-us")
            out.work = std::chrono::microseconds(args.number(0, 10'000'000));
        else if (option == "--consumers")
            out.consumers = args.number(1, 100'000);
        else if (option == "--own-groups")
            out.own_groups = true;
        else if (option == "--threads")
            out.threads = args.number(1, 1024);
        else
            throw usage_error("unknown option " + option);
    }
    if (!url) throw usage_error("--url is missing");
    if (out.topic.empty()) throw usage_error("--topic is missing");
    if (out.rows == 0) throw usage_error("--rows is missing");
    out.settings.url(*url);
    out.settings.group_id(out.group);
    if (prefetch) out.settings.prefetch(*prefetch);
    if (compress) out.settings.compression(true);
    return out;
}

}  // namespace tmq::bench
