#include "ceiling/waiting_drain.hpp"

#include <chrono>

namespace ceiling {

waiting_drain::waiting_drain(const std::string& host, std::uint16_t port, const login& as,
                             const std::string& topic, const std::string& group)
    : server_(host, port, buffer_) {
    server_.limit_receiving(std::chrono::seconds(10));
    server_.send(subscribe_request(topic, group, as));
    server_.expect(R"("code":0)");
}

std::string_view waiting_drain::next() {
    write_poll(request_, ++id_, message_);
    server_.send(request_);
    const std::uint64_t found = find_message(server_.expect(R"("code":0)"));
    if (found == 0) return {};
    message_ = found;
    write_fetch(request_, ++id_, message_);
    server_.send(request_);
    return server_.receive();
}

void waiting_drain::unsubscribe() {
    server_.send(R"({"action":"unsubscribe","args":{"req_id":0}})");
    server_.receive();
}

}  // namespace ceiling
