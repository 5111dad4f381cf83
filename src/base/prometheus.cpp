// Figures of consumers in Prometheus' text format.
#include "tmq/error.hpp"
#include "tmq/stats.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>

namespace tmq {
namespace {

/// Bounds of a histogram's buckets: powers of two of a nanosecond, like those of the consumer's own buckets.
constexpr int first_bound = 10;
constexpr int last_bound = 36;

double seconds(std::chrono::nanoseconds time) { return std::chrono::duration<double>(time).count(); }

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

void require_label(std::string_view name) {
    const bool has_valid_letters =
        !name.empty() && is_letter(name.front()) &&
        std::all_of(name.begin(), name.end(), [](char c) { return is_letter(c) || is_digit(c); });
    const bool is_reserved = name.starts_with("__") || name == "le" || name == "topic" || name == "vgroup";
    if (!has_valid_letters || is_reserved)
        throw error(errc::invalid_argument, fmt::format("label '{}'", name));
}

void append_label(std::string& out, std::string_view name, std::string_view value) {
    if (!out.empty()) out += ',';
    out.append(name).append("=\"");
    for (const char c : value) {
        if (c == '\n') {
            out += "\\n";
            continue;
        }
        if (c == '\\' || c == '"') out += '\\';
        out += c;
    }
    out += '"';
}

class exposition {
  public:
    explicit exposition(std::span<const labelled_stats> consumers) : consumers_(consumers) {
        for (const labelled_stats& one : consumers) {
            std::string& labels = labels_.emplace_back();
            for (const auto& [name, value] : one.labels) {
                require_label(name);
                append_label(labels, name, value);
            }
        }
    }

    void counter(std::string_view name, std::string_view help, std::uint64_t stats::* member) {
        describe(name, help, "counter");
        each([&](const stats& figures, const std::string& labels) { sample(name, labels, figures.*member); });
    }
    void counter(std::string_view name, std::string_view help, std::chrono::nanoseconds stats::* member) {
        describe(name, help, "counter");
        each([&](const stats& figures, const std::string& labels) {
            sample(name, labels, seconds(figures.*member));
        });
    }
    void gauge(std::string_view name, std::string_view help, std::uint64_t stats::* member) {
        describe(name, help, "gauge");
        each([&](const stats& figures, const std::string& labels) { sample(name, labels, figures.*member); });
    }
    void counter(std::string_view name, std::string_view help, std::uint64_t vgroup_stats::* member) {
        describe(name, help, "counter");
        each_vgroup([&](const vgroup_stats& vgroup, const std::string& labels) {
            sample(name, labels, vgroup.*member);
        });
    }
    void gauge(std::string_view name, std::string_view help,
               std::optional<std::int64_t> vgroup_stats::* member) {
        describe(name, help, "gauge");
        each_vgroup([&](const vgroup_stats& vgroup, const std::string& labels) {
            if (vgroup.*member) sample(name, labels, *(vgroup.*member));
        });
    }
    void gauge(std::string_view name, std::string_view help,
               std::optional<std::chrono::nanoseconds> vgroup_stats::* member) {
        describe(name, help, "gauge");
        each_vgroup([&](const vgroup_stats& vgroup, const std::string& labels) {
            if (vgroup.*member) sample(name, labels, seconds(*(vgroup.*member)));
        });
    }
    void histogram(std::string_view name, std::string_view help, latency_summary stats::* member) {
        describe(name, help, "histogram");
        each([&](const stats& figures, const std::string& labels) {
            const latency_summary& times = figures.*member;
            std::uint64_t below = 0;
            auto next = times.buckets.begin();
            for (int power = first_bound; power <= last_bound; ++power) {
                const std::chrono::nanoseconds bound(std::int64_t{1} << power);
                for (; next != times.buckets.end() && next->upper <= bound; ++next)
                    below += next->count;
                bucket(name, labels, fmt::format("{}", seconds(bound)), below);
            }
            bucket(name, labels, "+Inf", times.count);
            sample(fmt::format("{}_sum", name), labels, seconds(times.total));
            sample(fmt::format("{}_count", name), labels, times.count);
        });
    }
    std::string take() { return std::move(out_); }

  private:
    void describe(std::string_view name, std::string_view help, std::string_view type) {
        fmt::format_to(std::back_inserter(out_), "# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
    }
    template <class Number>
    void sample(std::string_view name, std::string_view labels, Number value) {
        if (labels.empty())
            fmt::format_to(std::back_inserter(out_), "{} {}\n", name, value);
        else
            fmt::format_to(std::back_inserter(out_), "{}{{{}}} {}\n", name, labels, value);
    }
    void bucket(std::string_view name, std::string labels, std::string_view bound, std::uint64_t count) {
        append_label(labels, "le", bound);
        sample(fmt::format("{}_bucket", name), labels, count);
    }
    template <class Call>
    void each(const Call& call) {
        for (std::size_t i = 0; i < consumers_.size(); ++i)
            call(consumers_[i].figures, labels_[i]);
    }
    template <class Call>
    void each_vgroup(const Call& call) {
        each([&](const stats& figures, const std::string& common) {
            for (const vgroup_stats& vgroup : figures.vgroups) {
                std::string labels = common;
                append_label(labels, "topic", vgroup.topic);
                append_label(labels, "vgroup", std::to_string(vgroup.vgroup));
                call(vgroup, labels);
            }
        });
    }

    std::span<const labelled_stats> consumers_;
    std::vector<std::string> labels_;  ///< of each consumer
    std::string out_;
};

}  // namespace

std::string to_prometheus(const stats& figures, const metric_labels& labels) {
    const labelled_stats only{figures, labels};
    return to_prometheus({&only, 1});
}

std::string to_prometheus(std::span<const labelled_stats> consumers) {
    exposition out(consumers);
    out.counter("tmq_messages_total", "Messages delivered by poll.", &stats::messages);
    out.counter("tmq_blocks_total", "Blocks in the delivered messages.", &stats::blocks);
    out.counter("tmq_rows_total", "Rows in the delivered messages.", &stats::rows);
    out.counter("tmq_received_bytes_total", "WebSocket bytes received, before decompression.",
                &stats::bytes_received);
    out.counter("tmq_sent_bytes_total", "WebSocket bytes sent.", &stats::bytes_sent);
    out.counter("tmq_inflated_bytes_total", "Bytes of compressed messages after decompression.",
                &stats::bytes_inflated);
    out.counter("tmq_polls_total", "Poll requests that the server answered.", &stats::polls);
    out.counter("tmq_empty_polls_total", "Poll requests answered without a message.", &stats::empty_polls);
    out.counter("tmq_commits_total", "Commit requests that the server accepted.", &stats::commits);
    out.counter("tmq_connections_total", "Connections opened.", &stats::connections);
    out.counter("tmq_reconnects_total", "Connections that replaced a lost one.", &stats::reconnects);
    out.counter("tmq_late_replies_total", "Replies that nobody waited for any longer.", &stats::late_replies);
    out.counter("tmq_server_seconds_total", "Time that the server reports for requests other than polls.",
                &stats::server_time);
    out.counter("tmq_ready_seconds_total", "Time that messages were ready before poll took them.",
                &stats::ready_time);
    out.gauge("tmq_read_ahead_messages", "Messages that are ready and not taken yet.", &stats::read_ahead);
    out.histogram("tmq_round_trip_seconds", "Time from a request other than poll to its reply.",
                  &stats::round_trip);
    out.histogram("tmq_poll_wait_seconds", "Time from a poll request to its reply.", &stats::poll_wait);
    out.histogram("tmq_commit_seconds", "Time from a commit to its reply.", &stats::commit_round_trip);
    out.counter("tmq_vgroup_messages_total", "Messages of the vgroup delivered by poll.",
                &vgroup_stats::messages);
    out.counter("tmq_vgroup_rows_total", "Rows in these messages.", &vgroup_stats::rows);
    out.counter("tmq_vgroup_bytes_total", "Bytes of these messages.", &vgroup_stats::bytes);
    out.gauge("tmq_vgroup_position", "Offset where delivery resumes.", &vgroup_stats::position);
    out.gauge("tmq_vgroup_committed_offset", "Committed offset, as far as the consumer knows.",
              &vgroup_stats::committed);
    out.gauge("tmq_vgroup_lag_entries", "Log entries left when the end of the log was seen last.",
              &vgroup_stats::lag);
    out.gauge("tmq_vgroup_age_seconds", "Age of the last delivered message's last row at its delivery.",
              &vgroup_stats::age);
    return out.take();
}

}  // namespace tmq
