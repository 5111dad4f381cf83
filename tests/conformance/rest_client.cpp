#include "conformance/rest_client.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <openssl/evp.h>
#include <simdjson.h>

#include <future>
#include <stdexcept>

namespace tmq::test {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using http_request = http::request<http::string_body>;
using http_response = http::response<http::string_body>;

std::string base64(std::string_view text) {
    std::string out(4 * ((text.size() + 2) / 3) + 1, '\0');
    const int size =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                        reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    out.resize(static_cast<std::size_t>(size));
    return out;
}

asio::awaitable<http_response> exchange(const std::string& host, const std::string& port,
                                        const http_request& request, std::chrono::seconds timeout) {
    beast::tcp_stream stream(co_await asio::this_coro::executor);
    asio::ip::tcp::resolver resolver(stream.get_executor());
    const auto addresses = co_await resolver.async_resolve(host, port, asio::use_awaitable);
    stream.expires_after(timeout);
    co_await stream.async_connect(addresses, asio::use_awaitable);
    stream.socket().set_option(asio::ip::tcp::no_delay(true));
    co_await http::async_write(stream, request, asio::use_awaitable);
    beast::flat_buffer buffer;
    http::response_parser<http::string_body> parser;
    parser.body_limit(std::uint64_t{64} << 20);
    co_await http::async_read(stream, buffer, parser, asio::use_awaitable);
    co_return parser.release();
}

std::string cell_text(simdjson::dom::element cell) {
    std::string_view text;
    if (cell.get(text) == simdjson::SUCCESS) return std::string(text);
    return simdjson::minify(cell);
}

sql_result read_reply(const http_response& response) {
    sql_result result;
    result.http_status = response.result_int();
    simdjson::dom::parser parser;
    simdjson::dom::element reply;
    if (parser.parse(response.body()).get(reply) != simdjson::SUCCESS) {
        result.text = response.body().substr(0, 200);
        return result;
    }
    std::string_view text;
    if (reply["code"].get(result.code) != simdjson::SUCCESS) result.code = -1;
    if (reply["desc"].get(text) == simdjson::SUCCESS) result.text = text;
    simdjson::dom::array rows;
    if (reply["data"].get(rows) != simdjson::SUCCESS) return result;
    for (const simdjson::dom::element row : rows) {
        std::vector<std::string>& cells = result.data.emplace_back();
        simdjson::dom::array columns;
        if (row.get(columns) != simdjson::SUCCESS) continue;
        for (const simdjson::dom::element cell : columns)
            cells.push_back(cell_text(cell));
    }
    return result;
}

}  // namespace

rest_client::rest_client(std::string host, std::uint16_t port, std::string_view user,
                         std::string_view password)
    : host_(std::move(host)),
      port_(port),
      authorization_("Basic " + base64(std::string(user).append(":").append(password))) {}

sql_result rest_client::run(std::string_view statement, std::chrono::seconds timeout) const {
    http_request request(http::verb::post, "/rest/sql", 11);
    request.set(http::field::host, host_ + ":" + std::to_string(port_));
    request.set(http::field::authorization, authorization_);
    request.set(http::field::connection, "close");
    request.body() = statement;
    request.prepare_payload();
    asio::io_context context(1);
    const std::string port = std::to_string(port_);
    std::future<http_response> response =
        asio::co_spawn(context, exchange(host_, port, request, timeout), asio::use_future);
    context.run();
    try {
        return read_reply(response.get());
    } catch (const boost::system::system_error& failure) {
        throw std::runtime_error("no answer from /rest/sql of " + host_ + ":" + port + ": " +
                                 failure.code().message());
    }
}

}  // namespace tmq::test
