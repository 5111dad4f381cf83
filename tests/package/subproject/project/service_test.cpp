#include <tmq/testing/testing.hpp>

int main() { return tmq::testing::server().port() == 0; }
