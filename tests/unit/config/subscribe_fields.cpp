#include "unit/config/subscribe_fields.hpp"

#include "protocol/request.hpp"
#include "protocol/subscribe_settings.hpp"

#include <simdjson.h>

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

namespace tmq::test {
namespace {

void add_strings(fields& out, const std::string& prefix, const simdjson::dom::object& object) {
    for (const auto [key, value] : object) {
        if (key == "req_id" || key == "topics" || key == "config") continue;
        std::string_view text;
        if (bool on = false; key == "list_instances" && value.get(on) == simdjson::SUCCESS)
            text = on ? "true" : "false";
        else
            EXPECT_EQ(value.get(text), simdjson::SUCCESS) << key << " is no string";
        EXPECT_TRUE(out.emplace(prefix + std::string(key), text).second) << key << " is there twice";
    }
}

}  // namespace

fields subscribe_fields(const config& settings) {
    const std::vector<std::string> topics = {"meters"};
    protocol::text_buffer out;
    protocol::write_subscribe(out, 1, protocol::subscribe_settings(settings).request(topics));
    const simdjson::padded_string json(out.data(), out.size());
    simdjson::dom::parser parser;
    simdjson::dom::object arguments;
    fields all;
    if (parser.parse(json)["args"].get(arguments) != simdjson::SUCCESS) {
        ADD_FAILURE() << json;
        return all;
    }
    add_strings(all, "", arguments);
    simdjson::dom::object map;
    if (arguments["config"].get(map) == simdjson::SUCCESS) add_strings(all, "config.", map);
    return all;
}

}  // namespace tmq::test
