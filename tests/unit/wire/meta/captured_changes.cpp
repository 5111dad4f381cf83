#include "captured_changes.hpp"

#include "support/captures.hpp"
#include "wire/envelope.hpp"

#include <stdexcept>
#include <utility>

namespace tmq::test {
namespace {

std::string data_of(const std::string& reply) {
    const std::string key = "\"data\":";
    const auto at = reply.find(key);
    if (at == reply.npos || reply.find("\"code\":0,") == reply.npos)
        throw std::runtime_error("no data in " + reply);
    return reply.substr(at + key.size(), reply.size() - at - key.size() - 1);
}

}  // namespace

const std::vector<std::string> transcripts_with_changes = {
    "v3.3.5/database_meta.jsonl", "v3.3.5/database_meta_batch.jsonl", "v3.4.1/database_meta.jsonl",
    "v3.4.1/database_meta_batch.jsonl"};

std::vector<captured_change> load_changes(const std::string& transcript) {
    std::vector<captured_change> changes;
    captured_change last;
    for (auto& message : load_transcript(transcript)) {
        if (message.binary) {
            wire::fetch_reply reply;
            if (wire::parse_fetch_raw_data(message.bytes, reply))
                throw std::runtime_error("bad frame in " + transcript);
            last.raw_type = reply.raw_type;
            last.raw.assign(reply.raw.begin(), reply.raw.end());
        } else if (message.from_server &&
                   message.text.find("\"action\":\"fetch_json_meta\"") != std::string::npos) {
            last.json = data_of(message.text);
            changes.push_back(last);
        }
    }
    return changes;
}

}  // namespace tmq::test
