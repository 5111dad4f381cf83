#include "printing.hpp"

#include <ostream>

namespace tmq::wire {

void PrintTo(const defect& error, std::ostream* out) {
    if (!error)
        *out << "success";
    else
        *out << static_cast<int>(error.code) << " (" << to_string(error.code) << ") at " << error.position;
}

}  // namespace tmq::wire
