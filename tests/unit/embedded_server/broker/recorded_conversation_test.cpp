#include "embedded_server/broker/dialogue.hpp"
#include "embedded_server/broker/recorded_conversations.hpp"
#include "embedded_server/broker/transcript.hpp"
#include "embedded_server/encode/little_endian.hpp"
#include "support/captures.hpp"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

// Every conversation with a real server, held again with the embedded one: the same requests must get the
// same replies, except for the time they took.

namespace tmq::test {
namespace {

using embedded::broker::recorded_message;

std::vector<recorded_message> messages_of(const std::string& transcript) {
    std::ifstream in(std::string(TMQ_TEST_DATA) + "/" + transcript);
    return embedded::broker::read_transcript(in);
}

const recorded_setup* setup_of(std::string_view transcript) {
    const auto& all = recorded_setups();
    const auto at = std::find_if(all.begin(), all.end(), [&](const recorded_setup& one) {
        return transcript.starts_with(one.transcripts);
    });
    return at == all.end() ? nullptr : &*at;
}

/// The fields of a JSON object in their order, values as text.
using field_list = std::vector<std::pair<std::string, std::string>>;

/// An asked assignment has the vgroups in the order in which their vnodes answered.
std::string in_any_order(simdjson::dom::element list) {
    std::set<std::string> sorted;
    simdjson::dom::array all;
    if (list.get(all) == simdjson::SUCCESS)
        for (const simdjson::dom::element one : all)
            sorted.insert(simdjson::to_string(one));
    std::string text;
    for (const std::string& one : sorted)
        text += one;
    return text;
}

field_list fields_of(std::string_view text) {
    simdjson::dom::parser parser;
    simdjson::dom::object object;
    field_list fields;
    const simdjson::padded_string padded(text);
    if (parser.parse(padded).get(object) != simdjson::SUCCESS) return fields;
    for (const auto [key, value] : object)
        fields.emplace_back(key, key == "timing"       ? ""
                                 : key == "assignment" ? in_any_order(value)
                                                       : simdjson::to_string(value));
    return fields;
}

std::string field(std::string_view text, std::string_view name) {
    for (const auto& [key, value] : fields_of(text))
        if (key == name) return value;
    return {};
}

/// Nothing for a text that has none.
std::optional<std::uint64_t> req_id_in(std::string_view text) {
    const std::string value = field(text, "req_id");
    return value.empty() ? std::nullopt : std::optional<std::uint64_t>(std::stoull(value));
}

/// The reply of fetch_raw_data starts with a number that no time can be.
bool is_new_form(std::span<const std::uint8_t> bytes) {
    return bytes.size() >= 8 &&
           std::all_of(bytes.begin(), bytes.begin() + 8, [](std::uint8_t one) { return one == 0xff; });
}
std::size_t time_at(std::span<const std::uint8_t> bytes) { return is_new_form(bytes) ? 18 : 0; }

std::optional<std::uint64_t> req_id_of(const captured_message& reply) {
    if (!reply.binary) return req_id_in(reply.text);
    constexpr std::size_t id_at = 26;
    // the old form has the id of the request that made the block, which another one may bring
    if (!is_new_form(reply.bytes) || reply.bytes.size() < id_at + 8) return std::nullopt;
    return embedded::encode::load_le<std::uint64_t>(reinterpret_cast<const std::byte*>(reply.bytes.data()) +
                                                    id_at);
}

std::vector<std::uint8_t> without_time(std::vector<std::uint8_t> bytes) {
    const std::size_t at = time_at(bytes);
    for (std::size_t i = at; i < at + 8 && i < bytes.size(); ++i)
        bytes[i] = 0;
    return bytes;
}

std::vector<std::uint8_t> bytes_of(const outgoing_message& message) {
    std::vector<std::uint8_t> bytes(message.head.begin(), message.head.end());
    for (const std::byte one : message.body())
        bytes.push_back(std::to_integer<std::uint8_t>(one));
    return bytes;
}

/// The fields in which an answer is not what was recorded, each with both values.
std::map<std::string, std::string> differences(const captured_message& recorded,
                                               const outgoing_message& answer) {
    std::map<std::string, std::string> found;
    if (recorded.binary != answer.binary) {
        found["form"] = answer.binary ? "binary in the place of " + recorded.text
                                      : answer.head + " in the place of a binary reply";
    } else if (recorded.binary) {
        const auto was = without_time(recorded.bytes);
        const auto is = without_time(bytes_of(answer));
        const auto at = std::mismatch(was.begin(), was.end(), is.begin(), is.end());
        if (was != is) found["bytes"] = "from byte " + std::to_string(at.first - was.begin()) + " on";
    } else {
        const field_list was = fields_of(recorded.text);
        const field_list is = fields_of(answer.head);
        const auto name = [](const auto& one) { return one.first; };
        if (!std::ranges::equal(was, is, {}, name, name)) {
            found["names of the fields"] = answer.head + " in the place of " + recorded.text;
        } else {
            for (std::size_t i = 0; i < was.size(); ++i)
                if (was[i] != is[i]) found[was[i].first] = is[i].second + " in the place of " + was[i].second;
        }
    }
    return found;
}

std::string group_in(const std::vector<captured_message>& requests) {
    const auto at = std::ranges::find_if(
        requests, [](const captured_message& one) { return field(one.text, "action") == "\"subscribe\""; });
    return at == requests.end() ? std::string()
                                : embedded::protocol::parse_request(at->text).request->subscribe.group_id;
}

/// An id that no request of the conversation has.
std::uint64_t foreign_id_in(const std::vector<captured_message>& requests) {
    return 1'000'000 + requests.size();
}

/// One recorded conversation and the server it is held with again.
class conversation {
  public:
    explicit conversation(const std::string& transcript)
        : name_(transcript),
          talk_(options_of(transcript)),
          setup_(setup_of(transcript)),
          messages_(messages_of(transcript)) {
        for (captured_message& one : load_transcript(transcript))
            (one.from_server ? replies_ : requests_).push_back(std::move(one));
        prepare();
    }

    void hold() {
        const member_id client = talk_.connect();
        for (std::size_t i = 0; i < requests_.size(); ++i) {
            const captured_message reply = take_reply(requests_[i]);
            before(i, reply);
            const outgoing_message answer = ask(client, i);
            judge(i, differences(reply, answer));
            if (setup_ && std::ranges::count(setup_->asked_again, i) != 0)
                talk_.ask(client, poll(foreign_id_in(requests_), 0));
        }
        EXPECT_EQ(replies_.size(), 0U) << "replies that belong to no request";
        for (const recorded_exception& one : recorded_exceptions())
            EXPECT_TRUE(one.transcript != name_ || needed_.count({one.request, std::string(one.field)}) == 1)
                << "the exception for " << one.field << " of request " << one.request << " is not needed";
    }

  private:
    void prepare() {
        auto& topics = talk_.state().topics();
        if (setup_) {
            topic_in(topics);
            for (const recorded_log& one : setup_->logs)
                topics.at(setup_->topic, one.vgroup).advance(one.end);
        }
        if (setup_ && setup_->one_by_one) return;
        add_recorded(topics, std::exchange(messages_, {}));
    }

    void topic_in(embedded::broker::topic_catalog& topics) const {
        embedded::broker::topic& made = topics.get_or_create(setup_->topic, setup_->database);
        for (const recorded_log& one : setup_->logs)
            made.add_vgroup(one.vgroup);
    }

    outgoing_message ask(member_id client, std::size_t index) {
        embedded::protocol::parsed_request parsed = embedded::protocol::parse_request(requests_[index].text);
        if (!parsed.request || !setup_) return talk_.ask_frame(client, requests_[index].text);
        for (const recorded_omission& one : setup_->omissions)
            if (one.request == index) parsed.request->omitted_vgroup = one.vgroup;
        return talk_.ask_frame(client, *parsed.request);
    }

    void add_next_message() {
        std::vector<recorded_message> next;
        next.push_back(std::move(messages_.front()));
        messages_.erase(messages_.begin());
        add_recorded(talk_.state().topics(), std::move(next));
    }

    /// What happened beside the conversation before this request.
    void before(std::size_t request, const captured_message& reply) {
        auto& topics = talk_.state().topics();
        if (setup_ && std::ranges::count(setup_->early, request) != 0) {
            add_next_message();
            ++early_;
        }
        if (!messages_.empty() && field(reply.text, "have_message") == "true")
            early_ == 0 ? add_next_message() : void(--early_);
        if (!setup_) return;
        if (setup_->joined == request)
            talk_.state().add_ghost(group_in(requests_), setup_->topic, talk_.now());
        for (const recorded_growth& one : setup_->growths) {
            if (one.request != request) continue;
            auto& log = topics.at(setup_->topic, one.vgroup);
            log.advance(one.end - log.end() - (one.by_insert ? 1 : 0));
            if (one.by_insert) log.insert_unselected();
        }
    }

    /// The reply with the request's id; one without an id belongs to the oldest request that has no reply
    /// yet.
    captured_message take_reply(const captured_message& request) {
        const auto id = req_id_in(field(request.text, "args"));
        const auto at = std::find_if(replies_.begin(), replies_.end(), [&](const captured_message& one) {
            const auto of = req_id_of(one);
            return !of || of == id;
        });
        if (at == replies_.end()) {
            ADD_FAILURE() << "no reply to " << request.text;
            return {};
        }
        captured_message found = std::move(*at);
        replies_.erase(at);
        return found;
    }

    void judge(std::size_t request, const std::map<std::string, std::string>& found) {
        for (const auto& [what, how] : found) {
            EXPECT_TRUE(is_exception(request, what))
                << "request " << request << ", " << requests_[request].text << "\n"
                << what << ": " << how;
            needed_.insert({request, what});
        }
    }

    bool is_exception(std::size_t request, std::string_view what) const {
        const auto& all = recorded_exceptions();
        return std::any_of(all.begin(), all.end(), [&](const recorded_exception& one) {
            return one.transcript == name_ && one.request == request && one.field == what;
        });
    }

    std::string name_;
    dialogue talk_;
    const recorded_setup* setup_;
    std::vector<recorded_message> messages_;  ///< those that are in no log yet
    std::vector<captured_message> requests_;
    std::vector<captured_message> replies_;
    std::size_t early_ = 0;  ///< messages that are in their log and were not announced yet
    std::set<std::pair<std::size_t, std::string>> needed_;
};

class recorded_conversation : public ::testing::TestWithParam<std::string> {};

TEST_P(recorded_conversation, goes_the_same_way_again) { conversation(GetParam()).hold(); }

INSTANTIATE_TEST_SUITE_P(
    conversations, recorded_conversation, ::testing::ValuesIn(recorded_conversations()), [](const auto& one) {
        std::string name = one.param.substr(0, one.param.rfind('.'));
        std::replace_if(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
        return name;
    });

TEST(recorded_conversation_table, names_conversations_that_exist) {
    const auto all = recorded_conversations();
    for (const recorded_setup& setup : recorded_setups())
        EXPECT_TRUE(std::any_of(all.begin(), all.end(), [&](const std::string& one) {
            return one.starts_with(setup.transcripts);
        })) << setup.transcripts;
    for (const recorded_exception& one : recorded_exceptions())
        EXPECT_NE(std::find(all.begin(), all.end(), one.transcript), all.end()) << one.transcript;
}

}  // namespace
}  // namespace tmq::test
