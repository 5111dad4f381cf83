#include "support/certificates.hpp"

#include "net/freed_by.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <stdexcept>
#include <utility>

namespace tmq::test {

namespace {

using net::freed_by;
using key_ptr = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;
using x509_ptr = std::unique_ptr<X509, freed_by<X509_free>>;
using bio_ptr = std::unique_ptr<BIO, freed_by<BIO_free_all>>;
using extension_ptr = std::unique_ptr<X509_EXTENSION, freed_by<X509_EXTENSION_free>>;

void require(bool good, const char* what) {
    if (!good) throw std::runtime_error(std::string("OpenSSL: ") + what);
}

key_ptr new_key() {
    key_ptr key(EVP_EC_gen("P-256"));
    require(key != nullptr, "no key");
    return key;
}

std::string text_of(const bio_ptr& bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

std::string pem_of(X509* certificate) {
    const bio_ptr bio(BIO_new(BIO_s_mem()));
    require(PEM_write_bio_X509(bio.get(), certificate) == 1, "certificate to PEM");
    return text_of(bio);
}

std::string pem_of(EVP_PKEY* key) {
    const bio_ptr bio(BIO_new(BIO_s_mem()));
    require(PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1,
            "key to PEM");
    return text_of(bio);
}

void extend(X509* certificate, X509* issuer, int what, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const extension_ptr extension(X509V3_EXT_conf_nid(nullptr, &context, what, value.c_str()));
    require(extension && X509_add_ext(certificate, extension.get(), -1) == 1, "extension");
}

/// Everything but the extensions of a purpose and the signature.
x509_ptr draft(const std::string& common_name, EVP_PKEY* key, std::chrono::seconds from,
               std::chrono::seconds to) {
    x509_ptr made(X509_new());
    require(made && X509_set_version(made.get(), 2) == 1, "certificate");
    std::uint64_t serial = 0;
    require(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1, "serial number");
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(made.get()), serial | 1);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), static_cast<long>(from.count()));
    X509_gmtime_adj(X509_getm_notAfter(made.get()), static_cast<long>(to.count()));
    X509_set_pubkey(made.get(), key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1, 0);
    return made;
}

void sign(X509* certificate, X509* issuer, EVP_PKEY* issuer_key) {
    require(X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) == 1, "issuer");
    extend(certificate, issuer, NID_subject_key_identifier, "hash");
    if (issuer != certificate) extend(certificate, issuer, NID_authority_key_identifier, "keyid");
    require(X509_sign(certificate, issuer_key, EVP_sha256()) != 0, "signature");
}

x509_ptr end_entity(const certificate_request& what, EVP_PKEY* key) {
    x509_ptr made = draft(what.common_name(), key, what.valid_from(), what.valid_to());
    extend(made.get(), made.get(), NID_basic_constraints, "critical,CA:FALSE");
    extend(made.get(), made.get(), NID_key_usage, "critical,digitalSignature");
    extend(made.get(), made.get(), NID_ext_key_usage,
           what.use() == certificate_request::usage::server ? "serverAuth" : "clientAuth");
    std::string names;
    for (const std::string& name : what.dns_names())
        names += (names.empty() ? "DNS:" : ",DNS:") + name;
    for (const std::string& address : what.ip_addresses())
        names += (names.empty() ? "IP:" : ",IP:") + address;
    if (!names.empty()) extend(made.get(), made.get(), NID_subject_alt_name, names);
    return made;
}

}  // namespace

struct certificate_authority::key_and_certificate {
    key_ptr key;
    x509_ptr certificate;

    /// `issuer` null: signs itself.
    static std::unique_ptr<key_and_certificate> make(const std::string& common_name,
                                                     const key_and_certificate* issuer) {
        auto made = std::make_unique<key_and_certificate>();
        made->key = new_key();
        made->certificate =
            draft(common_name, made->key.get(), std::chrono::hours(-1), std::chrono::hours(24));
        X509* const own = made->certificate.get();
        extend(own, own, NID_basic_constraints, "critical,CA:TRUE");
        extend(own, own, NID_key_usage, "critical,keyCertSign,cRLSign");
        sign(own, issuer ? issuer->certificate.get() : own, issuer ? issuer->key.get() : made->key.get());
        return made;
    }
};

certificate_authority::certificate_authority(const std::string& common_name)
    : certificate_authority(key_and_certificate::make(common_name, nullptr)) {}
certificate_authority::certificate_authority(std::unique_ptr<key_and_certificate> made)
    : self_(std::move(made)), pem_(pem_of(self_->certificate.get())) {}
certificate_authority::~certificate_authority() = default;
certificate_authority::certificate_authority(certificate_authority&&) noexcept = default;
certificate_authority& certificate_authority::operator=(certificate_authority&&) noexcept = default;

identity certificate_authority::issue(const certificate_request& what) const {
    const key_ptr key = new_key();
    const x509_ptr made = end_entity(what, key.get());
    sign(made.get(), self_->certificate.get(), self_->key.get());
    return {pem_of(made.get()), pem_of(key.get())};
}

certificate_authority certificate_authority::intermediate(const std::string& common_name) const {
    return certificate_authority(key_and_certificate::make(common_name, self_.get()));
}

identity self_signed(const certificate_request& what) {
    const key_ptr key = new_key();
    const x509_ptr made = end_entity(what, key.get());
    sign(made.get(), made.get(), key.get());
    return {pem_of(made.get()), pem_of(key.get())};
}

certificate_request loopback() {
    certificate_request made;
    made.dns("localhost").ip("127.0.0.1").ip("::1");
    return made;
}

std::string encrypted(const std::string& private_key, const std::string& password) {
    const bio_ptr in(BIO_new_mem_buf(private_key.data(), static_cast<int>(private_key.size())));
    const key_ptr key(PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr));
    require(key != nullptr, "not a key");
    const bio_ptr out(BIO_new(BIO_s_mem()));
    require(PEM_write_bio_PKCS8PrivateKey(out.get(), key.get(), EVP_aes_256_cbc(), password.data(),
                                          static_cast<int>(password.size()), nullptr, nullptr) == 1,
            "key to PEM");
    return text_of(out);
}

}  // namespace tmq::test
