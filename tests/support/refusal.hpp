#pragma once

#include "tmq/error.hpp"

#include <gtest/gtest.h>

#include <string>

namespace tmq::test {

/// What a call threw, kept for comparing.
struct refusal {
    boost::system::error_code code;
    std::string text;

    bool says(std::string_view part) const { return text.find(part) != std::string::npos; }
};

template <class Call>
refusal refusal_of(const Call& call) {
    try {
        call();
    } catch (const error& thrown) {
        return {thrown.code(), thrown.what()};
    }
    ADD_FAILURE() << "the call was not refused";
    return {};
}

}  // namespace tmq::test
