#include "tools/exit_status.hpp"

#include "tmq/error.hpp"
#include "tools/say.hpp"

#include <system_error>

namespace tmq::tools {
namespace {

/// True if the peer broke the data format or the conversation, and not only WebSocket: then it is no
/// taosAdapter at all.
bool is_bad_data(const error& why) {
    constexpr int first = static_cast<int>(errc::reply_not_json);
    return why.kind() == error_kind::protocol && why.code().value() >= first;
}

exit_status status_of(const error& why, bool has_connected) {
    if (why.kind() == error_kind::usage && !has_connected) return usage;
    return is_bad_data(why) ? bad_data : connection_failed;
}

}  // namespace

exit_status explain_end(const std::exception_ptr& failure, bool has_connected) {
    if (failure == nullptr) return done;
    try {
        std::rethrow_exception(failure);
    } catch (const error& why) {
        say("tmqcat: {}", why.what());
        return status_of(why, has_connected);
    } catch (const boost::system::system_error& why) {
        // Its what() names lines of Boost's sources.
        say("tmqcat: {}", why.code().message());
    } catch (const std::system_error& why) {
        // Whoever read the rows has seen enough of them.
        if (why.code() == std::errc::broken_pipe) return done;
        say("tmqcat: {}", why.what());
    } catch (const std::exception& why) {
        say("tmqcat: {}", why.what());
    }
    return connection_failed;
}

}  // namespace tmq::tools
