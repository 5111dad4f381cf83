#pragma once

#include "tmq/meta.hpp"
#include "wire/reader.hpp"

#include <vector>

/// Readers of the bodies of metadata messages, one per raw type (docs/protocol.md, "Table changes"). Each
/// appends the one change it reads, or an empty unknown_meta for a change of an unknown kind. A missing or
/// invalid field is refused in the reader. Throws std::bad_alloc only.
namespace tmq::wire {

void read_created_super_table(byte_reader& reader, std::vector<meta>& out);
void read_altered_super_table(byte_reader& reader, std::vector<meta>& out);
void read_dropped_super_table(byte_reader& reader, std::vector<meta>& out);
void read_created_tables(byte_reader& reader, std::vector<meta>& out);
void read_altered_table(byte_reader& reader, std::vector<meta>& out);
void read_dropped_tables(byte_reader& reader, std::vector<meta>& out);
void read_deletion(byte_reader& reader, std::vector<meta>& out);

/// Reads a created table: an item of a message 515, or of the tail of a message of raw type 4.
created_table read_created_table(byte_reader& reader);

}  // namespace tmq::wire
