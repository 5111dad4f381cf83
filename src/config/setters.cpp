#include "base/server_constants.hpp"
#include "config/endpoint_list.hpp"
#include "config/ranges.hpp"
#include "text/utf8.hpp"
#include "tmq/config.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <errno.h>

namespace tmq {
namespace {

using settings::refuse;
using settings::require;
using settings::require_decimal;

constexpr std::size_t max_app_size = 23;

/// Refuses a time outside its range.
std::chrono::milliseconds checked(std::string_view name, any_duration time, const settings::range& allowed) {
    const std::chrono::milliseconds value = time;
    require(name, value.count(), allowed);
    return value;
}

std::int64_t signed_size(std::uint64_t value) noexcept {
    return static_cast<std::int64_t>(
        std::min<std::uint64_t>(value, std::numeric_limits<std::int64_t>::max()));
}

/// Refuses a text that cannot be sent to the server: JSON holds only UTF-8, and libtaos ends a string at a
/// NUL.
std::string_view sendable(std::string_view name, std::string_view text) {
    if (!text::is_valid_utf8(text)) refuse(name, "is not UTF-8");
    if (text.find('\0') != std::string_view::npos) refuse(name, "must not contain NUL");
    return text;
}

bool has_control_characters(std::string_view text) noexcept {
    for (const char c : text)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return true;
    return false;
}

void check_endpoint(const endpoint& address) {
    if (!settings::is_host(address.host())) refuse("host", "is not a host name or address");
    require("port", address.port(), settings::port);
}

std::string program_name() {
    const std::string_view name = std::string_view(program_invocation_short_name).substr(0, max_app_size);
    return std::string(name.substr(0, text::valid_utf8_prefix(name)));
}

}  // namespace

config::config() : endpoints_{endpoint("localhost")}, app_(program_name()) {}

config::config(std::string_view url) : config() { this->url(url); }

config& config::host(std::string_view host) { return endpoints({endpoint(std::string(host), port())}); }

config& config::port(std::uint16_t port) {
    std::vector<endpoint> changed;
    for (const endpoint& address : endpoints_)
        changed.emplace_back(address.host(), port);
    return endpoints(std::move(changed));
}

config& config::endpoints(std::vector<endpoint> endpoints) {
    if (endpoints.empty()) refuse("endpoints", "must not be empty");
    for (const endpoint& address : endpoints)
        check_endpoint(address);
    endpoints_ = std::move(endpoints);
    return *this;
}

config& config::credentials(std::string_view user, std::string_view password) {
    sendable("td.connect.user", user);
    sendable("td.connect.pass", password);
    // The arguments may be views of the members themselves.
    std::string new_password(password);
    user_ = std::string(user);
    password_ = std::move(new_password);
    return *this;
}

config& config::cloud_token(std::string_view token) {
    if (has_control_characters(token)) refuse("token", "must not contain control characters");
    cloud_token_ = token;
    return *this;
}

config& config::bearer_token(std::string_view token) {
    bearer_token_ = sendable("td.connect.token", token);
    return *this;
}

config& config::database(std::string_view name) {
    database_ = sendable("td.connect.db", name);
    return *this;
}

config& config::tls(bool on) {
    tls_ = on;
    return *this;
}

config& config::tls_settings(tls_options settings) {
    // OpenSSL ends these texts at a NUL, so it would check only a part of a name.
    const std::pair<std::string_view, const std::string&> texts[] = {
        {"tls.ca.file", settings.ca_file()},
        {"tls.ca.pem", settings.ca_pem()},
        {"tls.certificate.file", settings.certificate_file()},
        {"tls.certificate.pem", settings.certificate_pem()},
        {"tls.private.key.file", settings.private_key_file()},
        {"tls.private.key.pem", settings.private_key_pem()},
        {"tls.private.key.password", settings.private_key_password()},
        {"tls.server.name", settings.server_name()},
    };
    for (const auto& [key, text] : texts)
        if (text.find('\0') != std::string::npos) refuse(key, "must not contain NUL");
    tls_settings_ = std::move(settings);
    return *this;
}

config& config::compression(bool on) {
    compression_ = on;
    return *this;
}

config& config::group_id(std::string_view id) {
    if (id.empty() || id.size() > base::max_name_size) refuse("group.id", "must have 1 to 192 bytes");
    if (id.find(':') != std::string_view::npos) refuse("group.id", "must not contain ':'");
    group_id_ = sendable("group.id", id);
    return *this;
}

config& config::client_id(std::string_view id) {
    if (id.size() > 255) refuse("client.id", "must have at most 255 bytes");
    client_id_ = sendable("client.id", id);
    return *this;
}

config& config::app(std::string_view name) {
    if (name.size() > max_app_size) refuse("app", "must have at most 23 bytes");
    app_ = sendable("app", name);
    return *this;
}

config& config::timezone(std::string_view name) {
    timezone_ = sendable("timezone", name);
    return *this;
}

config& config::start_at(offset_reset reset) {
    start_at_ = reset;
    return *this;
}

config& config::session_timeout(any_duration timeout) {
    session_timeout_ = checked("session.timeout.ms", timeout, settings::session_timeout);
    return *this;
}

config& config::heartbeat_interval(any_duration interval) {
    heartbeat_interval_ = checked("heartbeat.interval.ms", interval, settings::heartbeat_interval);
    return *this;
}

config& config::max_poll_interval(any_duration interval) {
    max_poll_interval_ = checked("max.poll.interval.ms", interval, settings::max_poll_interval);
    return *this;
}

config& config::auto_commit(bool on) {
    auto_commit_ = on;
    return *this;
}

config& config::auto_commit_interval(any_duration interval) {
    auto_commit_interval_ = checked("auto.commit.interval.ms", interval, settings::any_time);
    return *this;
}

config& config::acknowledge(acknowledge_mode mode) {
    acknowledge_ = mode;
    return *this;
}

config& config::assignment_interval(any_duration interval) {
    assignment_interval_ = checked("assignment.interval.ms", interval, settings::assignment_interval);
    return *this;
}

config& config::with_table_name(bool on) {
    with_table_name_ = on;
    return *this;
}

config& config::snapshot(bool on) {
    snapshot_ = on;
    return *this;
}

config& config::replay(bool on) {
    replay_ = on;
    return *this;
}

config& config::batch_meta(bool on) {
    batch_meta_ = on;
    return *this;
}

config& config::consume_excluded(std::int32_t excluded) {
    consume_excluded_ = excluded;
    return *this;
}

config& config::raw_data(bool on) {
    raw_data_ = on;
    return *this;
}

config& config::wal_marker(bool on) {
    wal_marker_ = on;
    return *this;
}

config& config::fetch_max_wait(any_duration wait) {
    fetch_max_wait_ = checked("fetch.max.wait.ms", wait, settings::fetch_max_wait);
    return *this;
}

config& config::min_poll_rows(std::uint32_t rows) {
    require("min.poll.rows", rows, settings::min_poll_rows);
    min_poll_rows_ = rows;
    return *this;
}

config& config::fetch_with(fetch_mode mode) {
    fetch_with_ = mode;
    return *this;
}

config& config::prefetch(std::size_t messages) {
    require("prefetch", signed_size(messages), settings::prefetch);
    prefetch_ = messages;
    return *this;
}

config& config::prefetch_bytes(std::uint64_t bytes) {
    require("prefetch.bytes", signed_size(bytes), settings::buffer_size);
    prefetch_bytes_ = bytes;
    return *this;
}

config& config::reconnect(bool on) {
    reconnect_ = on;
    return *this;
}

config& config::reconnect_retries(std::uint32_t retries) {
    require("reconnect.retries", retries, settings::reconnect_retries);
    reconnect_retries_ = retries;
    return *this;
}

config& config::reconnect_for(any_duration time) {
    reconnect_for_ = checked("reconnect.for.ms", time, settings::reconnect_for);
    return *this;
}

config& config::reconnect_interval(any_duration interval) {
    reconnect_interval_ = checked("reconnect.interval.ms", interval, settings::any_time);
    return *this;
}

config& config::reconnect_factor(double factor) {
    require_decimal("reconnect.factor", factor, settings::reconnect_factor);
    reconnect_factor_ = factor;
    return *this;
}

config& config::reconnect_max_interval(any_duration interval) {
    reconnect_max_interval_ = checked("reconnect.max.interval.ms", interval, settings::any_time);
    return *this;
}

config& config::reconnect_jitter(double part) {
    require_decimal("reconnect.jitter", part, settings::reconnect_jitter);
    reconnect_jitter_ = part;
    return *this;
}

config& config::reconnect_at_start(bool on) {
    reconnect_at_start_ = on;
    return *this;
}

config& config::list_instances(bool on) {
    list_instances_ = on;
    return *this;
}

config& config::connect_timeout(any_duration timeout) {
    connect_timeout_ = checked("connect.timeout.ms", timeout, settings::any_time);
    return *this;
}

config& config::handshake_timeout(any_duration timeout) {
    handshake_timeout_ = checked("handshake.timeout.ms", timeout, settings::any_time);
    return *this;
}

config& config::request_timeout(any_duration timeout) {
    request_timeout_ = checked("request.timeout.ms", timeout, settings::any_time);
    return *this;
}

config& config::write_timeout(any_duration timeout) {
    write_timeout_ = checked("write.timeout.ms", timeout, settings::any_time);
    return *this;
}

config& config::idle_timeout(any_duration timeout) {
    idle_timeout_ = checked("idle.timeout.ms", timeout, settings::idle_timeout);
    return *this;
}

config& config::close_timeout(any_duration timeout) {
    close_timeout_ = checked("close.timeout.ms", timeout, settings::any_time);
    return *this;
}

config& config::poll_slice(any_duration slice) {
    poll_slice_ = checked("poll.slice.ms", slice, settings::poll_slice);
    return *this;
}

config& config::max_message_size(std::uint64_t bytes) {
    require("max.message.size", signed_size(bytes), settings::buffer_size);
    max_message_size_ = bytes;
    return *this;
}

config& config::log(log_level most_detailed, log_sink sink) {
    if (most_detailed == log_level::off || !sink) {
        most_detailed = log_level::off;
        sink = nullptr;
    }
    log_detail_ = most_detailed;
    log_target_ = std::move(sink);
    return *this;
}

config& config::on_traffic(traffic_handler handler, traffic_secrets secrets) {
    traffic_target_ = std::move(handler);
    traffic_secrets_ = secrets;
    return *this;
}

config& config::allow_unknown_keys(bool allow) {
    allow_unknown_keys_ = allow;
    return *this;
}

}  // namespace tmq
