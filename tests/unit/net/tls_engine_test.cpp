#include "net/tls_engine.hpp"

#include "net/freed_by.hpp"
#include "support/certificates.hpp"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace tmq::test {
namespace {

using bytes = std::vector<std::uint8_t>;
using net::freed_by;
using progress = net::tls_engine::progress;

bytes numbered(std::size_t size) {
    bytes result(size);
    std::iota(result.begin(), result.end(), std::uint8_t{0});
    return result;
}

/// OpenSSL as a server between two memories.
class server_end {
  public:
    server_end(const identity& shown, int version) : context_(SSL_CTX_new(TLS_server_method())) {
        const std::unique_ptr<BIO, freed_by<BIO_free>> certificate(
            BIO_new_mem_buf(shown.certificate.data(), static_cast<int>(shown.certificate.size())));
        const std::unique_ptr<BIO, freed_by<BIO_free>> key(
            BIO_new_mem_buf(shown.private_key.data(), static_cast<int>(shown.private_key.size())));
        const std::unique_ptr<X509, freed_by<X509_free>> own(
            PEM_read_bio_X509(certificate.get(), nullptr, nullptr, nullptr));
        const std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>> secret(
            PEM_read_bio_PrivateKey(key.get(), nullptr, nullptr, nullptr));
        SSL_CTX_use_certificate(context_.get(), own.get());
        SSL_CTX_use_PrivateKey(context_.get(), secret.get());
        SSL_CTX_set_min_proto_version(context_.get(), version);
        SSL_CTX_set_max_proto_version(context_.get(), version);
        ssl_.reset(SSL_new(context_.get()));
        in_ = BIO_new(BIO_s_mem());
        out_ = BIO_new(BIO_s_mem());
        SSL_set_bio(ssl_.get(), in_, out_);
        SSL_set_accept_state(ssl_.get());
    }

    void feed(std::span<const std::uint8_t> received) {
        if (!received.empty()) BIO_write(in_, received.data(), static_cast<int>(received.size()));
    }
    bool handshake() { return SSL_do_handshake(ssl_.get()) == 1; }
    /// What has to go to the client.
    bytes take() {
        bytes result(BIO_ctrl_pending(out_));
        if (!result.empty()) BIO_read(out_, result.data(), static_cast<int>(result.size()));
        return result;
    }
    /// `plain` as it goes to the client.
    bytes sealed(std::span<const std::uint8_t> plain) {
        EXPECT_EQ(SSL_write(ssl_.get(), plain.data(), static_cast<int>(plain.size())),
                  static_cast<int>(plain.size()));
        return take();
    }
    /// All plain bytes that have come.
    bytes read() {
        bytes result;
        std::uint8_t piece[4096];
        int size = 0;
        while ((size = SSL_read(ssl_.get(), piece, sizeof(piece))) > 0)
            result.insert(result.end(), piece, piece + size);
        last_error_ = SSL_get_error(ssl_.get(), size);
        return result;
    }
    /// Of the last read().
    int last_error() const { return last_error_; }
    bytes goodbye() {
        SSL_shutdown(ssl_.get());
        return take();
    }
    /// Asks for new keys on both sides.
    bytes new_keys() {
        EXPECT_EQ(SSL_key_update(ssl_.get(), SSL_KEY_UPDATE_REQUESTED), 1);
        handshake();
        return take();
    }

  private:
    std::unique_ptr<SSL_CTX, freed_by<SSL_CTX_free>> context_;
    std::unique_ptr<SSL, freed_by<SSL_free>> ssl_;
    BIO* in_ = nullptr;
    BIO* out_ = nullptr;
    int last_error_ = 0;
};

void receive(net::tls_engine& client, std::span<const std::uint8_t> sent) {
    while (!sent.empty()) {
        const std::span<std::uint8_t> room = client.input_room();
        ASSERT_FALSE(room.empty());
        const std::size_t size = std::min(room.size(), sent.size());
        std::copy_n(sent.begin(), size, room.begin());
        client.commit_input(size);
        sent = sent.subspan(size);
    }
}

bytes decrypted(net::tls_engine& client, std::size_t room_size = 64 * 1024) {
    bytes result;
    bytes room(room_size);
    std::size_t size = 0;
    while ((size = client.decrypt(room)) != 0)
        result.insert(result.end(), room.begin(), room.begin() + static_cast<std::ptrdiff_t>(size));
    return result;
}

bytes output_of(net::tls_engine& client) {
    bytes result;
    client.take_output(result);
    return result;
}

class tls_engine_test : public ::testing::TestWithParam<int> {
  protected:
    const certificate_authority authority;
    std::unique_ptr<server_end> server;
    std::unique_ptr<net::tls_engine> client;

    /// A client that trusts the authority, and a server it has not talked to.
    void meet() {
        std::shared_ptr<const net::tls_context> context;
        ASSERT_FALSE(net::tls_context::make(tls_options().ca_pem(authority.pem()), context));
        server = std::make_unique<server_end>(authority.issue(loopback()), GetParam());
        client = std::make_unique<net::tls_engine>(context, "localhost");
    }
    /// `piece`: how many bytes at a time either side gets.
    void shake_hands(std::size_t piece = 64 * 1024) {
        progress state = client->handshake();
        bool is_done = false;
        for (int turn = 0; turn < 10 && !(is_done && state == progress::done); ++turn) {
            const bytes to_server = output_of(*client);
            for (std::size_t at = 0; at < to_server.size(); at += piece) {
                server->feed(std::span(to_server).subspan(at, std::min(piece, to_server.size() - at)));
                is_done = server->handshake();
            }
            const bytes to_client = server->take();
            for (std::size_t at = 0; at < to_client.size(); at += piece) {
                ASSERT_NO_FATAL_FAILURE(receive(
                    *client, std::span(to_client).subspan(at, std::min(piece, to_client.size() - at))));
                state = client->handshake();
                ASSERT_NE(state, progress::failed) << client->why().context;
            }
        }
        ASSERT_TRUE(is_done);
        ASSERT_EQ(state, progress::done);
        // The server's tickets may still be there.
        ASSERT_NO_FATAL_FAILURE(receive(*client, server->take()));
        ASSERT_EQ(decrypted(*client), bytes());
        ASSERT_FALSE(client->why());
    }
    void connect() {
        ASSERT_NO_FATAL_FAILURE(meet());
        ASSERT_NO_FATAL_FAILURE(shake_hands());
    }
};

std::string version_name(const ::testing::TestParamInfo<int>& version) {
    return version.param == TLS1_2_VERSION ? "tls_1_2" : "tls_1_3";
}
INSTANTIATE_TEST_SUITE_P(version, tls_engine_test, ::testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                         version_name);

TEST_P(tls_engine_test, everything_byte_by_byte) {
    meet();
    ASSERT_NO_FATAL_FAILURE(shake_hands(1));
    const bytes plain = numbered(40'000);
    const bytes sealed = server->sealed(plain);
    bytes got;
    for (const std::uint8_t& byte : sealed) {
        receive(*client, {&byte, 1});
        const bytes more = decrypted(*client);
        got.insert(got.end(), more.begin(), more.end());
    }
    EXPECT_EQ(got, plain);
    EXPECT_FALSE(client->why());
}

TEST_P(tls_engine_test, a_record_at_every_split) {
    ASSERT_NO_FATAL_FAILURE(connect());
    const bytes plain = numbered(300);
    const std::size_t size = server->sealed(plain).size();
    // That record never arrived; the peers agree again on a connection of their own.
    ASSERT_NO_FATAL_FAILURE(connect());
    for (std::size_t split = 0; split <= size; ++split) {
        const bytes sealed = server->sealed(plain);
        ASSERT_EQ(sealed.size(), size);
        receive(*client, std::span(sealed).first(split));
        const bytes early = decrypted(*client);
        ASSERT_EQ(early.empty(), split != size) << "nothing before the whole record, at " << split;
        receive(*client, std::span(sealed).subspan(split));
        const bytes late = decrypted(*client);
        ASSERT_EQ(split == size ? early : late, plain) << split;
        ASSERT_FALSE(client->why());
    }
}

TEST_P(tls_engine_test, rooms_of_every_size) {
    ASSERT_NO_FATAL_FAILURE(connect());
    const bytes plain = numbered(20'000);
    for (const std::size_t room : {1U, 2U, 3U, 16'383U, 16'384U, 16'385U, 19'999U, 20'000U, 20'001U}) {
        receive(*client, server->sealed(plain));
        EXPECT_EQ(decrypted(*client, room), plain) << room;
    }
    EXPECT_EQ(client->decrypt({}), 0U) << "no room";
    EXPECT_FALSE(client->why());
}

TEST_P(tls_engine_test, many_records_through_the_ring_of_the_input) {
    ASSERT_NO_FATAL_FAILURE(connect());
    // The sizes have no common measure with the ring's, so that records wrap around its end everywhere.
    const bytes plain = numbered(14'011);
    for (int i = 0; i < 200; ++i) {
        ASSERT_NO_FATAL_FAILURE(receive(*client, server->sealed(plain)));
        ASSERT_EQ(decrypted(*client), plain) << i;
    }
}

TEST_P(tls_engine_test, writes_of_several_records) {
    ASSERT_NO_FATAL_FAILURE(connect());
    for (const std::size_t size : {0U, 1U, 16'384U, 16'385U, 100'000U, 1'000'000U}) {
        const bytes plain = numbered(size);
        bytes sealed = {0xAB};
        ASSERT_TRUE(client->encrypt(plain, sealed));
        EXPECT_EQ(sealed.front(), 0xAB) << "what stood there stays";
        EXPECT_FALSE(client->has_output());
        server->feed(std::span(sealed).subspan(1));
        EXPECT_EQ(server->read(), plain) << size;
    }
}

TEST_P(tls_engine_test, the_goodbye_of_the_server_ends_the_stream_behind_its_data) {
    ASSERT_NO_FATAL_FAILURE(connect());
    const bytes plain = numbered(100);
    receive(*client, server->sealed(plain));
    receive(*client, server->goodbye());
    EXPECT_EQ(decrypted(*client), plain);
    EXPECT_EQ(client->why().code, errc::connection_lost);
    EXPECT_EQ(client->why().context, "the server ended TLS");
    EXPECT_EQ(decrypted(*client), bytes()) << "for good";
}

TEST_P(tls_engine_test, the_farewell_is_a_goodbye_that_the_server_understands) {
    ASSERT_NO_FATAL_FAILURE(connect());
    const bytes plain = numbered(100);
    bytes sealed;
    ASSERT_TRUE(client->encrypt(plain, sealed));
    client->take_farewell(sealed);
    server->feed(sealed);
    EXPECT_EQ(server->read(), plain);
    EXPECT_EQ(server->last_error(), SSL_ERROR_ZERO_RETURN);
}

TEST_P(tls_engine_test, a_stream_that_ends_inside_a_record_gives_nothing_of_it) {
    ASSERT_NO_FATAL_FAILURE(connect());
    const bytes plain = numbered(50);
    receive(*client, server->sealed(plain));
    const bytes sealed = server->sealed(plain);
    receive(*client, std::span(sealed).first(sealed.size() - 1));
    EXPECT_EQ(decrypted(*client), plain);
    EXPECT_FALSE(client->why()) << "more may come; that it does not is the socket's to say";
}

TEST_P(tls_engine_test, a_record_with_any_byte_changed_is_refused) {
    ASSERT_NO_FATAL_FAILURE(connect());
    const std::size_t size = server->sealed(numbered(20)).size();
    constexpr std::size_t head = 5;
    constexpr std::size_t length_at = 3;
    for (std::size_t at = 0; at < size; ++at) {
        ASSERT_NO_FATAL_FAILURE(connect());
        bytes sealed = server->sealed(numbered(20));
        sealed[at] ^= 0x01;
        receive(*client, sealed);
        EXPECT_EQ(decrypted(*client), bytes()) << at;
        // A record that is said to be longer waits for its rest.
        if (at >= length_at && at < head && !client->why()) continue;
        EXPECT_EQ(client->why().code, errc::tls_failed) << at;
        EXPECT_NE(client->why().context, "") << at;
        EXPECT_TRUE(client->has_output()) << "the server is told, at " << at;
        bytes refused;
        EXPECT_FALSE(client->encrypt(numbered(1), refused)) << at;
    }
}

TEST_P(tls_engine_test, what_is_no_tls_is_refused) {
    for (const std::string text : {"HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n"}) {
        ASSERT_NO_FATAL_FAILURE(meet());
        ASSERT_EQ(client->handshake(), progress::needs_input);
        receive(*client, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
        EXPECT_EQ(client->handshake(), progress::failed);
        EXPECT_EQ(client->why().code, errc::tls_failed);
        EXPECT_EQ(client->why().context, "wrong version number, the server perhaps does not speak TLS");
    }
}

TEST_P(tls_engine_test, a_certificate_for_another_name_is_refused_and_the_server_is_told) {
    std::shared_ptr<const net::tls_context> context;
    ASSERT_FALSE(net::tls_context::make(tls_options().ca_pem(authority.pem()), context));
    server = std::make_unique<server_end>(authority.issue(certificate_request("other").dns("other.example")),
                                          GetParam());
    client = std::make_unique<net::tls_engine>(context, "localhost");
    progress state = client->handshake();
    for (int turn = 0; turn < 4 && state == progress::needs_input; ++turn) {
        server->feed(output_of(*client));
        server->handshake();
        receive(*client, server->take());
        state = client->handshake();
    }
    EXPECT_EQ(state, progress::failed);
    EXPECT_EQ(client->why().code, errc::certificate_refused);
    EXPECT_EQ(client->why().context, "hostname mismatch");
    EXPECT_TRUE(client->has_output());
}

TEST(tls_context, is_shared_by_those_who_have_the_same_options) {
    const certificate_authority authority;
    const tls_options options = tls_options().ca_pem(authority.pem());
    std::shared_ptr<const net::tls_context> first;
    std::shared_ptr<const net::tls_context> second;
    std::shared_ptr<const net::tls_context> other;
    ASSERT_FALSE(net::tls_context::share(options, first));
    ASSERT_FALSE(net::tls_context::share(options, second));
    ASSERT_FALSE(net::tls_context::share(tls_options(options).insecure_skip_verify(true), other));
    EXPECT_EQ(first, second);
    EXPECT_NE(first, other);
    EXPECT_FALSE(other->verifies());

    const std::weak_ptr<const net::tls_context> last = first;
    first.reset();
    EXPECT_FALSE(last.expired());
    second.reset();
    EXPECT_TRUE(last.expired());
}

/// What the system's roots are read from: a pipe, so that they take as long as a test wants.
class slow_roots {
  public:
    slow_roots() {
        EXPECT_EQ(::mkfifo(path_.c_str(), 0600), 0);
        ::setenv("SSL_CERT_FILE", path_.c_str(), 1);
    }
    ~slow_roots() {
        ::unsetenv("SSL_CERT_FILE");
        std::filesystem::remove(path_);
    }
    slow_roots(const slow_roots&) = delete;
    slow_roots& operator=(const slow_roots&) = delete;

    /// Waits until somebody reads them; they end when the result is closed.
    int await_reader() const {
        for (;;) {
            const int pipe = ::open(path_.c_str(), O_WRONLY | O_NONBLOCK);
            if (pipe >= 0 || errno != ENXIO) return pipe;
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
    }

  private:
    const std::string path_ =
        (std::filesystem::temp_directory_path() / ("tmq_roots_" + std::to_string(::getpid()))).string();
};

TEST(tls_context, of_one_thread_does_not_wait_for_the_roots_of_another) {
    const slow_roots roots;
    std::shared_ptr<const net::tls_context> trusting;
    std::shared_ptr<const net::tls_context> other;
    auto reader =
        std::async(std::launch::async, [&] { return net::tls_context::share(tls_options(), trusting); });
    const int pipe = roots.await_reader();
    ASSERT_GE(pipe, 0);
    auto hurried = std::async(std::launch::async, [&] {
        return net::tls_context::share(tls_options().insecure_skip_verify(true), other);
    });
    EXPECT_EQ(hurried.wait_for(std::chrono::seconds(5)), std::future_status::ready);
    EXPECT_EQ(reader.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
    ::close(pipe);
    EXPECT_FALSE(reader.get());
    EXPECT_FALSE(hurried.get());
    EXPECT_NE(trusting, nullptr);
    EXPECT_NE(other, nullptr);
}

TEST(tls_context, is_not_shared_where_files_may_have_been_replaced) {
    const certificate_authority authority;
    const std::string path =
        (std::filesystem::temp_directory_path() / ("tmq_shared_ca_" + std::to_string(::getpid()))).string();
    std::ofstream(path) << authority.pem();
    std::shared_ptr<const net::tls_context> first;
    std::shared_ptr<const net::tls_context> second;
    EXPECT_FALSE(net::tls_context::share(tls_options().ca_file(path), first));
    EXPECT_FALSE(net::tls_context::share(tls_options().ca_file(path), second));
    EXPECT_NE(first, second);
    std::filesystem::remove(path);
}

TEST(tls_context, that_cannot_be_made_is_shared_with_nobody) {
    std::shared_ptr<const net::tls_context> context;
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(net::tls_context::share(tls_options().ca_pem("no certificate"), context).code,
                  errc::tls_settings);
        EXPECT_EQ(context, nullptr);
    }
}

class tls_engine_key_update : public tls_engine_test {};
INSTANTIATE_TEST_SUITE_P(version, tls_engine_key_update, ::testing::Values(TLS1_3_VERSION), version_name);

TEST_P(tls_engine_key_update, new_keys_are_answered_in_the_middle_of_the_data) {
    ASSERT_NO_FATAL_FAILURE(connect());
    const bytes plain = numbered(1000);
    receive(*client, server->sealed(plain));
    receive(*client, server->new_keys());
    receive(*client, server->sealed(plain));
    bytes twice = plain;
    twice.insert(twice.end(), plain.begin(), plain.end());
    EXPECT_EQ(decrypted(*client), twice);
    // The answer goes out with what is sent next.
    bytes sealed;
    ASSERT_TRUE(client->encrypt(plain, sealed));
    server->feed(sealed);
    EXPECT_EQ(server->read(), plain);
}

}  // namespace
}  // namespace tmq::test
