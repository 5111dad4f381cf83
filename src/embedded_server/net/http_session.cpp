#include "embedded_server/net/http_session.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/write.hpp>

#include <optional>
#include <string_view>
#include <utility>

namespace tmq::embedded::net {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

constexpr std::size_t largest_body = 64u << 20;

class http_session : public std::enable_shared_from_this<http_session> {
  public:
    http_session(peer_stream& stream, beast::flat_buffer& buffer, std::shared_ptr<void> owner,
                 std::function<http_answer(http_request)> answer,
                 std::function<void(upgrade_request)> upgrade)
        : stream_(stream),
          buffer_(buffer),
          owner_(std::move(owner)),
          answer_(std::move(answer)),
          upgrade_(std::move(upgrade)) {}

    void read() {
        parser_.emplace();
        parser_->body_limit(largest_body);
        http::async_read_header(stream_, buffer_, *parser_,
                                [self = shared_from_this()](error_code failure, std::size_t) {
                                    if (failure) return self->refuse(failure);
                                    self->read_body();
                                });
    }

  private:
    void read_body() {
        const auto& head = parser_->get();
        if (http::token_list(head[http::field::upgrade]).exists("websocket"))
            return upgrade_(parser_->release());
        if (head[http::field::expect] == "100-continue") {
            constexpr std::string_view interim_reply = "HTTP/1.1 100 Continue\r\n\r\n";
            return asio::async_write(stream_, asio::buffer(interim_reply),
                                     [self = shared_from_this()](error_code failure, std::size_t) {
                                         if (!failure) self->read_rest();
                                     });
        }
        read_rest();
    }

    void read_rest() {
        http::async_read(stream_, buffer_, *parser_,
                         [self = shared_from_this()](error_code failure, std::size_t) {
                             if (failure) return self->refuse(failure);
                             self->answer();
                         });
    }

    /// Replies to a malformed or too large request. A connection that has ended gets no reply.
    void refuse(error_code failure) {
        if (failure.category() != error_code(http::error::bad_method).category() ||
            failure == http::error::end_of_stream || failure == http::error::partial_message)
            return;
        write({failure == http::error::body_limit ? 413u : 400u, {}}, 11, false);
    }

    void answer() {
        upgrade_request request = parser_->release();
        const bool keep_alive = request.keep_alive();
        const unsigned version = request.version();
        const auto text = [](beast::string_view view) { return std::string(view.data(), view.size()); };
        write(answer_({text(request.method_string()), text(request.target()),
                       text(request[http::field::authorization]), std::move(request.body())}),
              version, keep_alive);
    }

    void write(http_answer content, unsigned version, bool keep_alive) {
        reply_ = {};
        reply_.version(version);
        reply_.result(content.status);
        reply_.keep_alive(keep_alive);
        if (!content.json.empty()) reply_.set(http::field::content_type, "application/json; charset=utf-8");
        if (content.status == 401) reply_.set(http::field::www_authenticate, "Basic");
        reply_.body() = std::move(content.json);
        reply_.prepare_payload();
        http::async_write(stream_, reply_, [self = shared_from_this()](error_code failure, std::size_t) {
            if (failure) return;
            if (self->reply_.keep_alive()) return self->read();
            self->stream_.async_end(erased_handler([self](error_code) {}));
        });
    }

    peer_stream& stream_;
    beast::flat_buffer& buffer_;
    std::shared_ptr<void> owner_;
    std::function<http_answer(http_request)> answer_;
    std::function<void(upgrade_request)> upgrade_;
    std::optional<http::request_parser<http::string_body>> parser_;
    http::response<http::string_body> reply_;
};

}  // namespace

void serve_http(peer_stream& stream, beast::flat_buffer& buffer, std::shared_ptr<void> owner,
                std::function<http_answer(http_request)> answer,
                std::function<void(upgrade_request)> upgrade) {
    std::make_shared<http_session>(stream, buffer, std::move(owner), std::move(answer), std::move(upgrade))
        ->read();
}

}  // namespace tmq::embedded::net
