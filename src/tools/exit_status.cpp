#include "tools/exit_status.hpp"

#include "tmq/error.hpp"
#include "tools/say.hpp"

#include <system_error>

namespace tmq::tools {
namespace {

/// True if the peer broke the data format or the conversation. A peer that breaks WebSocket is no
/// taosAdapter, so its errors count as connection errors.
bool is_bad_data(const error& failure) {
    return failure.kind() == error_kind::protocol && failure.code() != errc::websocket_violation &&
           failure.code() != errc::message_too_big;
}

exit_status status_of(const error& failure, bool has_connected) {
    if (failure.kind() == error_kind::usage && !has_connected) return usage;
    return is_bad_data(failure) ? bad_data : connection_failed;
}

}  // namespace

exit_status explain_end(const std::exception_ptr& failure, bool has_connected) {
    if (failure == nullptr) return success;
    try {
        std::rethrow_exception(failure);
    } catch (const error& thrown) {
        say("tmqcat: {}", thrown.what());
        return status_of(thrown, has_connected);
    } catch (const boost::system::system_error& thrown) {
        // what() would show lines of Boost's sources.
        say("tmqcat: {}", thrown.code().message());
    } catch (const std::system_error& thrown) {
        // The reader of the rows has closed the pipe on purpose.
        if (thrown.code() == std::errc::broken_pipe) return success;
        say("tmqcat: {}", thrown.what());
    } catch (const std::exception& thrown) {
        say("tmqcat: {}", thrown.what());
    }
    return connection_failed;
}

}  // namespace tmq::tools
