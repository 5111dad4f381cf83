// Reads a topic over a link that is cut again and again, and checks that every row arrives once and in order.
#include "soak/soak_options.hpp"
#include "soak/soak_run.hpp"

#include <cstdio>
#include <exception>

int main(int argc, char** argv) {
    tmq::soak::options wanted;
    try {
        wanted = tmq::soak::parse(argc, argv);
    } catch (const std::exception& why) {
        std::fprintf(stderr, "soak: %s\n%s", why.what(), tmq::soak::usage());
        return 3;
    }
    bool right = true;
    for (const tmq::soak::run_options& how : wanted.runs())
        right = tmq::soak::run(how) && right;
    return right ? 0 : 1;
}
