#include "embedded_server/sql/reserved_words.hpp"

#include "embedded_server/sql/token.hpp"

#include <algorithm>
#include <iterator>

namespace tmq::embedded::sql {

namespace {

// Words that TDengine's manual lists as reserved and that 3.3.5.8 and 3.4.1.6 both refuse as the name of a
// column. They are sorted.
constexpr std::string_view words[] = {
    // clang-format off
    "ACCOUNT", "ACCOUNTS", "ADD", "AGGREGATE", "ALIVE", "ALL", "ALTER", "ANALYZE", "AND", "ANODE", "ANODES",
    "ANOMALY_WINDOW", "ANTI", "APPS", "ARBGROUPS", "AS", "ASC", "ASOF", "BALANCE", "BETWEEN", "BIGINT",
    "BINARY", "BNODE", "BNODES", "BOOL", "BOTH", "BUFFER", "BUFSIZE", "BWLIMIT", "BY", "CACHE",
    "CACHEMODEL", "CACHESIZE", "CASE", "CAST", "CHILD", "CLIENT_VERSION", "CLUSTER", "COLUMN", "COMMENT",
    "COMP", "COMPACT", "COMPACTS", "CONNECTION", "CONNECTIONS", "CONNS", "CONSUMER", "CONSUMERS",
    "CONTAINS", "COUNT", "COUNT_WINDOW", "CREATE", "CREATEDB", "CURRENT_USER", "DATABASE", "DATABASES",
    "DBS", "DELETE", "DELETE_MARK", "DESC", "DESCRIBE", "DISTINCT", "DISTRIBUTED", "DNODE", "DNODES",
    "DOUBLE", "DROP", "DURATION", "ELSE", "ENABLE", "ENCRYPTIONS", "ENCRYPT_ALGORITHM", "ENCRYPT_KEY",
    "END", "EVENT_WINDOW", "EVERY", "EXISTS", "EXPLAIN", "FALSE", "FILE", "FILL", "FILL_HISTORY", "FIRST",
    "FLOAT", "FLUSH", "FOR", "FORCE", "FROM", "FULL", "FUNCTION", "FUNCTIONS", "GEOMETRY", "GRANT",
    "GRANTS", "GROUP", "HAVING", "HOST", "IF", "IGNORE", "IMPORT", "IN", "INDEX", "INDEXES", "INNER",
    "INSERT", "INT", "INTEGER", "INTERVAL", "INTO", "IS", "IS_IMPORT", "JLIMIT", "JOIN", "JSON", "KEEP",
    "KEEP_TIME_OFFSET", "KEY", "KILL", "LANGUAGE", "LAST", "LAST_ROW", "LEADER", "LEADING", "LEFT",
    "LICENCES", "LIKE", "LIMIT", "LINEAR", "LOCAL", "LOGS", "MACHINES", "MATCH", "MAXROWS", "MAX_DELAY",
    "MERGE", "META", "MINROWS", "MINUS", "MNODE", "MNODES", "MODIFY", "MODULES", "NCHAR", "NEXT", "NMATCH",
    "NONE", "NORMAL", "NOT", "NOW", "NULL", "NULLS", "NULL_F", "OFFSET", "ON", "ONLY", "OR", "ORDER",
    "OUTER", "OUTPUTTYPE", "PAGES", "PAGESIZE", "PARTITION", "PASS", "PI", "PORT", "POSITION", "PPS",
    "PRECISION", "PREV", "PRIMARY", "PRIVILEGES", "QNODE", "QNODES", "QTIME", "QUERIES", "QUERY", "RAND",
    "RANGE", "RATIO", "READ", "RECURSIVE", "REDISTRIBUTE", "REPLACE", "REPLICA", "RESET", "RESTORE",
    "RESUME", "RETENTIONS", "REVOKE", "RIGHT", "ROLLUP", "SCHEMALESS", "SCORES", "SELECT", "SEMI",
    "SERVER_STATUS", "SERVER_VERSION", "SESSION", "SET", "SHOW", "SINGLE_STABLE", "SLIDING", "SLIMIT",
    "SMA", "SMALLINT", "SNODE", "SNODES", "SOFFSET", "SPLIT", "STABLE", "STABLES", "START", "STATE",
    "STATE_WINDOW", "STORAGE", "STREAM", "STREAMS", "STRICT", "STT_TRIGGER", "SUBSCRIBE", "SUBSCRIPTIONS",
    "SUBSTR", "SUBSTRING", "SYSINFO", "SYSTEM", "TABLE", "TABLES", "TABLE_PREFIX", "TABLE_SUFFIX", "TAG",
    "TAGS", "TBNAME", "THEN", "TIMESTAMP", "TIMEZONE", "TINYINT", "TO", "TODAY", "TOPIC", "TOPICS",
    "TRAILING", "TRANSACTION", "TRANSACTIONS", "TRIM", "TRUE", "TSDB_PAGESIZE", "TSERIES", "TSMA", "TSMAS",
    "TTL", "UNION", "UNSAFE", "UNSIGNED", "UNTREATED", "UPDATE", "USE", "USER", "USERS", "USING", "VALUE",
    "VALUES", "VALUE_F", "VARBINARY", "VARCHAR", "VARIABLES", "VERBOSE", "VGROUP", "VGROUPS", "VIEW",
    "VIEWS", "VNODE", "VNODES", "WAL_FSYNC_PERIOD", "WAL_LEVEL", "WAL_RETENTION_PERIOD",
    "WAL_RETENTION_SIZE", "WAL_ROLL_PERIOD", "WAL_SEGMENT_SIZE", "WATERMARK", "WHEN", "WHERE", "WINDOW",
    "WINDOW_CLOSE", "WINDOW_OFFSET", "WITH", "WRITE"
    // clang-format on
};

constexpr char upper(char c) noexcept { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

bool less_ignoring_case(std::string_view a, std::string_view b) noexcept {
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                        [](char x, char y) { return upper(x) < upper(y); });
}

}  // namespace

bool is_reserved(std::string_view word) noexcept {
    const auto* const candidate =
        std::lower_bound(std::begin(words), std::end(words), word, less_ignoring_case);
    return candidate != std::end(words) && is_keyword(word, *candidate);
}

}  // namespace tmq::embedded::sql
