#include "segments_received.hpp"

// Of the kernel and not of the C library, whose tcp_info ends before the count; the two do not go together in
// one file.
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>

namespace tmq::test {

std::uint32_t segments_received(int socket) {
    tcp_info info{};
    socklen_t size = sizeof info;
    if (getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
        throw std::system_error(errno, std::generic_category(), "TCP_INFO");
    return info.tcpi_data_segs_in;
}

}  // namespace tmq::test
