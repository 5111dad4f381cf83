#include "embedded_server/protocol/subscribe_rules.hpp"

#include "base/server_constants.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <string_view>

namespace tmq::embedded::protocol {

namespace {

constexpr std::uint32_t adapter_error = 65535;
constexpr std::uint32_t invalid_parameter = 280;
constexpr std::uint32_t unknown_key = 65534;

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

std::optional<std::int64_t> parse_integer(std::string_view text) noexcept {
    if (!text.empty() && text.front() == '+') text.remove_prefix(1);
    std::int64_t value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::string go_quote(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + '"';
}

std::optional<bool> parse_go_bool(std::string_view text) noexcept {
    for (const std::string_view yes : {"1", "t", "T", "true", "TRUE", "True"})
        if (text == yes) return true;
    for (const std::string_view no : {"0", "f", "F", "false", "FALSE", "False"})
        if (text == no) return false;
    return std::nullopt;
}

/// Reads settings one by one. The first refusal is kept.
class reader {
  public:
    reader(const server_version& version, subscribe_verdict& verdict)
        : version_(version), verdict_(verdict) {}

    bool good() const noexcept { return !verdict_.refusal && !verdict_.hangs; }
    void refuse(std::uint32_t code, std::string text) {
        if (good()) verdict_.refusal = refusal{code, std::move(text)};
    }
    void refuse_value(std::string_view key, std::string_view value) {
        if (version_.names_refused_keys())
            refuse(invalid_parameter,
                   "invalid value for key '" + std::string(key) + "': " + std::string(value));
        else
            refuse(adapter_error, "fail");
    }

    void go_bool(std::string_view value, bool& out) {
        if (const auto parsed = parse_go_bool(value))
            out = *parsed;
        else
            refuse(adapter_error, "strconv.ParseBool: parsing " + go_quote(value) + ": invalid syntax");
    }
    void go_interval(std::string_view value, std::chrono::milliseconds& out) {
        if (const auto parsed = parse_integer(value))
            out = std::chrono::milliseconds(
                std::clamp<std::int64_t>(*parsed, 0, std::numeric_limits<std::int32_t>::max()));
        else
            refuse(adapter_error, "strconv.ParseInt: parsing " + go_quote(value) + ": invalid syntax");
    }
    void boolean(std::string_view key, std::string_view value, bool& out) {
        const std::string text = lower(value);
        if (text != "true" && text != "false") return refuse_value(key, value);
        out = text == "true";
    }
    std::int64_t number(std::string_view key, std::string_view value, std::int64_t least, std::int64_t most) {
        const auto parsed = parse_integer(value);
        if (parsed && *parsed >= least && *parsed <= most) return *parsed;
        refuse_value(key, value);
        return least;
    }

    /// Reads one key of libtaos.
    void key(std::string_view name, const std::string& value) {
        if (apply(name, value) || check(name, value) || takes_anything(name)) return;
        if (version_.names_refused_keys())
            refuse(invalid_parameter, "unknown configuration key: " + std::string(name));
        else
            refuse(unknown_key, "invalid configuration");
    }

  private:
    /// Reads a key whose value the server uses. Returns false for all other keys.
    bool apply(std::string_view name, const std::string& value) {
        consumer_settings& out = verdict_.settings;
        if (name == "group.id")
            group(value);
        else if (name == "auto.offset.reset")
            reset(name, value);
        else if (name == "enable.auto.commit")
            go_bool(value, out.auto_commit);
        else if (name == "auto.commit.interval.ms")
            go_interval(value, out.auto_commit_interval);
        else if (name == "session.timeout.ms")
            out.session_timeout = std::chrono::milliseconds(number(name, value, 6000, 1800000));
        else if (name == "max.poll.interval.ms")
            out.max_poll_interval = std::chrono::milliseconds(number(name, value, 1000, largest));
        else if (name == "experimental.snapshot.enable")
            boolean(name, value, out.snapshot);
        else if (name == "min.poll.rows")
            out.min_poll_rows = static_cast<std::size_t>(number(name, value, 1, largest));
        else
            return false;
        return true;
    }

    /// Checks the value of a key that has no effect. Returns false for all other keys.
    bool check(std::string_view name, const std::string& value) {
        constexpr std::size_t longest_client_id = 255;
        bool ignored = false;
        if (name == "client.id") {
            if (value.size() > longest_client_id) refuse_value(name, value);
        } else if (name == "heartbeat.interval.ms") {
            number(name, value, 1000, 1799999);
        } else if (name == "msg.with.table.name" || name == "enable.replay") {
            boolean(name, value, ignored);
        } else if (name == "fetch.max.wait.ms") {
            number(name, value, 1, largest);
        } else if (name == "td.connect.token" && version_.names_refused_keys()) {
            // Only the Enterprise edition issues tokens.
            refuse(adapter_error, "Invalid token");
        } else {
            return false;
        }
        return true;
    }

    void reset(std::string_view name, std::string_view value) {
        const std::string text = lower(value);
        if (text == "earliest")
            verdict_.settings.reset = offset_reset::earliest;
        else if (text == "latest")
            verdict_.settings.reset = offset_reset::latest;
        else if (text == "none")
            verdict_.settings.reset = offset_reset::none;
        else
            refuse_value(name, value);
    }
    void group(const std::string& value) {
        if (value.size() > base::max_name_size) return refuse_value("group.id", value);
        if (value.find(':') != std::string::npos) {
            if (version_.names_refused_keys()) return refuse_value("group.id", value);
            verdict_.hangs = good();
        }
        verdict_.settings.group = value;
    }
    /// True for keys whose value is neither checked nor used.
    static bool takes_anything(std::string_view name) noexcept {
        static constexpr std::array<std::string_view, 9> names = {
            "msg.consume.excluded", "msg.enable.batchmeta", "msg.consume.rawdata",
            "enable.wal.marker",    "td.connect.user",      "td.connect.pass",
            "td.connect.db",        "td.connect.ip",        "td.connect.port"};
        return std::find(names.begin(), names.end(), name) != names.end();
    }

    static constexpr std::int64_t largest = std::numeric_limits<std::int32_t>::max();

    const server_version& version_;
    subscribe_verdict& verdict_;
};

/// Returns the refusal text for a wrong user or password; empty if both are right.
std::string_view account_refusal(const subscribe_args& args, const server_version& version,
                                 const std::string& user, const std::string& password) {
    const bool wrong_user = args.user != user;
    if (!wrong_user && args.password == password) return {};
    if (!version.names_refused_keys()) return "init tscObj failed";
    return wrong_user ? "Invalid user" : "Authentication failure";
}

}  // namespace

subscribe_verdict check_subscribe(const subscribe_args& args, const server_version& version,
                                  const std::string& user, const std::string& password) {
    subscribe_verdict verdict;
    verdict.settings.auto_commit = version.commits_by_default();
    reader settings(version, verdict);
    // The adapter parses these two itself, before libtaos gets the others.
    if (!args.auto_commit.empty()) settings.key("enable.auto.commit", args.auto_commit);
    if (!args.auto_commit_interval_ms.empty())
        settings.key("auto.commit.interval.ms", args.auto_commit_interval_ms);
    struct named_value {
        std::string_view key;
        const std::string& value;
    };
    const named_value fields[] = {{"group.id", args.group_id},
                                  {"client.id", args.client_id},
                                  {"auto.offset.reset", args.offset_reset},
                                  {"msg.with.table.name", args.with_table_name},
                                  {"msg.consume.excluded", args.msg_consume_excluded},
                                  {"experimental.snapshot.enable", args.snapshot_enable},
                                  {"msg.enable.batchmeta", args.enable_batch_meta},
                                  {"session.timeout.ms", args.session_timeout_ms},
                                  {"max.poll.interval.ms", args.max_poll_interval_ms}};
    for (const named_value& field : fields)
        if (!field.value.empty()) settings.key(field.key, field.value);
    if (version.takes_config_map())
        for (const auto& [key, value] : args.config)
            settings.key(key, value);
    if (verdict.settings.group.empty())
        settings.refuse(adapter_error, version.names_refused_keys()
                                           ? "group is empty"
                                           : "malloc tmq element failed or group is empty");
    const std::string_view refusal_text = account_refusal(args, version, user, password);
    if (!refusal_text.empty()) settings.refuse(adapter_error, std::string(refusal_text));
    return verdict;
}

}  // namespace tmq::embedded::protocol
