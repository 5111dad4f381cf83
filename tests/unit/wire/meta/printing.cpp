#include "printing.hpp"

#include <ostream>

namespace tmq {

void PrintTo(const meta_value& value, std::ostream* out) {
    *out << to_string(value.type) << ' ' << to_string(value) << (value.exact ? "" : " (not exact)")
         << ", alternative " << value.data.index();
}

}  // namespace tmq
