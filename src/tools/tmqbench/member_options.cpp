#include "tools/tmqbench/member_options.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <chrono>

namespace tmq::tools::tmqbench {

member_options::member_options() : group(fmt::format("tmqbench_{}", ::getpid())) {
    // A measurement must not wait for ever if its server is gone.
    settings.reconnect_for(std::chrono::seconds(60));
}

bool member_options::read(arguments& args) {
    const std::string& option = args.option();
    if (option == "--url")
        url_ = args.value();
    else if (option == "--topic")
        topic = args.value();
    else if (option == "--group")
        group = args.value();
    else if (option == "--prefetch")
        prefetch_ = args.number(0, 1024);
    else if (option == "--compress")
        compress_ = true;
    else if (option == "--consumers")
        consumers = args.number(1, 100'000);
    else if (option == "--threads")
        threads = args.number(1, 1024);
    else
        return false;
    return true;
}

void member_options::complete() {
    if (url_.empty()) throw usage_error("--url is missing");
    if (topic.empty()) throw usage_error("--topic is missing");
    settings.url(url_);
    settings.group_id(group);
    // Options win over the URL.
    if (prefetch_) settings.prefetch(*prefetch_);
    if (compress_) settings.compression(true);
}

}  // namespace tmq::tools::tmqbench
