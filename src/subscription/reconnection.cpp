#include "subscription/reconnection.hpp"

#include "subscription/refusal.hpp"

namespace tmq::subscription {

void reconnection::reset() noexcept {
    backoff_.succeeded();
    start_tries_ = {};
    loss_ = failure();
    attempt_at_.reset();
    needs_disconnect_ = is_interrupted_ = false;
}

void reconnection::lost(const failure& why) {
    // Before the reason, whose copy may find no memory.
    needs_disconnect_ = true;
    attempt_at_.reset();
    loss_ = why;
}

void reconnection::interrupted(const failure& why) {
    is_interrupted_ = true;
    loss_ = why;
}

std::optional<reconnection::milliseconds> reconnection::schedule(time_point now) noexcept {
    const auto wait = backoff_.next(now);
    if (wait) attempt_at_ = now + *wait;
    return wait;
}

std::optional<reconnection::milliseconds> reconnection::schedule_another(bool is_first, bool had_transport,
                                                                         time_point now) noexcept {
    const auto wait = wait_before_another(is_first, had_transport, now);
    if (wait) attempt_at_ = now + *wait;
    return wait;
}

/// A first connection shows wrong settings at once, unless it is configured not to.
std::optional<reconnection::milliseconds> reconnection::wait_before_another(bool is_first, bool had_transport,
                                                                            time_point now) noexcept {
    const bool is_retried = !is_first || settings_.reconnect_at_start();
    if ((is_retried && !is_hopeless(loss_)) || (is_first && breaks_half_way(had_transport)))
        return backoff_.next(now);
    if (is_first && is_refused_for_a_while(loss_)) return start_tries_.next(now, settings_.request_timeout());
    return std::nullopt;
}

/// True if the first connection broke after it was established: a server that restarts, a link that is bad.
/// Everything else shows a wrong setting rather than a passing state.
bool reconnection::breaks_half_way(bool had_transport) const noexcept {
    if (!settings_.reconnect() || !had_transport) return false;
    for (const errc passing : {errc::connection_lost, errc::connection_closed, errc::handshake_timeout,
                               errc::request_timeout, errc::write_timeout, errc::idle_timeout})
        if (loss_.code == passing) return true;
    return false;
}

void reconnection::begin_attempt() noexcept {
    attempt_at_.reset();
    is_interrupted_ = false;
}

void reconnection::stop() noexcept {
    attempt_at_.reset();
    needs_disconnect_ = false;
}

}  // namespace tmq::subscription
