#pragma once

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace tmq {

/// What a connection logs in with: user and password, or a token. A plain value.
class credentials {
  public:
    enum class kind : std::uint8_t { password, cloud_token, bearer_token };

    /// Logs in as config::credentials does.
    static credentials password(std::string_view user, std::string_view password) {
        return credentials(kind::password, user, password);
    }
    /// Logs in as config::cloud_token does.
    static credentials cloud_token(std::string_view token) {
        return credentials(kind::cloud_token, {}, token);
    }
    /// Logs in as config::bearer_token does.
    static credentials bearer_token(std::string_view token) {
        return credentials(kind::bearer_token, {}, token);
    }

    kind type() const noexcept { return kind_; }
    /// Empty for a token.
    const std::string& user() const noexcept { return user_; }
    /// Password or token.
    const std::string& secret() const noexcept { return secret_; }

    friend bool operator==(const credentials&, const credentials&) = default;

  private:
    credentials(kind type, std::string_view user, std::string_view secret)
        : kind_(type), user_(user), secret_(secret) {}

    kind kind_;
    std::string user_;
    std::string secret_;
};

/// Connection for which credentials are asked.
enum class login_reason : std::uint8_t {
    subscribe,  ///< subscribe() connects
    reconnect,  ///< a subscription's connection was lost
};

/// Provides credentials, for instance a token that is about to expire. What it throws makes the attempt fail:
/// it is thrown by subscribe, or retried like any lost connection. *Cancellation*: it is cancelled with the
/// subscribe that it belongs to. *Threads*: runs on the consumer's executor.
using credentials_provider = std::function<boost::asio::awaitable<credentials>(login_reason)>;

}  // namespace tmq
