#include "ws/inflater.hpp"

#include "text/utf8.hpp"
#include "ws/zlib_inflater.hpp"
#ifdef TMQ_HAS_LIBDEFLATE
#include "ws/libdeflate_inflater.hpp"
#endif

namespace tmq::ws {

std::span<const inflate_library> inflate_libraries() noexcept {
    static constexpr inflate_library libraries[] = {
#ifdef TMQ_HAS_LIBDEFLATE
        inflate_library::libdeflate,
#endif
        inflate_library::zlib,
    };
    return libraries;
}

std::unique_ptr<inflater> make_inflater([[maybe_unused]] inflate_library library) {
#ifdef TMQ_HAS_LIBDEFLATE
    if (library == inflate_library::libdeflate) return std::make_unique<libdeflate_inflater>();
#endif
    return std::make_unique<zlib_inflater>();
}

frame inflate(const frame& compressed, inflater& engine, std::uint64_t max_size, detail::byte_buffer& out) {
    frame result;
    std::size_t size = 0;
    result.error = engine.inflate(compressed.payload, max_size, out, size);
    const std::span<const std::uint8_t> message(out.data(), size);
    if (result.error == defect_code{} && compressed.kind == frame_kind::text && !text::is_valid_utf8(message))
        result.error = defect_code::frame_text_not_utf8;
    result.kind = result.error == defect_code{} ? compressed.kind : frame_kind::failed;
    if (result.error == defect_code{}) result.payload = message;
    return result;
}

}  // namespace tmq::ws
