#include "ws/inflater.hpp"

#include "feeder.hpp"
#include "support/allocation_counter.hpp"
#include "support/deflate.hpp"
#include "ws/receive_buffer.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <limits>
#include <random>

using tmq::base::defect_code;
using tmq::test::deflate_final;
using tmq::test::deflate_message;
using tmq::test::deflate_options;
using tmq::test::inflate_at_once;
using tmq::ws::frame_kind;
using tmq::ws::inflate_library;
using tmq::ws::receive_buffer;

namespace {

constexpr std::uint64_t enough = 1 << 24;

/// Every kind of block, and every amount of compression.
const deflate_options all_options[] = {{0, Z_DEFAULT_STRATEGY},
                                       {1, Z_DEFAULT_STRATEGY},
                                       {6, Z_DEFAULT_STRATEGY},
                                       {9, Z_HUFFMAN_ONLY},
                                       {6, Z_FIXED},
                                       {1, Z_RLE}};

bytes random_bytes(std::size_t size, unsigned seed = 1) {
    std::mt19937 random(seed);
    bytes result(size);
    std::generate(result.begin(), result.end(), [&] { return static_cast<std::uint8_t>(random()); });
    return result;
}

/// Numbers that grow, as a column of timestamps has.
bytes numbers(std::size_t size) {
    bytes result(size);
    for (std::size_t i = 0; i < size; ++i)
        result[i] = static_cast<std::uint8_t>(i % 8 == 0 ? i / 8 : i % 8 == 1 ? i / 2048 : 3);
    return result;
}

bytes sentence() {
    return bytes_of(
        "Smart meters report current, voltage and phase; smart meters report them again and again.");
}

struct outcome {
    defect_code code{};
    bytes content;
    friend bool operator==(const outcome&, const outcome&) = default;
};

std::ostream& operator<<(std::ostream& out, const outcome& value) {
    return out << to_string(value.code) << ", " << value.content.size() << " bytes";
}

outcome inflated(bytes content) { return {defect_code{}, std::move(content)}; }
outcome refused(defect_code code) { return {code, {}}; }

class inflater_test : public ::testing::TestWithParam<inflate_library> {
  protected:
    outcome inflate(const bytes& message, std::uint64_t max_size = enough) {
        const bytes exact(message);  // an allocation of just its size
        outcome result;
        std::size_t size = 12345;
        const std::size_t capacity_before = out_.capacity();
        result.code = inflater_->inflate(exact, max_size, out_, size);
        EXPECT_LE(out_.capacity(),
                  std::max<std::uint64_t>(capacity_before, max_size + receive_buffer::padding))
            << "more memory than allowed";
        EXPECT_GE(out_.capacity(), size + receive_buffer::padding) << "no padding";
        EXPECT_TRUE(result.code == defect_code{} || size == 0);
        result.content.assign(out_.data(), out_.data() + size);
        return result;
    }

    void forget_memory() { out_ = tmq::detail::byte_buffer(); }

    std::unique_ptr<tmq::ws::inflater> inflater_ = tmq::ws::make_inflater(GetParam());
    tmq::detail::byte_buffer out_;
};

const auto libraries = tmq::ws::inflate_libraries();

INSTANTIATE_TEST_SUITE_P(, inflater_test, ::testing::ValuesIn(libraries.begin(), libraries.end()),
                         [](const auto& library) {
                             return std::string(library.param == inflate_library::zlib ? "zlib"
                                                                                       : "libdeflate");
                         });

}  // namespace

TEST_P(inflater_test, reads_the_examples_of_the_rfc) {
    EXPECT_EQ(inflate({0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00}), inflated(bytes_of("Hello")));
    EXPECT_EQ(inflate({0x00, 0x05, 0x00, 0xFA, 0xFF, 0x48, 0x65, 0x6C, 0x6C, 0x6F, 0x00}),
              inflated(bytes_of("Hello")));
    EXPECT_EQ(inflate({0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00}), inflated(bytes_of("Hello")));
    EXPECT_EQ(inflate({0xF2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xCA, 0xC9, 0xC9, 0x07, 0x00}),
              inflated(bytes_of("Hello")));
    EXPECT_EQ(inflate({0x00}), inflated({}));
}

TEST_P(inflater_test, knows_nothing_of_the_message_before) {
    // "Hello" twice, the second time as a reference to the first.
    EXPECT_EQ(inflate({0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00}), inflated(bytes_of("Hello")));
    EXPECT_EQ(inflate({0xF2, 0x00, 0x11, 0x00, 0x00}), refused(defect_code::inflate_corrupt));
}

TEST_P(inflater_test, gives_back_what_was_compressed) {
    for (const deflate_options& options : all_options) {
        for (const std::size_t size :
             std::initializer_list<std::size_t>{0, 1, 2, 255, 4096, 65535, 65536, 70001, (1 << 20) + 12345}) {
            for (const bytes& content : {bytes(size), random_bytes(size), numbers(size)}) {
                forget_memory();
                ASSERT_EQ(inflate(deflate_message(content, options)), inflated(content))
                    << size << " at level " << options.level;
            }
        }
        ASSERT_EQ(inflate(deflate_message(sentence(), options)), inflated(sentence()));
    }
}

TEST_P(inflater_test, grows_the_memory_as_a_message_needs) {
    for (const std::size_t boundary :
         std::initializer_list<std::size_t>{1024, 2048, 4096, 1 << 16, 1 << 20}) {
        for (std::size_t size = boundary - 10; size <= boundary + 10; ++size) {
            forget_memory();
            ASSERT_EQ(inflate(deflate_message(bytes(size))), inflated(bytes(size))) << size;
        }
    }
    for (std::size_t size = 250; size < 1100; ++size) {
        forget_memory();
        ASSERT_EQ(inflate(deflate_message(numbers(size))), inflated(numbers(size))) << size;
    }
}

TEST_P(inflater_test, works_in_any_memory_it_is_given) {
    const bytes content = numbers(3000);
    for (std::size_t capacity = 0; capacity < 4000; capacity += capacity < 200 ? 1 : 37) {
        forget_memory();
        out_.grow(capacity, 0);
        ASSERT_EQ(inflate(deflate_message(content)), inflated(content)) << capacity;
    }
}

TEST_P(inflater_test, inflates_up_to_the_limit) {
    for (const std::size_t size :
         std::initializer_list<std::size_t>{0, 1, 63, 64, 65, 1023, 1024, 1025, 5000, 70001}) {
        for (const bytes& content : {bytes(size), random_bytes(size)}) {
            for (const bool has_memory : {false, true}) {
                if (!has_memory) forget_memory();
                ASSERT_EQ(inflate(deflate_message(content), size), inflated(content)) << size;
                ASSERT_EQ(inflate(deflate_final(content), size), inflated(content)) << size;
                if (size == 0) continue;
                ASSERT_EQ(inflate(deflate_message(content), size - 1), refused(defect_code::message_too_big))
                    << size;
                ASSERT_EQ(inflate(deflate_final(content), size - 1), refused(defect_code::message_too_big))
                    << size;
                ASSERT_EQ(inflate(deflate_message(content), 0), refused(defect_code::message_too_big))
                    << size;
            }
        }
    }
    EXPECT_EQ(inflate(deflate_message(sentence()), std::numeric_limits<std::uint64_t>::max()),
              inflated(sentence()));
}

TEST_P(inflater_test, refuses_a_bomb_before_it_takes_the_memory) {
    const bytes bomb = tmq::test::deflate_bomb(1024);
    ASSERT_LT(bomb.size(), 2U << 20);
    for (const std::uint64_t limit : {std::uint64_t{1} << 16, std::uint64_t{8} << 20}) {
        forget_memory();
        const tmq::test::allocation_counter counted;
        std::size_t size = 0;
        EXPECT_EQ(inflater_->inflate(bomb, limit, out_, size), defect_code::message_too_big);
        // All blocks together, though the smaller ones are gone when the larger come.
        EXPECT_LE(counted.bytes(), 2 * limit + bomb.size() + 4096);
        EXPECT_LE(out_.capacity(), limit + receive_buffer::padding);
    }
}

TEST_P(inflater_test, refuses_every_truncation) {
    for (const deflate_options& options : all_options) {
        for (const bytes& content :
             {sentence(), bytes(300), random_bytes(100), numbers(2000), bytes_of("x")}) {
            const bytes message = deflate_message(content, options);
            for (std::size_t size = 0; size < message.size(); ++size) {
                const bytes truncated(message.begin(), message.begin() + static_cast<std::ptrdiff_t>(size));
                // The header of a stored block alone is a whole message: the empty one.
                ASSERT_EQ(inflate(truncated),
                          truncated == bytes{0} ? inflated({}) : refused(defect_code::inflate_truncated))
                    << size << " of " << message.size() << " bytes at level " << options.level;
            }
        }
    }
}

TEST_P(inflater_test, does_not_take_what_was_left_out_for_the_content_of_a_truncated_block) {
    const bytes content = random_bytes(100);
    bytes stored = {0, 100, 0, 0x9B, 0xFF};
    stored = stored + content;
    for (std::size_t lacks = 1; lacks <= 100; ++lacks) {
        stored.pop_back();
        for (const std::uint8_t final : std::initializer_list<std::uint8_t>{0, 1}) {
            stored[0] = final;
            EXPECT_EQ(inflate(stored), refused(defect_code::inflate_truncated)) << lacks;
        }
    }
}

TEST_P(inflater_test, takes_any_end_of_a_message_for_what_it_is) {
    const bytes block = {8, 0, 0xF7, 0xFF, 'n', 'o', '7', 'w', 'o', 'f', 'g', 'v', 1, 0, 0, 0xFF, 0xFF};
    for (const bytes& end :
         {bytes{0, 0, 0xFF, 0xFF}, bytes{0, 0, 0xFF, 0xFF, 1, 0, 0, 0xFF, 0xFF}, bytes{1, 0, 0, 0xFF, 0xFF},
          bytes{0}, block, bytes(block.begin(), block.begin() + 12),
          bytes(block.begin() + 4, block.begin() + 12)}) {
        for (const deflate_options& options : all_options) {
            EXPECT_EQ(inflate(deflate_message(end, options)), inflated(end));
            EXPECT_EQ(inflate(deflate_message(sentence() + end, options)), inflated(sentence() + end));
        }
    }
}

TEST_P(inflater_test, accepts_a_final_block_at_the_end) {
    for (const deflate_options& options : all_options) {
        for (const bytes& content : {bytes{}, sentence(), random_bytes(70001)}) {
            const bytes message = deflate_final(content, options);
            EXPECT_EQ(inflate(message), inflated(content));
            EXPECT_EQ(inflate(message + bytes{0}), inflated(content));
            EXPECT_EQ(inflate(message + bytes{1}), refused(defect_code::inflate_corrupt));
            EXPECT_EQ(inflate(message + bytes{0, 0}), refused(defect_code::inflate_corrupt));
            EXPECT_EQ(inflate(message + bytes{0, 0, 0, 0xFF, 0xFF}), refused(defect_code::inflate_corrupt));
            EXPECT_EQ(inflate(message + deflate_message(content, options)),
                      content.empty() ? inflated({}) : refused(defect_code::inflate_corrupt));
            EXPECT_EQ(inflate(bytes(message.begin(), message.end() - 1)),
                      refused(defect_code::inflate_truncated));
        }
    }
    EXPECT_EQ(inflate({1}), inflated({})) << "the empty block at the end may be the final one";
    EXPECT_EQ(inflate(bytes{0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0x01}),
              inflated(bytes_of("Hello")));
}

TEST_P(inflater_test, refuses_what_is_not_deflate_data) {
    for (const bytes& message : {bytes{6}, bytes{7}, bytes{0xFF}, bytes{0, 1, 0, 0, 0}, bytes{0, 0, 0, 0, 0},
                                 bytes{0xF2, 0x00, 0x11, 0x00, 0x00}})
        EXPECT_EQ(inflate(message), refused(defect_code::inflate_corrupt));
    for (const bytes& message :
         {bytes{}, bytes{2}, bytes{3}, bytes{4}, bytes{0, 0}, bytes{0, 0, 0, 0xFF, 0xFF}})
        EXPECT_EQ(inflate(message), refused(defect_code::inflate_truncated));
    for (const std::uint8_t c : std::initializer_list<std::uint8_t>{0, 1, 6, 'x'})
        for (const bytes& message : {deflate_message(sentence()), deflate_final(sentence()) + bytes{0}})
            EXPECT_NE(inflate(message + bytes(5, c)).code, defect_code{}) << "goes on behind its end";
}

TEST_P(inflater_test, works_on_after_a_refusal) {
    for (const bytes& bad : {bytes{}, bytes{7}, deflate_message(bytes(5000)), bytes{0xF2, 0x48},
                             deflate_final(sentence()) + bytes{1}}) {
        EXPECT_NE(inflate(bad, 1000).code, defect_code{});
        EXPECT_EQ(inflate(deflate_message(sentence()), 1000), inflated(sentence()));
    }
}

TEST_P(inflater_test, says_what_zlib_says_about_every_changed_byte) {
    for (const deflate_options& options : all_options) {
        const bytes message = deflate_message(sentence(), options);
        std::size_t valid = 0;
        for (std::size_t at = 0; at < message.size(); ++at) {
            for (unsigned change = 1; change < 256; ++change) {
                bytes changed = message;
                changed[at] = static_cast<std::uint8_t>(changed[at] ^ change);
                const tmq::test::inflated expected = inflate_at_once(changed, 2000);
                const outcome result = inflate(changed, 2000);
                valid += expected.valid ? 1U : 0U;
                // libdeflate reads a few codes that zlib refuses.
                if (GetParam() == inflate_library::libdeflate && !expected.valid && !expected.too_big)
                    continue;
                ASSERT_EQ(result.code == defect_code{}, expected.valid)
                    << "level " << options.level << " byte " << at << " ^ " << change;
                ASSERT_EQ(result.code == defect_code::message_too_big, expected.too_big);
                ASSERT_EQ(result.content, expected.content);
            }
        }
        EXPECT_GT(valid, 0U);
        EXPECT_LT(valid, message.size() * 255);
    }
}

TEST_P(inflater_test, survives_any_bytes) {
    std::mt19937 random(5);
    std::size_t valid = 0;
    for (unsigned round = 0; round < 20'000; ++round) {
        bytes message = random_bytes(random() % 40, round);
        if (!message.empty() && round % 2 == 0)
            message[0] = static_cast<std::uint8_t>((message[0] & 0xF8) | (round % 4 == 0 ? 2 : 4));
        const tmq::test::inflated expected = inflate_at_once(message, 2000);
        const outcome result = inflate(message, 2000);
        if (expected.valid) {
            ++valid;
            ASSERT_EQ(result, inflated(expected.content)) << round;
        } else if (GetParam() == inflate_library::zlib) {
            ASSERT_NE(result.code, defect_code{}) << round;
        }
    }
    EXPECT_GT(valid, 0U);
}

namespace {

tmq::ws::frame compressed_frame(frame_kind kind, const bytes& payload) {
    tmq::ws::frame result;
    result.kind = kind;
    result.compressed = true;
    result.payload = payload;
    return result;
}

}  // namespace

TEST_P(inflater_test, turns_a_compressed_message_into_a_plain_one) {
    for (const frame_kind kind : {frame_kind::text, frame_kind::binary}) {
        const bytes message = deflate_message(sentence());
        const tmq::ws::frame plain =
            tmq::ws::inflate(compressed_frame(kind, message), *inflater_, enough, out_);
        EXPECT_EQ(plain.kind, kind);
        EXPECT_FALSE(plain.compressed);
        EXPECT_EQ(plain.error, defect_code{});
        EXPECT_EQ(plain.payload.data(), out_.data());
        EXPECT_EQ(bytes(plain.payload.begin(), plain.payload.end()), sentence());
    }
}

TEST_P(inflater_test, judges_the_utf8_of_inflated_text) {
    const bytes message = deflate_message(bytes_of("cut \xE2\x82"));
    const tmq::ws::frame text =
        tmq::ws::inflate(compressed_frame(frame_kind::text, message), *inflater_, enough, out_);
    EXPECT_EQ(text.kind, frame_kind::failed);
    EXPECT_EQ(text.error, defect_code::frame_text_not_utf8);
    EXPECT_TRUE(text.payload.empty());
    EXPECT_EQ(tmq::ws::inflate(compressed_frame(frame_kind::binary, message), *inflater_, enough, out_).kind,
              frame_kind::binary);
}

TEST_P(inflater_test, turns_a_message_that_it_refuses_into_a_failure) {
    const bytes message = deflate_message(sentence());
    const tmq::ws::frame large =
        tmq::ws::inflate(compressed_frame(frame_kind::binary, message), *inflater_, 10, out_);
    EXPECT_EQ(large.kind, frame_kind::failed);
    EXPECT_EQ(large.error, defect_code::message_too_big);
    EXPECT_TRUE(large.payload.empty());
}
