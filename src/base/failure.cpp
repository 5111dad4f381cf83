#include "base/failure.hpp"

#include <cerrno>
#include <new>

namespace tmq::base {

boost::system::error_code cancelled() noexcept { return {ECANCELED, boost::system::system_category()}; }

failure failure_of(const std::exception& thrown) {
    if (dynamic_cast<const std::bad_alloc*>(&thrown) != nullptr)
        return failure(make_error_code(boost::system::errc::not_enough_memory));
    return {make_error_code(errc::connection_lost), text::exception_text(thrown)};
}

error error_of(const failure& cause) {
    return error(cause.code, cause.context, cause.action, cause.req_id, cause.server_message);
}

void throw_failure(const failure& cause) { throw error_of(cause); }

}  // namespace tmq::base
