#include "micro/meter_block.hpp"

#include "wire/data_message.hpp"

#include <bit>
#include <stdexcept>
#include <string>
#include <utility>

namespace tmq::bench {
namespace {

/// `value` of each row.
template <class Make>
std::vector<test::optional_number> numbers(std::size_t rows, Make&& value) {
    std::vector<test::optional_number> out;
    for (std::size_t row = 0; row < rows; ++row)
        out.push_back(value(row));
    return out;
}

test::block_spec meters(std::size_t rows, std::size_t null_every, test::column_spec last) {
    test::block_spec block;
    block.rows = static_cast<std::uint32_t>(rows);
    block.table = "d1001";
    const auto voltage = [null_every](std::size_t row) {
        return null_every != 0 && row % null_every == 0 ? test::optional_number()
                                                        : test::optional_number(200 + row % 40);
    };
    block.columns.push_back(
        test::fixed_column("ts", data_type::timestamp, 8,
                           numbers(rows, [](std::size_t row) { return 1'700'000'000'000 + row; })));
    block.columns.push_back(test::fixed_column(
        "current", data_type::real, 4, numbers(rows, [](std::size_t row) {
            return std::uint64_t{std::bit_cast<std::uint32_t>(static_cast<float>(row % 100) / 8)};
        })));
    block.columns.push_back(test::fixed_column("voltage", data_type::integer, 4, numbers(rows, voltage)));
    block.columns.push_back(
        test::fixed_column("phase", data_type::double_precision, 8, numbers(rows, [](std::size_t row) {
                               return std::bit_cast<std::uint64_t>(static_cast<double>(row % 100) / 64);
                           })));
    block.columns.push_back(test::fixed_column(
        "energy", data_type::bigint, 8, numbers(rows, [](std::size_t row) { return row * 1'000'003; })));
    block.columns.push_back(std::move(last));
    return block;
}

}  // namespace

test::block_spec fixed_meters(std::size_t rows, std::size_t null_every) {
    return meters(rows, null_every,
                  test::fixed_column("status", data_type::unsigned_integer, 4,
                                     numbers(rows, [](std::size_t row) { return row % 7; })));
}

test::block_spec varchar_meters(std::size_t rows, std::size_t null_every) {
    std::vector<std::string> places;
    for (std::size_t row = 0; row < rows; ++row)
        places.push_back("California.Campbell." + std::to_string(row % 1000));
    return meters(rows, null_every,
                  test::bytes_column("location", data_type::varchar, {places.begin(), places.end()}));
}

test::block_spec nchar_meters(std::size_t rows) {
    const std::u32string place = U"M\u00fcnchen S\u00fcd ";
    std::vector<std::u32string> places(rows, place.substr(0, 12));
    return meters(rows, 0, test::nchar_column("location", {places.begin(), places.end()}));
}

std::vector<std::uint8_t> message_of(const test::block_spec& block, std::size_t copies) {
    test::message_spec message;
    message.blocks.assign(copies, block);
    return build_message(message).bytes();
}

std::shared_ptr<const parsed_message> parsed(const test::block_spec& block) {
    auto message = std::make_shared<parsed_message>();
    message->bytes = message_of(block);
    if (wire::parse_data_message(message->bytes, message->layout))
        throw std::logic_error("the benchmark's own message is refused");
    return message;
}

}  // namespace tmq::bench
