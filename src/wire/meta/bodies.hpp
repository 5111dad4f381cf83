#pragma once

#include "tmq/meta.hpp"
#include "wire/reader.hpp"

#include <vector>

/// The bodies of metadata messages, one function per raw type. Each appends the one change it reads, an empty
/// unknown_meta when that is of no known kind; what is missing or wrong is left in the reader. They throw
/// std::bad_alloc only.
namespace tmq::wire {

void read_created_super_table(reader& in, std::vector<meta>& out);
void read_altered_super_table(reader& in, std::vector<meta>& out);
void read_dropped_super_table(reader& in, std::vector<meta>& out);
void read_created_tables(reader& in, std::vector<meta>& out);
void read_altered_table(reader& in, std::vector<meta>& out);
void read_dropped_tables(reader& in, std::vector<meta>& out);
void read_deletion(reader& in, std::vector<meta>& out);

/// A table as it stands in a list of created tables, and behind the rows of the inserts that created it.
created_table read_created_table(reader& in);

}  // namespace tmq::wire
