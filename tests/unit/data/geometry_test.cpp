#include "tmq/geometry.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tmq {
namespace {

std::vector<std::byte> from_hex(std::string_view hex) {
    std::vector<std::byte> bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
        bytes.push_back(static_cast<std::byte>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
    return bytes;
}

/// In memory of exactly its size, so that a sanitizer sees a byte too many.
std::optional<std::string> wkt(std::span<const std::byte> bytes) {
    const std::unique_ptr<std::byte[]> memory(new std::byte[bytes.size()]);
    std::copy(bytes.begin(), bytes.end(), memory.get());
    return to_wkt({memory.get(), bytes.size()});
}
std::optional<std::string> wkt(std::string_view hex) { return wkt(from_hex(hex)); }

constexpr const char* point = "0101000000000000000000f83f00000000000004c0";
constexpr const char* line =
    "01020000000200000000000000000000000000000000000000000000000000f03f000000000000f03f";
constexpr const char* triangle =
    "01030000000100000004000000000000000000000000000000000000000000000000000000000000000000f03f000000000000f0"
    "3f000000000000f03f"
    "00000000000000000000000000000000";

TEST(geometry, as_the_server_sent_it) {
    EXPECT_EQ(wkt(point), "POINT (1.5 -2.5)");
    EXPECT_EQ(wkt(line), "LINESTRING (0 0, 1 1)");
    EXPECT_EQ(wkt(triangle), "POLYGON ((0 0, 0 1, 1 1, 0 0))");
}

TEST(geometry, comes_in_both_byte_orders) {
    EXPECT_EQ(wkt("00000000013ff8000000000000c004000000000000"), "POINT (1.5 -2.5)");
    // A big-endian collection of a little-endian point.
    EXPECT_EQ(wkt(std::string("000000000700000001") + point), "GEOMETRYCOLLECTION (POINT (1.5 -2.5))");
}

TEST(geometry, of_several_parts_names_the_whole_only) {
    EXPECT_EQ(wkt(std::string("010400000002000000") + point + point), "MULTIPOINT ((1.5 -2.5), (1.5 -2.5))");
    EXPECT_EQ(wkt(std::string("010500000001000000") + line), "MULTILINESTRING ((0 0, 1 1))");
    EXPECT_EQ(wkt(std::string("010600000001000000") + triangle), "MULTIPOLYGON (((0 0, 0 1, 1 1, 0 0)))");
    EXPECT_EQ(wkt(std::string("010700000002000000") + point + line),
              "GEOMETRYCOLLECTION (POINT (1.5 -2.5), LINESTRING (0 0, 1 1))");
}

TEST(geometry, has_z_and_m_in_either_numbering) {
    const std::string three = "000000000000f03f00000000000000400000000000000840";
    EXPECT_EQ(wkt("01e9030000" + three), "POINT Z (1 2 3)");
    EXPECT_EQ(wkt("01d1070000" + three), "POINT M (1 2 3)");
    EXPECT_EQ(wkt("0101000080" + three), "POINT Z (1 2 3)");
    EXPECT_EQ(wkt("0101000040" + three), "POINT M (1 2 3)");
    EXPECT_EQ(wkt("01b90b0000" + three + "0000000000001040"), "POINT ZM (1 2 3 4)");
    EXPECT_EQ(wkt("0101000020e6100000000000000000f03f0000000000000040"), "POINT (1 2)") << "with an SRID";
}

TEST(geometry, may_be_empty) {
    EXPECT_EQ(wkt("0101000000000000000000f87f000000000000f87f"), "POINT EMPTY");
    EXPECT_EQ(wkt("010200000000000000"), "LINESTRING EMPTY");
    EXPECT_EQ(wkt("010700000000000000"), "GEOMETRYCOLLECTION EMPTY");
}

TEST(geometry, is_refused_at_every_truncation_and_with_a_byte_too_many) {
    for (const std::string& hex : {std::string(point), std::string(line), std::string(triangle),
                                   std::string("010700000002000000") + point + line}) {
        std::vector<std::byte> bytes = from_hex(hex);
        for (std::size_t size = 0; size < bytes.size(); ++size)
            EXPECT_EQ(wkt(std::span(bytes).first(size)), std::nullopt) << hex << " cut to " << size;
        bytes.push_back(std::byte{0});
        EXPECT_EQ(wkt(bytes), std::nullopt);
    }
}

TEST(geometry, is_refused_when_it_contradicts_itself) {
    EXPECT_EQ(wkt("0201000000000000000000f83f00000000000004c0"), std::nullopt) << "byte order 2";
    EXPECT_EQ(wkt("0108000000000000000000f83f00000000000004c0"), std::nullopt) << "type 8";
    EXPECT_EQ(wkt("0100000000000000000000f83f00000000000004c0"), std::nullopt) << "type 0";
    EXPECT_EQ(wkt("0102000000ffffffff"), std::nullopt) << "more points than bytes";
    EXPECT_EQ(wkt(std::string("010400000001000000") + line), std::nullopt) << "a line among points";
    EXPECT_EQ(wkt("010400000001000000"
                  "01e9030000"
                  "000000000000f03f00000000000000400000000000000840"),
              std::nullopt)
        << "three dimensions in two";
}

TEST(geometry, is_refused_when_it_is_nested_too_deep) {
    const auto nested = [](int depth) {
        std::string hex;
        for (int i = 0; i < depth; ++i)
            hex += "010700000001000000";
        return hex + point;
    };
    EXPECT_TRUE(wkt(nested(15)).has_value());
    EXPECT_EQ(wkt(nested(16)), std::nullopt);
    EXPECT_EQ(wkt(nested(10'000)), std::nullopt);
}

}  // namespace
}  // namespace tmq
