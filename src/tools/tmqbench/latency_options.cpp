#include "tools/tmqbench/latency_options.hpp"

#include <algorithm>
#include <cctype>

namespace tmq::tools::tmqbench {
namespace {

latency_client parse_client(const std::string& name) {
    if (name == "tmq") return latency_client::tmq;
    if (name == "drain") return latency_client::drain;
    throw usage_error("--client: '" + name + "' is not tmq or drain");
}

/// True if the text is a name that needs no quotes in SQL.
bool is_plain_name(const std::string& text) {
    return std::all_of(text.begin(), text.end(),
                       [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; }) &&
           std::isdigit(static_cast<unsigned char>(text.front())) == 0;
}

/// True if the text must be escaped in JSON. The drain writes texts into its request unchanged.
bool needs_escape(const std::string& text) {
    return std::any_of(text.begin(), text.end(),
                       [](unsigned char c) { return c < 0x20 || c == '"' || c == '\\'; });
}

void check(const latency_options& options) {
    if (options.consumers != 1 || options.threads != 1)
        throw usage_error("latency measures one consumer on one thread");
    if (options.settings.tls()) throw usage_error("latency needs ws://: rows are inserted over plain HTTP");
    if (!is_plain_name(options.topic))
        throw usage_error("--topic: '" + options.topic + "' is not a plain name");
    if (options.client == latency_client::tmq) return;
    for (const std::string& text : {options.settings.user(), options.settings.password(), options.group})
        if (needs_escape(text))
            throw usage_error("--client drain: '" + text + "' needs escapes, which drain cannot write");
}

}  // namespace

latency_options parse_latency_options(arguments& args) {
    latency_options out;
    // The default topic has the same name as the default group, which is unique to this process.
    out.topic = out.group;
    out.settings.auto_commit(false).start_at(offset_reset::earliest);
    while (args.next()) {
        const std::string& option = args.option();
        if (option == "--client")
            out.client = parse_client(args.value());
        else if (option == "--rows")
            out.rows = args.number(1, 100'000);
        else if (option == "--rate")
            out.rate = static_cast<double>(args.number(1, 10'000));
        else if (!out.read(args))
            throw usage_error("unknown option " + option);
    }
    out.complete();
    check(out);
    return out;
}

}  // namespace tmq::tools::tmqbench
