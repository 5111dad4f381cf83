#include "wire/defect.hpp"

#include <fmt/format.h>

namespace tmq::wire {

base::failure failure_of(const defect& error) {
    return {error.code, fmt::format("at byte {}", error.position)};
}

}  // namespace tmq::wire
