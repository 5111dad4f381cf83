#include "printing.hpp"

#include <ostream>

namespace tmq::wire {

void PrintTo(const defect& error, std::ostream* out) {
    if (!error)
        *out << "success";
    else
        *out << static_cast<int>(error.code) << " (" << make_error_code(error.code).message() << ") at "
             << error.position;
}

}  // namespace tmq::wire
