#pragma once

#include "base/defect_code.hpp"
#include "text/error_text.hpp"
#include "tmq/error.hpp"

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

namespace tmq::base {

/// The reason why an operation failed, as data: it holds what tmq::error reports, until an error is thrown.
struct failure {
    boost::system::error_code code;
    defect_code defect{};  ///< the cause, if `code` is that of a defect
    std::string context;
    std::string server_message;
    std::string_view action;  ///< a name from protocol::to_string(), or empty
    std::uint64_t req_id = 0;

    failure() = default;
    failure(boost::system::error_code error) : code(text::without_location(error)) {}
    failure(errc error) : code(error) {}
    failure(defect_code cause) : code(errc_of(cause)), defect(cause) {}
    failure(defect_code cause, std::string_view subject)
        : code(errc_of(cause)), defect(cause), context(subject) {}
    failure(boost::system::error_code error, std::string_view subject)
        : code(text::without_location(error)), context(subject) {}

    explicit operator bool() const noexcept { return code.failed(); }
    /// Records the request that failed. `name`: see `action`.
    failure& name_request(std::string_view name, std::uint64_t id) noexcept {
        action = name;
        req_id = id;
        return *this;
    }
};

/// Returns the code of a cancelled operation, which is asio::error::operation_aborted. Plain code cannot name
/// it.
boost::system::error_code cancelled() noexcept;
inline bool is_cancellation(const failure& cause) noexcept { return cause.code == cancelled(); }

/// Returns the failure for an exception of this side, such as a lack of memory or of randomness. Its code is
/// not_enough_memory or connection_lost: the connection ends, although the peer did nothing wrong.
failure failure_of(const std::exception& thrown);

/// Returns the failure for what a hook of the application has thrown: hook_failed, or a cancellation.
failure hook_failure(const std::exception_ptr& thrown);

/// Returns the context of `cause`, and the text of its defect, unless the code has the same text.
std::string detail_of(const failure& cause);
/// Returns a line for the log: the meaning of the code, then the detail.
std::string text_of(const failure& cause);
/// Returns the error that reports `cause`.
error error_of(const failure& cause);
/// Throws error_of(cause).
[[noreturn]] void throw_failure(const failure& cause);

}  // namespace tmq::base
