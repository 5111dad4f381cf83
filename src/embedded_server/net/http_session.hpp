#pragma once

#include "embedded_server/net/http_message.hpp"
#include "embedded_server/net/peer_stream.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include <functional>
#include <memory>

namespace tmq::embedded::net {

using upgrade_request = boost::beast::http::request<boost::beast::http::string_body>;

/// Reads HTTP requests from a stream and replies with the results of `answer`, one by one. The first request
/// for a WebSocket ends this and goes to `upgrade`, unless the stream ends before.
/// Bytes that were read beyond a request stay in `buffer`.
/// Lifetime: `owner` is held until the end. It owns `stream` and `buffer`.
void serve_http(peer_stream& stream, boost::beast::flat_buffer& buffer, std::shared_ptr<void> owner,
                std::function<http_answer(http_request)> answer,
                std::function<void(upgrade_request)> upgrade);

}  // namespace tmq::embedded::net
