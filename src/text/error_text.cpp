#include "text/error_text.hpp"

#include <boost/system/system_error.hpp>

#include <string_view>

namespace tmq::text {

boost::system::error_code without_location(const boost::system::error_code& code) noexcept {
    return code.has_location() ? boost::system::error_code(code.value(), code.category()) : code;
}

std::string exception_text(const std::exception& thrown) {
    const std::string text = thrown.what();
    const auto* const system = dynamic_cast<const boost::system::system_error*>(&thrown);
    if (system == nullptr || !system->code().has_location()) return text;
    // Boost writes "context: message [category:value at location]" and keeps the context nowhere else, so
    // only the end of the text is replaced.
    const std::string located = system->code().what();
    const std::string bare = without_location(system->code()).what();
    return text.ends_with(located) ? text.substr(0, text.size() - located.size()) + bare : bare;
}

}  // namespace tmq::text
