#include "printed.hpp"

#include <cstdlib>
#include <new>
#include <stdexcept>

namespace tmq::test {

printed::printed(bool json) : file_(open_memstream(&memory_, &size_)), printer_(file_, json) {
    if (file_ == nullptr) throw std::bad_alloc();
}

printed::~printed() {
    std::fclose(file_);
    std::free(memory_);
}

std::vector<std::string> printed::lines_of(const message& from) {
    std::size_t start = size_;
    if (printer_.print(from, from.row_count()) != from.row_count())
        throw std::logic_error("not all rows were printed");
    std::vector<std::string> lines;
    for (std::size_t end = 0; (end = text().find('\n', start)) != std::string_view::npos; start = end + 1)
        lines.emplace_back(text().substr(start, end - start));
    if (start != size_) throw std::logic_error("the last line has no end");
    return lines;
}

}  // namespace tmq::test
