#include "tools/standard_streams.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace tmq::tools {

void occupy_standard_streams() noexcept {
    for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; ++stream) {
        if (fcntl(stream, F_GETFD) != -1) continue;
        // open() returns the lowest descriptor that is free: this one. Opened the wrong way round, it fails
        // as a closed one does.
        if (open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY) != stream) return;
    }
}

}  // namespace tmq::tools
