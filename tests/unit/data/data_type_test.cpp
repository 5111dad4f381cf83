#include "tmq/types.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

namespace tmq {
namespace {

TEST(data_type, has_its_sql_name) {
    EXPECT_EQ(to_string(data_type::null), "NULL");
    EXPECT_EQ(to_string(data_type::boolean), "BOOL");
    EXPECT_EQ(to_string(data_type::tinyint), "TINYINT");
    EXPECT_EQ(to_string(data_type::smallint), "SMALLINT");
    EXPECT_EQ(to_string(data_type::integer), "INT");
    EXPECT_EQ(to_string(data_type::bigint), "BIGINT");
    EXPECT_EQ(to_string(data_type::real), "FLOAT");
    EXPECT_EQ(to_string(data_type::double_precision), "DOUBLE");
    EXPECT_EQ(to_string(data_type::varchar), "VARCHAR");
    EXPECT_EQ(to_string(data_type::timestamp), "TIMESTAMP");
    EXPECT_EQ(to_string(data_type::nchar), "NCHAR");
    EXPECT_EQ(to_string(data_type::unsigned_tinyint), "TINYINT UNSIGNED");
    EXPECT_EQ(to_string(data_type::unsigned_smallint), "SMALLINT UNSIGNED");
    EXPECT_EQ(to_string(data_type::unsigned_integer), "INT UNSIGNED");
    EXPECT_EQ(to_string(data_type::unsigned_bigint), "BIGINT UNSIGNED");
    EXPECT_EQ(to_string(data_type::json), "JSON");
    EXPECT_EQ(to_string(data_type::varbinary), "VARBINARY");
    EXPECT_EQ(to_string(data_type::decimal), "DECIMAL");
    EXPECT_EQ(to_string(data_type::blob), "BLOB");
    EXPECT_EQ(to_string(data_type::mediumblob), "MEDIUMBLOB");
    EXPECT_EQ(to_string(data_type::geometry), "GEOMETRY");
    EXPECT_EQ(to_string(data_type::decimal64), "DECIMAL64");
}

TEST(data_type, is_unknown_for_every_number_that_the_server_does_not_use) {
    std::set<std::string_view> names;
    for (unsigned number = 0; number < 256; ++number) {
        const std::string_view name = to_string(static_cast<data_type>(number));
        if (number < 22)
            EXPECT_TRUE(names.insert(name).second) << name;
        else
            EXPECT_EQ(name, "UNKNOWN") << number;
    }
    EXPECT_FALSE(names.contains("UNKNOWN"));
}

TEST(data_type, has_a_width_if_all_its_values_have_the_same) {
    for (int number = 0; number < 256; ++number) {
        const auto type = static_cast<data_type>(number);
        std::size_t expected = 0;
        switch (number) {
            case 1:
            case 2:
            case 11: expected = 1; break;
            case 3:
            case 12: expected = 2; break;
            case 4:
            case 6:
            case 13: expected = 4; break;
            case 5:
            case 7:
            case 9:
            case 14:
            case 21: expected = 8; break;
            case 17: expected = 16; break;
            default: break;
        }
        EXPECT_EQ(width_of(type), expected) << number;
        const bool varies =
            number == 8 || number == 10 || number == 15 || number == 16 || (number >= 18 && number <= 20);
        EXPECT_EQ(is_variable(type), varies) << number;
        EXPECT_EQ(is_decimal(type), number == 17 || number == 21) << number;
    }
}

}  // namespace
}  // namespace tmq
