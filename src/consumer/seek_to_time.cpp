// Seeks by time: the server has no index of it, so messages are read here and there until the place is found.
#include "consumer/consumer_impl.hpp"
#include "subscription/time_search.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace tmq {
namespace {

using namespace std::chrono_literals;

/// A log has no rows from an offset on if so many polls in so much time bring none.
constexpr std::uint64_t empty_polls_at_end = 3;
constexpr std::chrono::milliseconds silence_at_end = 1'500ms;

/// Returns the newest time of the first column of timestamps; nothing if the message has no rows.
std::optional<timestamp> newest_time(const message& read) {
    std::optional<timestamp> newest;
    for (const block_view block : read.blocks()) {
        std::size_t column = 0;
        while (column < block.column_count() && block.column_type(column) != data_type::timestamp)
            ++column;
        if (column == block.column_count())
            throw error(errc::no_such_column,
                        fmt::format("the rows of topic {} have no timestamp", read.topic()));
        for (const std::optional<timestamp> time : block.column<std::optional<timestamp>>(column))
            if (time && (!newest || *newest < *time)) newest = time;
    }
    return newest;
}

}  // namespace

/// Keeps the application from polling while messages are read for a search, and puts every vgroup back to
/// where the application was: the next placement does that, also after a failure or a cancellation.
class consumer::impl::search {
  public:
    explicit search(impl& owner) noexcept : owner_(owner) { owner_.is_searching_ = true; }
    search(const search&) = delete;
    search& operator=(const search&) = delete;
    ~search() {
        owner_.is_searching_ = false;
        for (const auto& [index, offset] : origins_)
            owner_.core_.return_to(index, offset);
        owner_.apply_effects();
    }

    /// Records that the server's position of this vgroup is about to be moved.
    void moves(std::size_t index) {
        const auto known = std::find_if(origins_.begin(), origins_.end(),
                                        [index](const auto& origin) { return origin.first == index; });
        if (known == origins_.end()) origins_.emplace_back(index, owner_.core_.places()[index].next);
    }

  private:
    impl& owner_;
    std::vector<std::pair<std::size_t, std::optional<std::int64_t>>> origins_;
};

/// Reads the next message with rows of a vgroup. Nothing: there is none.
asio::awaitable<std::optional<timestamp>> consumer::impl::read_time(std::shared_ptr<impl> self,
                                                                    search& searching, std::size_t index,
                                                                    message& out) {
    const net::time_point begin = std::chrono::steady_clock::now();
    const std::uint64_t empty_polls = self->environment_->counters.empty_polls.value();
    for (;;) {
        const bool has_message = co_await poll_as<bool, false>(self, out, 100ms);
        if (has_message) {
            const auto found = self->core_.places().find(out.topic(), out.vgroup());
            if (found && *found != index) searching.moves(*found);
            const std::optional<timestamp> newest = found == index ? newest_time(out) : std::nullopt;
            if (newest) co_return newest;
        }
        const bool is_quiet =
            self->environment_->counters.empty_polls.value() - empty_polls >= empty_polls_at_end;
        if (!has_message && is_quiet && std::chrono::steady_clock::now() - begin >= silence_at_end)
            co_return std::nullopt;
    }
}

asio::awaitable<std::int64_t> consumer::impl::find_time(std::shared_ptr<impl> self, search& searching,
                                                        const std::string& topic,
                                                        const protocol::vgroup_assignment& log,
                                                        timestamp time) {
    const auto index = self->core_.places().find(topic, log.vgroup());
    if (!index || log.log_begin() < 0 || log.log_end() < 0)
        throw error(errc::bounds_unknown, fmt::format("topic {}, vgroup {}", topic, log.vgroup()));
    searching.moves(*index);
    subscription::time_search wanted(time, log.log_begin(), log.log_end());
    message read;
    while (!wanted.is_done()) {
        std::vector<partition_offset> probe;
        probe.emplace_back(topic, log.vgroup(), wanted.probe());
        co_await seek(self, std::move(probe));
        const std::optional<timestamp> newest = co_await read_time(self, searching, *index, read);
        if (newest)
            wanted.found(read.offset(), read.next_offset().value_or(wanted.probe() + 1), *newest);
        else
            wanted.found_nothing();
    }
    co_return wanted.result();
}

asio::awaitable<void> consumer::impl::seek_to_time(std::shared_ptr<impl> self, std::string topic,
                                                   timestamp time) {
    self->require_subscription();
    if (!self->core_.keeps_places()) throw error(errc::invalid_argument, "a snapshot has no times");
    if (self->is_searching_ || self->gate_.is_polling()) throw error(errc::operation_in_progress);
    const beginning begun = self->begin_operation();
    std::vector<partition_offset> targets;
    {
        search searching(*self);
        const std::vector<protocol::vgroup_assignment> assigned = co_await list_assignment(self, topic, true);
        for (const protocol::vgroup_assignment& log : assigned) {
            if (const base::failure why = self->obstacle_since(begun)) base::throw_failure(why);
            const std::int64_t offset = co_await find_time(self, searching, topic, log, time);
            targets.emplace_back(topic, log.vgroup(), offset);
        }
    }
    co_await seek(self, std::move(targets));
}

}  // namespace tmq
