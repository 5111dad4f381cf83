#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ceiling {

/// A blocking TCP socket without Nagle's algorithm. Whatever fails throws std::system_error; an end of the
/// stream std::runtime_error.
class plain_socket {
  public:
    plain_socket(const std::string& host, std::uint16_t port);
    /// To 127.0.0.1.
    explicit plain_socket(std::uint16_t port) : plain_socket("127.0.0.1", port) {}
    /// Takes a socket that is connected.
    static plain_socket of(int descriptor) { return plain_socket(descriptor, 0); }
    ~plain_socket();
    plain_socket(const plain_socket&) = delete;
    plain_socket& operator=(const plain_socket&) = delete;

    void send(std::string_view bytes);
    /// At least one byte; 0 at the end of the stream.
    std::size_t receive(char* into, std::size_t room);
    /// Receives until `size` bytes are there.
    void receive_all(char* into, std::size_t size);
    /// Receiving fails from now on when nothing comes for so long.
    void limit_receiving(std::chrono::seconds time);
    /// Until the other side hangs up, or for as long as this.
    void wait_for_end(std::chrono::milliseconds limit);

  private:
    plain_socket(int descriptor, int) : descriptor_(descriptor) {}

    int descriptor_;
};

/// What one run of a ceiling comes to; printed in the form of tmqbench consume. Nothing is read of the rows,
/// so their number is what it was told.
struct run_result {
    const char* peer = "";
    std::uint64_t rows = 0;
    std::uint64_t bytes = 0;  ///< received, as they are on the wire
    std::uint64_t messages = 0;
    double first = 0;    ///< seconds until the first message was there
    double seconds = 0;  ///< until the last
    double cpu = 0;      ///< user and system time
};

void print(const run_result& result);

/// Of this process, user and system.
double cpu_seconds();
/// Of a clock that never goes back.
double now();

/// The value of an option that must be there, or `fallback`. Ends the program with its usage when an option
/// has no value.
std::string option(int argc, char** argv, std::string_view name, const char* fallback = nullptr);

}  // namespace ceiling
