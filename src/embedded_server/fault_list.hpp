#pragma once

#include "tmq/embedded_server.hpp"

#include <list>
#include <optional>
#include <string_view>
#include <utility>

namespace tmq::embedded {

/// The faults that wait for their request.
class fault_list {
  public:
    void add(fault value) {
        if (value.times() != 0) faults_.push_back(std::move(value));
    }
    void clear() noexcept { faults_.clear(); }

    /// Takes note of a request, and returns the fault it is to suffer. Every matching fault counts the
    /// request as passed; the oldest that is due takes it.
    std::optional<fault> match(std::string_view action) {
        return take([action](const fault& one) { return one.action().empty() || one.action() == action; });
    }
    /// The same for what is no request: faults on any action leave it alone.
    std::optional<fault> match_event(std::string_view name) {
        return take([name](const fault& one) { return one.action() == name; });
    }

  private:
    template <class Matches>
    std::optional<fault> take(Matches matches) {
        std::optional<fault> found;
        for (auto at = faults_.begin(); at != faults_.end();) {
            const auto here = at++;
            if (!matches(*here)) continue;
            if (here->skip() != 0) {
                here->skip(here->skip() - 1);
            } else if (!found) {
                found = *here;
                if (here->times() == 1) {
                    faults_.erase(here);
                } else {
                    here->times(here->times() - 1);
                }
            }
        }
        return found;
    }

    std::list<fault> faults_;
};

}  // namespace tmq::embedded
