#pragma once

#include "e2e.hpp"

#include <cstdint>

namespace tmq::test {

/// A topic of four vgroups, with `rows` rows in messages of ten.
class filled_topic : public e2e {
  protected:
    explicit filled_topic(std::uint64_t count) : rows(count) {
        create_topic(4);
        append(0, rows, 10, 1);
    }

    const std::uint64_t rows;
};

}  // namespace tmq::test
