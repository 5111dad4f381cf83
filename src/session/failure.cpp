#include "session/failure.hpp"

#include "text/error_text.hpp"
#include "text/printable.hpp"

#include <fmt/format.h>

#include <new>

namespace tmq {

failure failure_of(const protocol::reply& reply) {
    failure result(make_server_error(reply.code));
    result.server_message = text::printable(reply.message, 1024);
    return result.of(reply.what, reply.req_id);
}

failure failure_of(const wire::failure& parsed) { return {make_error_code(parsed.code), fmt::format("at byte {}", parsed.position)}; }

failure failure_of(const std::exception& thrown) {
    if (dynamic_cast<const std::bad_alloc*>(&thrown) != nullptr) return failure(make_error_code(boost::system::errc::not_enough_memory));
    return {make_error_code(errc::connection_lost), text::what_of(thrown)};
}

error error_of(const failure& why) { return error(why.code, why.context, why.action, why.req_id, why.server_message); }

void throw_failure(const failure& why) { throw error_of(why); }

}  // namespace tmq
