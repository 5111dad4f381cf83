#include "tools/tmqbench/latency_options.hpp"

#include <algorithm>
#include <cctype>

namespace tmq::tools::tmqbench {
namespace {

latency_client client_of(const std::string& name) {
    if (name == "tmq") return latency_client::tmq;
    if (name == "drain") return latency_client::drain;
    throw usage_error("--client: '" + name + "' is not tmq or drain");
}

/// A name that needs no quotes in SQL.
bool is_plain_name(const std::string& text) {
    return std::all_of(text.begin(), text.end(),
                       [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; }) &&
           std::isdigit(static_cast<unsigned char>(text.front())) == 0;
}

/// `drain` puts it into its request as it is.
bool needs_escape(const std::string& text) {
    return std::any_of(text.begin(), text.end(),
                       [](unsigned char c) { return c < 0x20 || c == '"' || c == '\\'; });
}

void check(const latency_options& options) {
    if (options.consumers != 1 || options.threads != 1) throw usage_error("latency is that of one consumer");
    if (options.settings.tls()) throw usage_error("latency needs ws://: rows are inserted over plain HTTP");
    if (!is_plain_name(options.topic))
        throw usage_error("--topic: '" + options.topic + "' is not a plain name");
    if (options.client == latency_client::tmq) return;
    for (const std::string& text : {options.settings.user(), options.settings.password(), options.group})
        if (needs_escape(text)) throw usage_error("drain does not know how to write '" + text + "'");
}

}  // namespace

latency_options parse_latency_options(arguments& args) {
    latency_options out;
    // That of the process, too.
    out.topic = out.group;
    out.settings.auto_commit(false).start_at(offset_reset::earliest);
    while (args.next()) {
        const std::string& option = args.option();
        if (option == "--client")
            out.client = client_of(args.value());
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
