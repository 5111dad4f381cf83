#pragma once

#include "tmq/server_errc.hpp"

#include <boost/assert/source_location.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>
#include <boost/system/system_error.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace tmq {

/// Causes of errors, apart from those that the server reports (see server_category()) and those that the
/// operating system reports (Boost.Asio's codes). The numbers are stable: a later version adds values at the
/// end of a range, and changes none. The range gives the kind, see kind_of().
enum class errc {
    // 1 .. 99: usage. The call cannot work, whatever the server does.
    invalid_argument = 1,   ///< an argument or setting outside its range
    invalid_url,            ///< the address is not ws://host[:port][/path]
    operation_in_progress,  ///< a second poll while one is waiting
    not_subscribed,         ///< poll, commit or assignment before subscribe
    already_subscribed,     ///< subscribe while subscribed
    no_such_column,         ///< the block has no column of that name or index
    column_type_mismatch,   ///< the column's type cannot be read as the requested C++ type
    unexpected_null,        ///< a null in a column read as a type that cannot be null
    no_exact_offset,  ///< what was delivered has no log offset (snapshot), so it cannot be committed exactly

    // 100 .. 199: transport. The link could not be made or was lost.
    resolve_timeout = 100,  ///< the host name was not resolved in time
    connect_timeout,        ///< no connection in time
    request_timeout,        ///< the server did not reply to a request in time; the connection was given up
    connection_closed,      ///< the server closed the connection
    connection_lost,        ///< the connection broke without a WebSocket close
    upgrade_refused,        ///< the HTTP reply was not 101 Switching Protocols
    write_timeout,          ///< the peer stopped reading
    handshake_timeout,      ///< TLS or the WebSocket upgrade was not completed in time
    idle_timeout,           ///< nothing came from the server for a time, not even a pong: the link is dead
    tls_settings,           ///< a certificate or key of the settings cannot be used
    tls_failed,             ///< TLS was refused or broke
    certificate_refused,    ///< the server's certificate is not trusted, or is for another host

    // 200 .. 299: protocol. The server broke the protocol, or sent what this version does not read; what()
    // names the cause and its place.
    websocket_violation = 200,  ///< the server broke RFC 6455
    message_too_big,            ///< a message larger than the configured limit
    unexpected_reply,           ///< a reply that breaks the protocol, or is not one to the request
    malformed_message,          ///< the bytes of a message break the format
    unsupported_message,        ///< a message, block or column of a kind that this version does not read
    fetch_unanswered,  ///< the fetch of a message got no reply, and this connection cannot ask for it again

    // 300 .. 399: state.
    closed = 300,    ///< the consumer was closed
    bounds_unknown,  ///< the server does not know yet where a log begins and ends: just after a rebalance
    data_lost,  ///< the server removed rows of a log before they were read; reported once, and the next poll
                ///< resumes after them
    hook_failed,  ///< a hook of the application threw: start_from or provide_credentials; what() has its text
};

/// The part of the system that caused an error.
enum class error_kind { usage, transport, protocol, server, state };

/// Category of errc.
const boost::system::error_category& tmq_category() noexcept;
/// Category of the codes in the server's replies, see server_errc and docs/protocol.md, Error codes.
const boost::system::error_category& server_category() noexcept;

boost::system::error_code make_error_code(errc code) noexcept;
/// Returns a reply's `code` as an error_code; 0 is success.
boost::system::error_code make_server_error(std::uint32_t code) noexcept;

error_kind kind_of(const boost::system::error_code& code) noexcept;
/// True if the same call may succeed later, on this connection or a new one.
bool is_retriable(const boost::system::error_code& code) noexcept;

/// The exception that every throwing operation of this library throws. A plain value.
class error : public boost::system::system_error {
  public:
    /// Creates the error of no failure, which boost::system::result<T, tmq::error>::error() returns if there
    /// is a value.
    error() : error(boost::system::error_code()) {}
    /// `context` names the subject of the error ("column 'voltage' is INT"); it becomes part of what().
    explicit error(boost::system::error_code code, std::string_view context = {});
    /// Creates the error of a request: `action`, `req_id` on the wire, and the text of the server's reply,
    /// cut to 1024 bytes.
    error(boost::system::error_code code, std::string_view context, std::string_view action,
          std::uint64_t req_id, std::string_view server_message);

    /// Returns the subject and the cause in words, a part of what(): for errc::malformed_message the topic,
    /// the vgroup, the offset, the byte and the defect. Empty if the code says it all. May quote the server.
    const std::string& detail() const noexcept { return detail_; }
    /// Returns the text of the server's reply; empty if the server sent none. Untrusted: never use it as a
    /// format string.
    const std::string& server_message() const noexcept { return server_message_; }
    /// Returns the protocol action that failed ("subscribe"); empty if no request was in progress.
    const std::string& action() const noexcept { return action_; }
    /// Returns the request's id on the wire; 0 if no request was in progress.
    std::uint64_t req_id() const noexcept { return req_id_; }
    bool is_retriable() const noexcept { return tmq::is_retriable(code()); }
    error_kind kind() const noexcept { return kind_of(code()); }

    friend bool operator==(const error& a, const error& b) noexcept {
        return a.code() == b.code() && std::string_view(a.what()) == b.what() && a.action_ == b.action_ &&
               a.req_id_ == b.req_id_ && a.server_message_ == b.server_message_;
    }

  private:
    std::string detail_;
    std::string server_message_;
    std::string action_;
    std::uint64_t req_id_ = 0;
};

/// A value, or the error that an operation has failed with: for operations that return errors.
template <class T>
using result = boost::system::result<T, error>;

/// Throws `failure`. boost::system::result<T, tmq::error>::value() calls it.
[[noreturn]] void throw_exception_from_error(const error& failure, const boost::source_location& place);

}  // namespace tmq

template <>
struct boost::system::is_error_code_enum<tmq::errc> : std::true_type {};
