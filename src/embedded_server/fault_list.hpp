#pragma once

#include "tmq/testing/fault.hpp"

#include <list>
#include <optional>
#include <string_view>
#include <utility>

namespace tmq::embedded {

/// Faults that wait for their request.
class fault_list {
  public:
    void add(testing::fault value) {
        if (value.times() != 0) faults_.push_back(std::move(value));
    }
    void clear() noexcept { faults_.clear(); }

    /// Records a request, and returns its fault if there is one: the oldest matching fault that skips no more
    /// requests. All matching faults that still skip requests count this one.
    std::optional<testing::fault> match(std::string_view action) {
        return take([action](const testing::fault& candidate) {
            return candidate.action().empty() || candidate.action() == action;
        });
    }
    /// Does the same for an event that is not a request. Faults on any action do not match it.
    std::optional<testing::fault> match_event(std::string_view name) {
        return take([name](const testing::fault& candidate) { return candidate.action() == name; });
    }

  private:
    template <class Matches>
    std::optional<testing::fault> take(Matches matches) {
        std::optional<testing::fault> result;
        for (auto next = faults_.begin(); next != faults_.end();) {
            const auto entry = next++;
            if (!matches(*entry)) continue;
            if (entry->skip() != 0) {
                entry->skip(entry->skip() - 1);
            } else if (!result) {
                result = *entry;
                if (entry->times() == 1)
                    faults_.erase(entry);
                else
                    entry->times(entry->times() - 1);
            }
        }
        return result;
    }

    std::list<testing::fault> faults_;
};

}  // namespace tmq::embedded
