#pragma once

#include <boost/system/error_code.hpp>

#include <exception>
#include <string>

namespace tmq::text {

/// `code` without the place in Boost's sources where it arose, which Boost writes into the texts of
/// exceptions.
boost::system::error_code without_location(const boost::system::error_code& code) noexcept;

/// What an exception says, without such a place.
std::string what_of(const std::exception& thrown);

}  // namespace tmq::text
