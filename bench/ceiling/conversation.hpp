#pragma once

#include "ceiling/accepted_web_socket.hpp"
#include "ceiling/prepared_messages.hpp"

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ceiling {

/// What a server of one topic with one vgroup says to one consumer that reads it from its beginning: as
/// taosAdapter would, to requests written as tmq and `drain` write them. It keeps nothing of a group, and
/// looks at as little of a request as it can.
class conversation {
  public:
    conversation(accepted_web_socket& client, prepared_messages& messages)
        : client_(client), messages_(messages) {}

    /// Sends the reply. Throws std::runtime_error when the request is not known here.
    void answer(std::string_view request);

  private:
    void start(std::string_view action, std::uint64_t req_id,
               std::string_view outcome = R"("code":0,"message":"")");
    void add(std::string_view text) { out_ += text; }
    template <std::integral Integer>
    void add(Integer value);
    void send();

    void subscribe(std::string_view arguments, std::uint64_t req_id);
    void poll(std::string_view arguments, std::uint64_t req_id);
    void fetch(std::string_view arguments, std::uint64_t req_id);
    bool answer_other(std::string_view action, std::string_view arguments, std::uint64_t req_id);

    accepted_web_socket& client_;
    prepared_messages& messages_;
    std::uint64_t held_ = 0;  ///< the id of the message that was announced last, and the offset behind it
    std::optional<std::int64_t> committed_;
    std::string out_;
};

}  // namespace ceiling
