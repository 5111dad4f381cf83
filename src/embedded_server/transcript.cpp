#include "tmq/testing/transcript.hpp"

#include "embedded_server/broker/transcript.hpp"

#include <fstream>
#include <istream>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace tmq::testing {

transcript::transcript(messages recorded)
    : messages_(std::make_shared<const messages>(std::move(recorded))) {}

transcript transcript::from_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error(path + ": cannot be opened");
    try {
        return transcript(embedded::broker::read_transcript(file));
    } catch (const std::runtime_error& error) {
        throw std::runtime_error(path + ": " + error.what());
    }
}

transcript transcript::parse(std::string_view text) {
    std::istringstream input{std::string(text)};
    return transcript(embedded::broker::read_transcript(input));
}

std::size_t transcript::size() const noexcept { return messages_->size(); }

}  // namespace tmq::testing
