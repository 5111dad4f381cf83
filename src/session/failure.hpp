#pragma once

#include "protocol/reply.hpp"
#include "text/error_text.hpp"
#include "tmq/error.hpp"
#include "wire/failure.hpp"

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

namespace tmq {

/// Why an operation failed: what tmq::error says, kept as data until somebody is there to throw it to.
struct failure {
    boost::system::error_code code;
    std::string context;
    std::string server_message;
    std::string_view action;  ///< a name out of protocol::to_string, or empty
    std::uint64_t req_id = 0;

    failure() = default;
    failure(boost::system::error_code error) : code(text::without_location(error)) {}
    failure(errc error) : code(error) {}
    failure(boost::system::error_code error, std::string_view what) : code(text::without_location(error)), context(what) {}

    explicit operator bool() const noexcept { return code.failed(); }
    failure& of(protocol::action what, std::uint64_t id) {
        action = protocol::to_string(what);
        req_id = id;
        return *this;
    }
};

/// What a reply with a code other than 0 means.
failure failure_of(const protocol::reply& reply);
/// A parser's failure, with the place.
failure failure_of(const wire::failure& parsed);
/// What went wrong on this side: memory or randomness that cannot be had. The connection is lost, though the peer did nothing.
failure failure_of(const std::exception& thrown);

error error_of(const failure& why);
[[noreturn]] void throw_failure(const failure& why);

}  // namespace tmq
