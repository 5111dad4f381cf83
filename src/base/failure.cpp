#include "base/failure.hpp"

#include <new>

namespace tmq::base {

failure failure_of(const std::exception& thrown) {
    if (dynamic_cast<const std::bad_alloc*>(&thrown) != nullptr)
        return failure(make_error_code(boost::system::errc::not_enough_memory));
    return {make_error_code(errc::connection_lost), text::exception_text(thrown)};
}

error error_of(const failure& why) {
    return error(why.code, why.context, why.action, why.req_id, why.server_message);
}

void throw_failure(const failure& why) { throw error_of(why); }

}  // namespace tmq::base
