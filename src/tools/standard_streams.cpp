#include "tools/standard_streams.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace tmq::tools {

void occupy_standard_streams() noexcept {
    for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; ++stream) {
        if (fcntl(stream, F_GETFD) != -1) continue;
        // open() returns the lowest free descriptor, which is this one. It is opened for the wrong direction,
        // so its use fails as that of a closed stream does.
        if (open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY) != stream) return;
    }
}

}  // namespace tmq::tools
