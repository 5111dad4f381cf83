#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tmq::testing {

/// A misbehaviour of the server. It is applied to requests of one action (default: any): the first `skip` of
/// them pass, then it strikes `times` times (default 1).
/// The faults close, reset, stall, delay, garbage_text, garbage_binary, raw_bytes and partial can also be
/// applied to on("connect"), a connection that was just accepted, before TLS, and to on("upgrade"), the HTTP
/// request that opens a WebSocket. Two more apply to on("upgrade"): error_reply answers it with its code as
/// the HTTP status, and wrong_accept with a false key. Garbage is sent without a frame there, and the stream
/// ends after it. Faults without an action affect neither.
class fault {
  public:
    enum class kind : std::uint8_t {
        close,
        reset,
        stall,
        garbage_text,
        garbage_binary,
        error_reply,
        wrong_req_id,
        delay,
        replace_binary,
        wrong_action,
        text_for_binary,
        binary_for_text,
        partial,
        raw_bytes,
        duplicate,
        withhold,
        wrong_accept,
        replace_text,
        leave_out_vgroup
    };
    /// Ways to continue after the first bytes of a reply: the end of the stream, RST, or silence forever.
    enum class ending : std::uint8_t { close, reset, stall };

    /// Closes the WebSocket with a close frame.
    static fault close(std::uint16_t code = 1001, std::string reason = {});
    /// Breaks the TCP connection with RST.
    static fault reset();
    /// Never answers.
    static fault stall();
    /// Answers with this text.
    static fault garbage_text(std::string text = "this is not JSON");
    /// Answers with these bytes.
    static fault garbage_binary(std::vector<std::byte> bytes = std::vector<std::byte>(16));
    /// Answers with an error in the form that the action has for it.
    static fault error_reply(std::uint32_t code, std::string text);
    /// Carries the request out and answers with an id one higher than that of the request.
    static fault wrong_req_id();
    /// Carries the request out and delays the reply; other replies may overtake it.
    static fault delay(std::chrono::milliseconds time);
    /// Carries the request out and sends these bytes instead of a binary reply. Replies in text stay
    /// unchanged.
    static fault replace_binary(std::vector<std::byte> bytes);
    /// Carries the request out and answers under another action's name; a fetch_raw_data reply gets the
    /// action number of a query. Replies of fetch_block and fetch_raw, which name no action, stay unchanged.
    static fault wrong_action(std::string name = "version");
    /// Carries the request out and confirms it in text instead of a binary reply. Replies in text stay
    /// unchanged.
    static fault text_for_binary();
    /// Carries the request out and, instead of a text reply, sends a fetch_raw_data reply with the request's
    /// id and no bytes of a message. Binary replies stay unchanged.
    static fault binary_for_text();
    /// Carries the request out and sends the first `bytes` bytes of the reply's frame, header included; then
    /// `next`.
    static fault partial(std::size_t bytes, ending next = ending::close);
    /// Sends these bytes without a frame around them. The connection stays open.
    static fault raw_bytes(std::vector<std::byte> bytes);
    /// Carries the request out and sends the reply twice.
    static fault duplicate();
    /// Carries the request out and holds the reply until `count` further replies have left the connection, or
    /// forever if they never do. Garbage and errors instead of a reply count as one, a reply that is sent
    /// twice as two.
    static fault withhold(std::size_t count = 1);
    /// Answers the upgrade with a false key, as if it were another upgrade.
    static fault wrong_accept();
    /// Carries the request out and replaces the first `part` of a text reply with `replacement`. Replies
    /// without it, and binary ones, stay unchanged.
    static fault replace_text(std::string part, std::string replacement);
    /// For assignment, before 3.4: carries the request out and leaves this vgroup out of the reply, as real
    /// servers do now and then. A reply that libtaos gives from its memory stays unchanged.
    static fault leave_out_vgroup(std::int32_t vgroup);

    fault& on(std::string action) { return action_ = std::move(action), *this; }
    fault& skip(std::size_t count) { return skip_ = count, *this; }
    fault& times(std::size_t count) { return times_ = count, *this; }
    /// For close, reset, stall, garbage, raw_bytes and error_reply: carries the request out although its
    /// reply is lost. Default: false.
    fault& carry_out(bool value = true) { return carried_out_ = value, *this; }

    kind what() const noexcept { return kind_; }
    const std::string& action() const noexcept { return action_; }
    std::size_t skip() const noexcept { return skip_; }
    std::size_t times() const noexcept { return times_; }
    bool carried_out() const noexcept { return carried_out_; }
    std::uint32_t code() const noexcept { return code_; }
    const std::string& text() const noexcept { return text_; }
    const std::vector<std::byte>& bytes() const noexcept { return bytes_; }
    std::chrono::milliseconds time() const noexcept { return time_; }
    std::size_t size() const noexcept { return size_; }
    ending after() const noexcept { return ending_; }
    const std::string& other_text() const noexcept { return other_text_; }
    std::int32_t vgroup() const noexcept { return vgroup_; }

  private:
    explicit fault(kind value) : kind_(value) {}

    kind kind_;
    std::string action_;
    std::size_t skip_ = 0;
    std::size_t times_ = 1;
    bool carried_out_ = false;
    std::uint32_t code_ = 0;
    std::string text_;
    std::vector<std::byte> bytes_;
    std::chrono::milliseconds time_{0};
    std::size_t size_ = 0;
    ending ending_ = ending::close;
    std::string other_text_;
    std::int32_t vgroup_ = 0;
};

}  // namespace tmq::testing
