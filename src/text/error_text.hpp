#pragma once

#include <boost/system/error_code.hpp>

#include <exception>
#include <string>

namespace tmq::text {

/// Returns `code` without its location in Boost's sources. Boost would write that into the texts of
/// exceptions.
boost::system::error_code without_location(const boost::system::error_code& code) noexcept;

/// Returns the text of `thrown` without a location in Boost's sources.
std::string exception_text(const std::exception& thrown);

}  // namespace tmq::text
