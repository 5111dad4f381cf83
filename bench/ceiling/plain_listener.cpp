#include "ceiling/plain_listener.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace ceiling {

plain_listener::plain_listener(std::uint16_t port) : descriptor_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const int on = 1;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (descriptor_ < 0 || ::setsockopt(descriptor_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        ::bind(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(descriptor_, SOMAXCONN) != 0 ||
        ::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        const int why = errno;
        ::close(descriptor_);
        throw std::system_error(why, std::generic_category(), "listen");
    }
    port_ = ntohs(address.sin_port);
}

plain_listener::~plain_listener() { ::close(descriptor_); }

plain_socket plain_listener::accept() const {
    const int accepted = ::accept(descriptor_, nullptr, nullptr);
    if (accepted < 0) throw std::system_error(errno, std::generic_category(), "accept");
    const int on = 1;
    ::setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return plain_socket::of(accepted);
}

}  // namespace ceiling
