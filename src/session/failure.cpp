#include "session/failure.hpp"

#include "text/printable.hpp"

#include <fmt/format.h>

namespace tmq {

failure failure_of(const protocol::reply& reply) {
    failure result(make_server_error(reply.code));
    result.server_message = text::printable(reply.message, 1024);
    return result.of(reply.what, reply.req_id);
}

failure failure_of(const wire::failure& parsed) { return {make_error_code(parsed.code), fmt::format("at byte {}", parsed.position)}; }

error error_of(const failure& why) { return error(why.code, why.context, why.action, why.req_id, why.server_message); }

void throw_failure(const failure& why) { throw error_of(why); }

}  // namespace tmq
