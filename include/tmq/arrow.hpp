#pragma once

#include "tmq/block.hpp"
#include "tmq/message.hpp"

#include <cstdint>
#include <memory>

// The Arrow C data interface, a stable ABI. Its users declare it themselves, once per program, so all of them
// share this guard.
#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

extern "C" {

struct ArrowSchema {
    const char* format;
    const char* name;
    const char* metadata;
    int64_t flags;
    int64_t n_children;
    struct ArrowSchema** children;
    struct ArrowSchema* dictionary;
    void (*release)(struct ArrowSchema*);
    void* private_data;
};

struct ArrowArray {
    int64_t length;
    int64_t null_count;
    int64_t offset;
    int64_t n_buffers;
    int64_t n_children;
    const void** buffers;
    struct ArrowArray** children;
    struct ArrowArray* dictionary;
    void (*release)(struct ArrowArray*);
    void* private_data;
};

}  // extern "C"

#endif

namespace tmq {

/// Exports a block as an Arrow record batch: a struct array with one nullable child per column, the table
/// name as "tmq.table" in the schema's metadata. No Arrow library is needed; any that imports the C data
/// interface can take it, such as pyarrow's RecordBatch._import_from_c or the ImportRecordBatch of Arrow C++.
///
/// - BOOL: bool. Integers: int8 to uint64. FLOAT, DOUBLE: float32, float64.
/// - TIMESTAMP: timestamp[ms|us|ns, UTC]. DECIMAL: decimal128(precision, scale).
/// - VARCHAR, NCHAR, JSON: utf8, with U+FFFD for bytes that are not UTF-8.
/// - VARBINARY, GEOMETRY, BLOB: binary.
/// - A column without type: null.
/// - A column of more than 2 GiB: large_utf8 or large_binary.
///
/// Fixed-width values that happen to be aligned in the message are not copied, except BOOL and DECIMAL of up
/// to 18 digits. Their columns share the ownership of the message until they are released. All other values
/// are copied; without an owner, all values are.
///
/// `owner` is the message that the block is from, or null. `max_bytes` limits the bytes that are copied,
/// since rows may share one text in a message but not in Arrow; default 4 GiB. `schema` and `array` are
/// overwritten without regard to their contents.
/// *Throws* errc::invalid_argument if the block is not one of the owner's, errc::message_too_big beyond
/// `max_bytes`, std::bad_alloc. Then `schema` and `array` are untouched.
/// *Lifetime*: the caller releases `schema` and `array`.
/// *Threads*: they may be released on any thread.
void export_block(const std::shared_ptr<const message>& owner, const block_view& block, ArrowSchema* schema,
                  ArrowArray* array, std::uint64_t max_bytes = std::uint64_t{4} << 30);

}  // namespace tmq
