#include "wire/defect.hpp"

#include <fmt/format.h>

namespace tmq::wire {

base::failure failure_of(const defect& found) {
    return {make_error_code(found.code), fmt::format("at byte {}", found.position)};
}

}  // namespace tmq::wire
