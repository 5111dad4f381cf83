#pragma once

namespace tmq::client {

/// Sets a flag for as long as it lives.
class scoped_flag {
  public:
    explicit scoped_flag(bool& flag) noexcept : flag_(flag) { flag_ = true; }
    scoped_flag(const scoped_flag&) = delete;
    scoped_flag& operator=(const scoped_flag&) = delete;
    ~scoped_flag() { flag_ = false; }

  private:
    bool& flag_;
};

}  // namespace tmq::client
