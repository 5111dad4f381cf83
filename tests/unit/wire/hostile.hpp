#pragma once

#include "support/bytes.hpp"
#include "wire/defect.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <ostream>
#include <string>

namespace tmq::test {

/// One field of valid bytes overwritten, and what a parser must answer.
struct hostile {
    std::string name;  ///< letters, digits and underscores
    std::string mark;
    byte_builder with;
    base::defect_code code{};
    std::string where;       ///< mark at which the defect is placed
    std::uint64_t plus = 0;  ///< and how far behind it

    byte_builder applied_to(byte_builder bytes) const { return bytes.patch(mark, with); }
    wire::defect expected_in(const byte_builder& bytes) const { return {code, bytes.at(where) + plus}; }
};

inline void PrintTo(const hostile& variant, std::ostream* out) { *out << variant.name; }
inline std::string name_of(const ::testing::TestParamInfo<hostile>& info) { return info.param.name; }

inline byte_builder as_u8(std::uint64_t value) { return byte_builder().u8(value); }
inline byte_builder as_u16(std::uint64_t value) { return byte_builder().u16(value); }
inline byte_builder as_i32(std::int64_t value) { return byte_builder().i32(value); }

}  // namespace tmq::test
