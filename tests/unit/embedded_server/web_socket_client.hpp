#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tmq::test {

/// How a client speaks TLS. Texts are PEM.
struct tls_peer {
    std::string ca;           ///< that must have issued the server's certificate, for 127.0.0.1
    std::string certificate;  ///< the client's own; empty: none
    std::string private_key;
    int highest_version = 0;  ///< TLS1_1_VERSION and the like; 0: what OpenSSL has
};

/// The least WebSocket client that can talk to the server: blocking, on a plain socket or TLS.
class web_socket_client {
  public:
    enum class opcode : std::uint8_t {
        text = 1,
        binary = 2,
        close = 8,
        ping = 9,
        pong = 10,
        end_of_stream = 255,
        reset = 254,
        nothing = 253
    };
    struct received {
        opcode what = opcode::nothing;
        std::string bytes;
    };

    /// Connects and upgrades. `path` of the request line. Offers `extensions`, but takes no account of them.
    explicit web_socket_client(std::uint16_t port, std::string_view path = "/rest/tmq",
                               std::string_view extensions = {});
    /// The same to another host than this one.
    web_socket_client(const std::string& host, std::uint16_t port, std::string_view path,
                      std::string_view extensions);
    /// The same through TLS. Throws std::runtime_error with OpenSSL's text when one of both refuses.
    web_socket_client(std::uint16_t port, const tls_peer& tls);
    ~web_socket_client();
    web_socket_client(const web_socket_client&) = delete;
    web_socket_client& operator=(const web_socket_client&) = delete;

    /// The head of the answer to the upgrade.
    const std::string& upgrade_answer() const { return answer_; }

    void send(opcode what, std::string_view bytes);
    void send_text(std::string_view text) { send(opcode::text, text); }
    /// The next frame; `nothing` when none comes within the time.
    received receive(std::chrono::milliseconds timeout = std::chrono::seconds(10));
    /// Sends a request and returns the next frame.
    received ask(std::string_view request) {
        send_text(request);
        return receive();
    }
    /// Everything up to the end of the stream as bytes, and that end; `nothing` when none comes within the
    /// time.
    received receive_rest(std::chrono::milliseconds timeout = std::chrono::seconds(10));
    /// The same for a connection that only asks for the upgrade.
    static received answer_to_upgrade(std::uint16_t port,
                                      std::chrono::milliseconds timeout = std::chrono::seconds(10));
    /// The same for a connection that sends these bytes, through TLS if `tls` says how.
    static received answer_to(std::uint16_t port, std::string_view bytes, const tls_peer* tls = nullptr,
                              std::chrono::milliseconds timeout = std::chrono::seconds(10));
    /// Drops the connection without a goodbye.
    void drop();

    /// A frame of the last message received.
    struct piece {
        std::uint8_t first_byte;  ///< FIN, RSV and opcode
        std::size_t size;
    };
    const std::vector<piece>& pieces() const { return pieces_; }

    /// "TLSv1.3"; empty without TLS.
    std::string tls_version() const;
    /// Whether the server has ended TLS in its own way.
    bool said_goodbye() const;

  private:
    struct tls_layer;

    web_socket_client() = default;
    void connect(std::uint16_t port, const std::string& host = "127.0.0.1");
    void secure(const tls_peer& tls);
    void ask_for_upgrade(std::string_view path, std::string_view extensions = {});
    void upgrade(std::string_view path, std::string_view extensions = {});
    void write(std::string_view bytes);
    std::ptrdiff_t read(char* into, std::size_t size);
    /// Fills the buffer up to `size` bytes; false when the stream or the time ends before.
    bool fill(std::size_t size, std::chrono::steady_clock::time_point until);

    int socket_ = -1;
    std::unique_ptr<tls_layer> tls_;
    std::string answer_;
    std::string buffer_;
    std::vector<piece> pieces_;
    opcode failure_ = opcode::nothing;
};

}  // namespace tmq::test
