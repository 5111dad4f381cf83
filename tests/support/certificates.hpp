#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace tmq::test {

/// A certificate and its key, both PEM.
struct identity {
    std::string certificate;
    std::string private_key;
};

/// What goes into a certificate. Every setter returns the object itself.
class certificate_request {
  public:
    enum class usage { server, client };

    explicit certificate_request(std::string common_name = "localhost")
        : common_name_(std::move(common_name)) {}

    certificate_request& dns(std::string name) { return dns_.push_back(std::move(name)), *this; }
    certificate_request& ip(std::string address) { return ips_.push_back(std::move(address)), *this; }
    /// Default: a server's.
    certificate_request& for_client() { return usage_ = usage::client, *this; }
    /// Relative to now. Default: from an hour ago to a day ahead.
    certificate_request& valid(std::chrono::seconds from, std::chrono::seconds to) {
        return from_ = from, to_ = to, *this;
    }
    /// Was valid until an hour ago.
    certificate_request& expired() { return valid(std::chrono::hours(-48), std::chrono::hours(-1)); }
    certificate_request& not_yet_valid() { return valid(std::chrono::hours(1), std::chrono::hours(48)); }

    const std::string& common_name() const { return common_name_; }
    const std::vector<std::string>& dns_names() const { return dns_; }
    const std::vector<std::string>& ip_addresses() const { return ips_; }
    usage use() const { return usage_; }
    std::chrono::seconds valid_from() const { return from_; }
    std::chrono::seconds valid_to() const { return to_; }

  private:
    std::string common_name_;
    std::vector<std::string> dns_;
    std::vector<std::string> ips_;
    usage usage_ = usage::server;
    std::chrono::seconds from_ = std::chrono::hours(-1);
    std::chrono::seconds to_ = std::chrono::hours(24);
};

/// Issues certificates with keys on P-256. Throws std::runtime_error when OpenSSL refuses.
class certificate_authority {
  public:
    /// A root that signs itself.
    explicit certificate_authority(const std::string& common_name = "tmq test CA");
    ~certificate_authority();
    certificate_authority(certificate_authority&&) noexcept;
    certificate_authority& operator=(certificate_authority&&) noexcept;

    /// The CA's own certificate.
    const std::string& pem() const { return pem_; }
    identity issue(const certificate_request& what) const;
    /// A CA below this one. A server that has a certificate of it also shows its pem().
    certificate_authority intermediate(const std::string& common_name = "tmq test intermediate CA") const;

  private:
    struct key_and_certificate;
    explicit certificate_authority(std::unique_ptr<key_and_certificate> made);

    std::unique_ptr<key_and_certificate> self_;
    std::string pem_;
};

/// A certificate that nobody vouches for.
identity self_signed(const certificate_request& what);

/// "127.0.0.1", "::1" and "localhost".
certificate_request loopback();

/// The key encrypted with a password (PKCS #8, AES-256).
std::string encrypted(const std::string& private_key, const std::string& password);

}  // namespace tmq::test
