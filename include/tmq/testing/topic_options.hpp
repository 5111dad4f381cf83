#pragma once

#include "tmq/types.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace tmq::testing {

/// Kinds of topics; the kind decides the form of the data messages.
enum class topic_kind : std::uint8_t {
    select,   ///< a query: blocks never carry a table name
    stable,   ///< a super table: blocks carry the child table's name
    database  ///< a whole database: as stable, and tables may mix
};

/// Options of a topic. Every setter returns the object itself.
class topic_options {
  public:
    explicit topic_options(std::string name) : name_(std::move(name)) {}

    /// Sets the name of the database. Default: "test".
    topic_options& database(std::string value) { return database_ = std::move(value), *this; }
    /// Sets the kind. Default: topic_kind::select.
    topic_options& kind(topic_kind value) { return kind_ = value, *this; }
    /// Sets the number of vgroups. Range: 1 to 1024. Default: 1.
    topic_options& vgroups(std::int32_t count) { return vgroups_ = count, *this; }
    /// Sets the id of the first vgroup; the others follow. Default: the first id above all in use on this
    /// server, 1 on a fresh one.
    topic_options& first_vgroup_id(std::int32_t id) { return first_vgroup_id_ = id, *this; }
    /// Sets the unit of the timestamps that append_meters() writes. Default: milliseconds.
    topic_options& precision(time_precision value) { return precision_ = value, *this; }
    /// Delivers table changes. If false, they only let the log grow, as other entries do that no consumer
    /// sees, and of a message with rows only the rows are sent. Default: true.
    topic_options& with_meta(bool value = true) { return with_meta_ = value, *this; }
    /// Sets the number of offsets that each vgroup keeps: append(), insert() and advance_log() remove older
    /// entries as truncate_log() does. Range: at least 1. Default: all.
    topic_options& retention(std::int64_t entries) { return retention_ = entries, *this; }

    const std::string& name() const noexcept { return name_; }
    const std::string& database() const noexcept { return database_; }
    topic_kind kind() const noexcept { return kind_; }
    std::int32_t vgroups() const noexcept { return vgroups_; }
    std::optional<std::int32_t> first_vgroup_id() const noexcept { return first_vgroup_id_; }
    time_precision precision() const noexcept { return precision_; }
    bool with_meta() const noexcept { return with_meta_; }
    std::optional<std::int64_t> retention() const noexcept { return retention_; }

  private:
    std::string name_;
    std::string database_ = "test";
    topic_kind kind_ = topic_kind::select;
    std::int32_t vgroups_ = 1;
    std::optional<std::int32_t> first_vgroup_id_;
    time_precision precision_ = time_precision::milliseconds;
    bool with_meta_ = true;
    std::optional<std::int64_t> retention_;
};

}  // namespace tmq::testing
