#include "config/ranges.hpp"
#include "tmq/config.hpp"

namespace tmq {
namespace {

using settings::refuse;

/// The server's default.
constexpr std::chrono::milliseconds default_session_timeout{12'000};

void check_pair(const std::string& file, const std::string& pem, std::string_view name) {
    if (!file.empty() && !pem.empty()) refuse(name, "is given both as a file and as text");
}

void check_tls(const tls_options& tls) {
    check_pair(tls.ca_file(), tls.ca_pem(), "tls.ca");
    check_pair(tls.certificate_file(), tls.certificate_pem(), "tls.certificate");
    check_pair(tls.private_key_file(), tls.private_key_pem(), "tls.private.key");
    const bool has_certificate = !tls.certificate_file().empty() || !tls.certificate_pem().empty();
    const bool has_key = !tls.private_key_file().empty() || !tls.private_key_pem().empty();
    if (has_certificate && !has_key) refuse("tls.certificate", "needs tls.private.key");
    if (has_key && !has_certificate) refuse("tls.private.key", "needs tls.certificate");
    if (!tls.private_key_password().empty() && !has_key)
        refuse("tls.private.key.password", "needs tls.private.key");
}

}  // namespace

void config::validate() const {
    if (group_id_.empty()) refuse("group.id", "is not set");
    const milliseconds session = session_timeout_.count() == 0 ? default_session_timeout : session_timeout_;
    if (heartbeat_interval_ >= session)
        refuse("heartbeat.interval.ms", "must be less than session.timeout.ms");
    if (max_poll_interval_.count() != 0 && poll_slice_ >= max_poll_interval_)
        refuse("poll.slice.ms", "must be less than max.poll.interval.ms");
    check_tls(tls_settings_);
}

}  // namespace tmq
