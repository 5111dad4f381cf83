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

/// Reads HTTP requests off a stream and has them answered, one after the other, until one asks for a
/// WebSocket: that one goes to `upgrade`. When the stream ends before, nothing more is called. What was read
/// beyond a request stays in `buffer`. `keep` is held meanwhile: the owner of stream and buffer.
void serve_http(peer_stream& stream, boost::beast::flat_buffer& buffer, std::shared_ptr<void> keep,
                std::function<http_answer(http_request)> answer,
                std::function<void(upgrade_request)> upgrade);

}  // namespace tmq::embedded::net
