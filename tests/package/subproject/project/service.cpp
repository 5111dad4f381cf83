#include <tmq/tmq.hpp>

std::uint64_t rows_of(const tmq::message& received) { return received.row_count(); }
