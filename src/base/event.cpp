#include "tmq/event.hpp"

#include <fmt/format.h>

#include <iterator>
#include <ostream>

namespace tmq {
namespace {

/// Writes what follows the name of an event.
struct detail_writer {
    std::string& out;

    void operator()(const events::connected& now) const { out += to_string(now.peer); }
    void operator()(const events::disconnected& now) const { out += now.reason.what(); }
    void operator()(const events::reconnecting& now) const {
        write("attempt {} in {} ms", now.attempt, now.wait.count());
    }
    void operator()(const events::resumed& now) const { list(now.vgroups); }
    void operator()(const events::assigned& now) const { list(now.vgroups); }
    void operator()(const events::revoked& now) const { list(now.vgroups); }
    void operator()(const events::data_lost& now) const {
        write("topic {}, vgroup {}, offsets {} to {}", now.partition.topic(), now.partition.vgroup(),
              now.first, now.end);
    }
    void operator()(const events::commit_failed& now) const {
        write("topic {}, vgroup {}, offset {}: {}", now.target.topic(), now.target.vgroup(),
              now.target.offset(), now.reason.what());
    }
    void operator()(const events::missed& now) const { write("{} events", now.count); }

  private:
    void list(const std::vector<partition_offset>& vgroups) const {
        for (const partition_offset& entry : vgroups)
            write("{}topic {}, vgroup {}, offset {}", &entry == vgroups.data() ? "" : "; ", entry.topic(),
                  entry.vgroup(), entry.offset());
        if (vgroups.empty()) out += "no vgroup";
    }
    template <class... Args>
    void write(std::string_view format, const Args&... args) const {
        fmt::vformat_to(std::back_inserter(out), format, fmt::make_format_args(args...));
    }
};

}  // namespace

event::event() : variant(events::assigned()) {}

std::string_view event::name() const noexcept {
    return std::visit([](const auto& kind) { return kind.name; }, *this);
}

std::string to_string(const event& occurrence) {
    std::string out(occurrence.name());
    out += ": ";
    std::visit(detail_writer{out}, occurrence);
    return out;
}

std::ostream& operator<<(std::ostream& out, const event& occurrence) { return out << to_string(occurrence); }

}  // namespace tmq
