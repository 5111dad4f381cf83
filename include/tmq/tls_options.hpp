#pragma once

#include <string>
#include <string_view>

namespace tmq {

/// Certificates and checks of a TLS connection. By default it trusts the certificate authorities of the
/// system, checks the server's name, and shows no certificate. Files are read, and their contents checked,
/// for every connection. A plain value.
class tls_options {
  public:
    /// Sets the certificate authorities to trust instead of the system's: a file in PEM form, or the PEM text
    /// itself; not both.
    tls_options& ca_file(std::string_view path) { return assign(ca_file_, path); }
    tls_options& ca_pem(std::string_view text) { return assign(ca_pem_, text); }
    /// Sets the client's certificate with its chain, for servers that ask for one; needs the private key. A
    /// file in PEM form or the PEM text, not both.
    tls_options& certificate_file(std::string_view path) { return assign(certificate_file_, path); }
    tls_options& certificate_pem(std::string_view text) { return assign(certificate_pem_, text); }
    tls_options& private_key_file(std::string_view path) { return assign(private_key_file_, path); }
    tls_options& private_key_pem(std::string_view text) { return assign(private_key_pem_, text); }
    /// Sets the password of an encrypted private key.
    tls_options& private_key_password(std::string_view password) {
        return assign(private_key_password_, password);
    }
    /// Sets the name that is requested (SNI) and that the server's certificate must bear, instead of the host
    /// of the address.
    tls_options& server_name(std::string_view name) { return assign(server_name_, name); }
    /// Accepts any certificate: anybody on the path can read and change everything. For tests only. Default:
    /// false.
    tls_options& insecure_skip_verify(bool skip) noexcept {
        insecure_skip_verify_ = skip;
        return *this;
    }

    const std::string& ca_file() const noexcept { return ca_file_; }
    const std::string& ca_pem() const noexcept { return ca_pem_; }
    const std::string& certificate_file() const noexcept { return certificate_file_; }
    const std::string& certificate_pem() const noexcept { return certificate_pem_; }
    const std::string& private_key_file() const noexcept { return private_key_file_; }
    const std::string& private_key_pem() const noexcept { return private_key_pem_; }
    const std::string& private_key_password() const noexcept { return private_key_password_; }
    const std::string& server_name() const noexcept { return server_name_; }
    bool insecure_skip_verify() const noexcept { return insecure_skip_verify_; }

    /// True if a certificate or key is read from a file.
    bool has_files() const noexcept {
        return !ca_file_.empty() || !certificate_file_.empty() || !private_key_file_.empty();
    }

    friend bool operator==(const tls_options&, const tls_options&) = default;

  private:
    tls_options& assign(std::string& member, std::string_view value) {
        member = value;
        return *this;
    }

    std::string ca_file_;
    std::string ca_pem_;
    std::string certificate_file_;
    std::string certificate_pem_;
    std::string private_key_file_;
    std::string private_key_pem_;
    std::string private_key_password_;
    std::string server_name_;
    bool insecure_skip_verify_ = false;
};

}  // namespace tmq
