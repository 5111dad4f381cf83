#pragma once

#include "text/error_text.hpp"
#include "tmq/error.hpp"

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

namespace tmq::base {

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
    failure(boost::system::error_code error, std::string_view what)
        : code(text::without_location(error)), context(what) {}

    explicit operator bool() const noexcept { return code.failed(); }
    /// Names the request that failed. `name`: see `action`.
    failure& of(std::string_view name, std::uint64_t id) noexcept {
        action = name;
        req_id = id;
        return *this;
    }
};

/// What went wrong on this side: memory or randomness that cannot be had. The connection is lost, though the
/// peer did nothing.
failure failure_of(const std::exception& thrown);

error error_of(const failure& why);
[[noreturn]] void throw_failure(const failure& why);

}  // namespace tmq::base
