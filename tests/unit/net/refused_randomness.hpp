#pragma once

namespace tmq::test {

/// While one lives, the system has no random bytes for this process: getentropy fails with EIO.
class refused_randomness {
  public:
    refused_randomness();
    ~refused_randomness();
    refused_randomness(const refused_randomness&) = delete;
    refused_randomness& operator=(const refused_randomness&) = delete;
};

}  // namespace tmq::test
