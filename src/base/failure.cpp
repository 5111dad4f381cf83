#include "base/failure.hpp"

#include <cerrno>
#include <new>

namespace tmq::base {

boost::system::error_code cancelled() noexcept { return {ECANCELED, boost::system::system_category()}; }

failure hook_failure(const std::exception_ptr& thrown) {
    try {
        std::rethrow_exception(thrown);
    } catch (const std::exception& error) {
        const auto* const coded = dynamic_cast<const boost::system::system_error*>(&error);
        if (coded != nullptr && coded->code() == cancelled()) return failure(cancelled());
        return {make_error_code(errc::hook_failed), text::exception_text(error)};
    } catch (...) {
        return failure(errc::hook_failed);
    }
}

failure failure_of(const std::exception& thrown) {
    if (dynamic_cast<const std::bad_alloc*>(&thrown) != nullptr)
        return failure(make_error_code(boost::system::errc::not_enough_memory));
    return {make_error_code(errc::connection_lost), text::exception_text(thrown)};
}

std::string detail_of(const failure& cause) {
    // A defect with a public value of its own is named by the code.
    if (cause.defect == defect_code{} || to_string(cause.defect) == cause.code.message())
        return cause.context;
    std::string text = cause.context;
    if (!text.empty()) text += ": ";
    return text += to_string(cause.defect);
}

std::string text_of(const failure& cause) {
    std::string text = cause.code.message();
    const std::string detail = detail_of(cause);
    return detail.empty() ? text : text.append(": ").append(detail);
}

error error_of(const failure& cause) {
    return error(cause.code, detail_of(cause), cause.action, cause.req_id, cause.server_message);
}

void throw_failure(const failure& cause) { throw error_of(cause); }

}  // namespace tmq::base
