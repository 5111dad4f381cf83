#include "printing.hpp"

#include <ostream>

namespace tmq {

void PrintTo(const create_table& change, std::ostream* out) { *out << to_json(change); }
void PrintTo(const alter_table& change, std::ostream* out) { *out << to_json(change); }
void PrintTo(const drop_table& change, std::ostream* out) { *out << to_json(change); }
void PrintTo(const delete_data& change, std::ostream* out) { *out << to_json(change); }
void PrintTo(const unknown_meta& change, std::ostream* out) { *out << to_json(change); }
void PrintTo(const meta_value& value, std::ostream* out) {
    *out << to_string(value.type) << ' ' << to_string(value) << (value.exact ? "" : " (not exact)")
         << ", alternative " << value.data.index();
}

}  // namespace tmq
