#include "text/error_text.hpp"

#include <boost/system/system_error.hpp>

#include <string_view>

namespace tmq::text {

boost::system::error_code without_location(const boost::system::error_code& code) noexcept {
    return code.has_location() ? boost::system::error_code(code.value(), code.category()) : code;
}

std::string what_of(const std::exception& thrown) {
    const std::string what = thrown.what();
    const auto* const system = dynamic_cast<const boost::system::system_error*>(&thrown);
    if (system == nullptr || !system->code().has_location()) return what;
    // Boost writes "context: message [category:value at place]", and the context is found nowhere else.
    const std::string said = system->code().what();
    const std::string bare = without_location(system->code()).what();
    return what.ends_with(said) ? what.substr(0, what.size() - said.size()) + bare : bare;
}

}  // namespace tmq::text
