#pragma once

#include "tmq/meta.hpp"
#include "unit/wire/printing.hpp"

#include <iosfwd>

namespace tmq {

/// How GoogleTest shows changes.
void PrintTo(const create_table& change, std::ostream* out);
void PrintTo(const alter_table& change, std::ostream* out);
void PrintTo(const drop_table& change, std::ostream* out);
void PrintTo(const delete_data& change, std::ostream* out);
void PrintTo(const unknown_meta& change, std::ostream* out);
void PrintTo(const meta_value& value, std::ostream* out);

}  // namespace tmq
