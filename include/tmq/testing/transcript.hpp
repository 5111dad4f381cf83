#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tmq::embedded::broker {
struct recorded_message;
}

namespace tmq::testing {

/// A recorded conversation with a server, as tmqcat --record and config::on_traffic write it. server::load
/// serves its messages again, byte for byte.
/// A transcript has one JSON object per line: dir, text or hex, and connection if there were several. A
/// message belongs to it if a poll announced it and a fetch brought its bytes.
/// *Threads*: reading a transcript from several threads is safe. Copies are cheap: they share the messages.
class transcript {
  public:
    /// Reads a file.
    /// *Throws* std::runtime_error, with the path, if the file cannot be read or is not a transcript.
    static transcript from_file(const std::string& path);
    /// Reads the text of a transcript. Empty lines are skipped.
    /// *Throws* std::runtime_error, with the number of the line, if the text is not a transcript.
    static transcript parse(std::string_view text);

    /// Returns the number of messages.
    std::size_t size() const noexcept;
    /// Returns true if the conversation brought no message.
    bool empty() const noexcept { return size() == 0; }

  private:
    friend class server;
    using messages = std::vector<embedded::broker::recorded_message>;
    explicit transcript(messages recorded);

    std::shared_ptr<const messages> messages_;
};

}  // namespace tmq::testing
