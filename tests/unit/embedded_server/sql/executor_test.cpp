#include "embedded_server/sql/executor.hpp"

#include "embedded_server/broker/dialogue.hpp"
#include "embedded_server/sql/result.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tmq::test {
namespace {

namespace sql = embedded::sql;

class sql_executor : public ::testing::Test {
  protected:
    explicit sql_executor(const testing::server_options& options = {}) : talk(options) {}

    sql::outcome run(std::string_view statement, std::string_view database = "d") {
        return executor.execute(statement, database, {});
    }
    /// The affected rows, or how many rows there are; -1 when it is refused.
    std::int64_t done(std::string_view statement, std::string_view database = "d") {
        const auto made = run(statement, database);
        if (const auto* const refused = std::get_if<sql::error>(&made)) {
            ADD_FAILURE() << statement << ": " << refused->text;
            return -1;
        }
        return sql::row_count(std::get<sql::result>(made));
    }
    /// The code of the refusal; 0 when there is none.
    std::uint32_t refused(std::string_view statement, std::string_view database = "d") {
        const auto made = run(statement, database);
        const auto* const failed = std::get_if<sql::error>(&made);
        return failed ? failed->code : 0;
    }
    std::string json(std::string_view statement, std::string_view database = "d") {
        return sql::to_json(run(statement, database));
    }
    void make_tables() {
        done("create database d vgroups 2", "");
        done("create stable s (ts timestamp, v int, w varchar(4)) tags (g int, n nchar(4))");
        done("create table a using s tags (1, 'x')");
        done("create table b using s tags (2, 'y')");
        done("create table n (ts timestamp, x double)");
    }
    /// How many offsets and messages the logs of a topic have.
    std::pair<std::int64_t, std::size_t> logs(const std::string& topic) {
        std::pair<std::int64_t, std::size_t> sum;
        for (const auto& log : talk.state().topics().at(topic).vgroups()) {
            sum.first += log.end();
            sum.second += log.size();
        }
        return sum;
    }

    dialogue talk;
    embedded::sql::executor executor{talk.state()};
};

struct newer_sql_executor : sql_executor {
    newer_sql_executor() : sql_executor(testing::server_options().version("3.4.1.6.community")) {}
};

TEST_F(sql_executor, answers_in_the_form_of_the_server) {
    EXPECT_EQ(json("create database d", ""),
              R"({"code":0,"column_meta":[["affected_rows","INT",4]],"data":[[0]],"rows":1})");
    EXPECT_EQ(
        json("show databases", ""),
        R"({"code":0,"column_meta":[["name","VARCHAR",64]],"data":[["information_schema"],["performance_schema"],["d"]],"rows":3})");
    EXPECT_EQ(json("show topics", ""),
              R"({"code":0,"column_meta":[["topic_name","VARCHAR",192]],"data":[],"rows":0})");
    EXPECT_EQ(
        json("select server_version()", ""),
        R"j({"code":0,"column_meta":[["server_version()","VARCHAR",32]],"data":[["3.3.5.8"]],"rows":1})j");
    EXPECT_EQ(json("drop topic t", ""), R"({"code":993,"desc":"Topic not exist"})");
    EXPECT_EQ(
        json("\xff\"", ""),
        R"j({"code":9728,"desc":"syntax error near \"?\"\": this server knows CREATE, DROP, ALTER, INSERT, DELETE, SELECT SERVER_VERSION() and SHOW"})j");
}

TEST_F(sql_executor, makes_and_drops_databases) {
    EXPECT_EQ(done("create database d", ""), 0);
    EXPECT_EQ(done("create database if not exists d", ""), 0);
    EXPECT_EQ(refused("create database d", ""), 0x0381U);
    EXPECT_EQ(refused("show topics", "nowhere"), 0x0388U);
    EXPECT_EQ(done("drop database d", ""), 0);
    EXPECT_EQ(refused("drop database d", ""), 0x0388U);
    EXPECT_EQ(done("drop database if exists d", ""), 0);
}

TEST_F(sql_executor, wants_to_know_where_a_table_is) {
    make_tables();
    EXPECT_EQ(refused("drop table a", ""), 0x2616U);
    EXPECT_EQ(refused("drop table nowhere.a", ""), 0x0388U);
    EXPECT_EQ(refused("drop table d.c", ""), 0x2603U);
    EXPECT_EQ(done("drop table if exists d.c", ""), 0);
    EXPECT_EQ(done("drop table d.a", ""), 0);
    EXPECT_EQ(refused("drop table a"), 0x2603U);
}

TEST_F(sql_executor, checks_the_columns_of_a_table) {
    make_tables();
    EXPECT_EQ(refused("create table m (v int, ts timestamp)"), 0x2641U);
    EXPECT_EQ(refused("create table m (ts timestamp, v int, V int)"), 0x263CU);
    EXPECT_EQ(refused("create stable m (ts timestamp, v int) tags (v int)"), 0x263CU);
    EXPECT_EQ(refused("create table m (ts timestamp, v json)"), 0x2652U);
    EXPECT_EQ(refused("create stable m (ts timestamp, v int) tags (j json, g int)"), 0x2633U);
    EXPECT_EQ(refused("create stable s (ts timestamp, v int) tags (g int)"), 0x0360U);
    EXPECT_EQ(refused("create table n (ts timestamp, v int)"), 0x0603U);
    EXPECT_EQ(refused("create table if not exists s (ts timestamp, v int)"), 0x0603U);
    EXPECT_EQ(done("create table if not exists n (ts timestamp, v int)"), 0);
    EXPECT_EQ(refused("create table m (ts timestamp, v decimal(4,2))"), 0x2600U);
    EXPECT_EQ(refused("create table m (ts timestamp, v blob)"), 0x2600U);
    EXPECT_EQ(refused("drop stable n"), 0x263AU);
}

TEST_F(newer_sql_executor, knows_the_types_of_newer_servers) {
    done("create database d", "");
    EXPECT_EQ(done("create table m (ts timestamp, v decimal(4,2), b blob)"), 0);
    EXPECT_EQ(refused("create stable m2 (ts timestamp, v int) tags (t decimal(4,2))"), 0x2600U);
    EXPECT_EQ(refused("create stable m2 (ts timestamp, v int) tags (t blob)"), 0x2600U);
}

TEST_F(sql_executor, makes_child_tables) {
    make_tables();
    EXPECT_EQ(refused("create table c using nothing tags (1, 'x')"), 0x2603U);
    EXPECT_EQ(refused("create table c using n tags (1, 'x')"), 0x263AU);
    EXPECT_EQ(refused("create table c using s tags (1)"), 0x260DU);
    EXPECT_EQ(refused("create table c using s (z) tags (1)"), 0x260EU);
    EXPECT_EQ(refused("create table c using s tags (1, 'too long')"), 0x2653U);
    EXPECT_EQ(refused("create table a using s tags (1, 'x')"), 0x0603U);
    EXPECT_EQ(done("create table if not exists a using s tags (9, 'z')"), 0);
    EXPECT_EQ(done("create table c using s (n) tags ('x') e using s tags (null, null)"), 0);
    EXPECT_EQ(refused("create table f using s tags (1, 'x') c using s tags (1, 'x')"), 0x0603U);
    EXPECT_EQ(refused("insert into f values (1, 1, 'x')"), 0x2603U) << "a refused statement changes nothing";
}

TEST_F(sql_executor, refuses_json_tags_that_no_table_can_have) {
    done("create database d", "");
    done("create stable j (ts timestamp, v int) tags (t json)");
    done("create topic t with meta as stable j");
    done("create topic q as select v, t from j");
    EXPECT_EQ(done("insert into a using j tags ('{\"k\": 1}') values (1, 1)"), 1);
    EXPECT_EQ(refused("insert into b using j tags ('{\"k\": {\"l\": 1}}') values (1, 1)"), 0x0216U);
    EXPECT_EQ(refused("alter table a set tag t = '{\"k\": [1]}'"), 0x0216U);
    EXPECT_EQ(done("insert into a values (2, 2)"), 1);
}

TEST_F(sql_executor, inserts_rows_and_counts_them) {
    make_tables();
    EXPECT_EQ(
        done("insert into a values (1, 1, 'x') (2, null, '') b values (1, 1, null) d.n values (5, 1.5)"), 4);
    EXPECT_EQ(done("insert into c using s tags (3, 'z') (v, ts) values (1, 1)"), 1);
    EXPECT_EQ(done("insert into c values (2, 2, 'x')"), 1);
    EXPECT_EQ(refused("insert into s values (1, 1, 'x')"), 0x0216U);
    EXPECT_EQ(refused("insert into nothing values (1, 1, 'x')"), 0x2603U);
    EXPECT_EQ(refused("insert into a values (1, 1)"), 0x0216U);
    EXPECT_EQ(refused("insert into a (v) values (1)"), 0x267CU);
    EXPECT_EQ(refused("insert into a (ts, z) values (1, 1)"), 0x2602U);
    EXPECT_EQ(refused("insert into a (ts, v, v) values (1, 1, 1)"), 0x263CU);
    EXPECT_EQ(refused("insert into a values (null, 1, 'x')"), 0x267BU);
    EXPECT_EQ(refused("insert into a values (1, 1, 'too long')"), 0x2653U);
    EXPECT_EQ(refused("insert into n using s tags (1, 'x') values (1, 1, 'x')"), 0x0603U);
}

TEST_F(sql_executor, a_refused_insert_changes_nothing) {
    make_tables();
    done("create topic t as database d");
    const auto before = logs("t");
    EXPECT_EQ(refused("insert into a values (1, 1, 'x') c using s tags (1, 'x') values (1, 'x', 'x')"),
              0x0216U);
    EXPECT_EQ(logs("t"), before);
    EXPECT_EQ(refused("insert into c values (1, 1, 'x')"), 0x2603U);
}

TEST_F(sql_executor, a_table_that_an_insert_makes_is_there_for_the_rest_of_it) {
    make_tables();
    done("create topic t as stable s");
    const auto before = logs("t");
    EXPECT_EQ(
        done("insert into c using s tags (1, 'x') values (1, 1, 'x') c values (2, 2, 'y') c (ts) values (3)"),
        3);
    const auto after = logs("t");
    EXPECT_EQ(after.first - before.first, 2)
        << "one entry for the rows of the same columns, one for the others";
}

TEST_F(sql_executor, shows_topics_of_both_origins) {
    make_tables();
    talk.state().topics().create(topic_options("elsewhere"));
    done("create topic t as stable s");
    EXPECT_EQ(
        json("show topics"),
        R"({"code":0,"column_meta":[["topic_name","VARCHAR",192]],"data":[["elsewhere"],["t"]],"rows":2})");
    EXPECT_EQ(refused("create topic elsewhere as stable s"), 0x03E0U);
    EXPECT_EQ(done("create topic if not exists elsewhere as stable s"), 0);
    EXPECT_EQ(done("drop topic elsewhere"), 0);
    EXPECT_EQ(refused("drop topic elsewhere"), 0x03E1U);
    EXPECT_EQ(done("drop topic if exists elsewhere"), 0);
}

TEST_F(sql_executor, refuses_topics_on_what_is_not_there) {
    make_tables();
    EXPECT_EQ(refused("create topic t as stable nothing"), 0x2603U);
    EXPECT_EQ(refused("create topic t as stable n"), 0x263AU);
    EXPECT_EQ(refused("create topic t as database nowhere"), 0x0388U);
    EXPECT_EQ(refused("create topic t as select ts, z from s"), 0x2602U);
    EXPECT_EQ(refused("create topic t as select ts from nothing"), 0x2603U);
}

TEST_F(sql_executor, topics_of_a_database_have_its_vgroups_and_its_offsets) {
    make_tables();
    done("insert into a values (1, 1, 'x') (2, 2, 'y') b values (1, 1, 'x')");
    done("insert into n values (1, 1)");
    done("create topic of_stable as stable s");
    done("create topic of_table as select ts, v from a");
    done("create topic of_database as database d");
    done("insert into a values (3, 3, 'z')");
    const auto ids = talk.state().topics().at("of_stable").vgroup_ids();
    EXPECT_EQ(ids.size(), 2U);
    EXPECT_EQ(talk.state().topics().at("of_table").vgroup_ids(), ids);
    EXPECT_EQ(talk.state().topics().at("of_database").vgroup_ids(), ids);
    // the stable in both vgroups, three other tables, three inserts, and one more
    EXPECT_EQ(logs("of_stable"), (std::pair<std::int64_t, std::size_t>(9, 3)));
    EXPECT_EQ(logs("of_table"), (std::pair<std::int64_t, std::size_t>(9, 2)));
    EXPECT_EQ(logs("of_database"), (std::pair<std::int64_t, std::size_t>(9, 4)));
    const auto other = talk.state().topics().create(topic_options("other")).vgroup_ids();
    EXPECT_GT(other.front(), ids.back());
    done("create database e vgroups 1", "");
    done("create topic of_e as database e");
    EXPECT_EQ(talk.state().topics().at("of_e").vgroup_ids().front(), other.back() + 1);
}

TEST_F(sql_executor, drops_what_no_topic_needs) {
    make_tables();
    done("create topic t as select ts from a");
    EXPECT_EQ(refused("drop table s"), 0x03EDU);
    EXPECT_EQ(refused("drop database d", ""), 0x03EDU);
    EXPECT_EQ(done("drop topic t"), 0);
    EXPECT_EQ(done("drop stable s"), 0);
    EXPECT_EQ(refused("insert into a values (1, 1, 'x')"), 0x2603U);
    EXPECT_EQ(done("drop database d", ""), 0);
}

TEST_F(sql_executor, drops_no_topic_that_somebody_reads) {
    make_tables();
    done("create topic t as stable s");
    const member_id reader = talk.connect();
    talk.ask(reader, subscribe("g", "t"));
    EXPECT_EQ(json("drop topic t"), R"({"code":1003,"desc":"Topic subscribed cannot be dropped"})");
    talk.ask(reader, plain("unsubscribe", 2));
    EXPECT_EQ(done("drop topic t"), 0);
    EXPECT_NE(talk.ask(reader, subscribe("g", "t")).find("\"code\":993,"), std::string::npos);
}

TEST_F(sql_executor, a_topic_of_the_same_name_starts_anew) {
    make_tables();
    done("create topic t as stable s");
    const std::int32_t vgroup = talk.state().topics().at("t").vgroup_ids().front();
    talk.state().set_committed("g", {"t", vgroup}, 1);
    done("drop topic t");
    done("create topic t as stable s");
    EXPECT_EQ(talk.state().committed("g", "t", vgroup), std::nullopt);
}

struct slow_sql_executor : sql_executor {
    slow_sql_executor() : sql_executor(testing::server_options().subscribe_time(std::chrono::seconds(1))) {}
};

TEST_F(slow_sql_executor, a_topic_can_go_while_a_subscribe_is_under_way) {
    make_tables();
    done("create topic t as stable s");
    const member_id reader = talk.connect();
    talk.send(reader, subscribe("g", "t"));
    EXPECT_EQ(done("drop topic t"), 0);
    talk.pass(std::chrono::seconds(2));
    const auto replies = talk.inbox(reader);
    ASSERT_EQ(replies.size(), 1U);
    EXPECT_NE(replies[0].find("\"code\":993,"), std::string::npos) << replies[0];
}

TEST_F(sql_executor, alters_tables) {
    make_tables();
    EXPECT_EQ(done("alter stable s add column z bigint"), 0);
    EXPECT_EQ(refused("alter stable s add column g int"), 0x263CU);
    EXPECT_EQ(done("insert into a values (1, 1, 'x', 7)"), 1);
    EXPECT_EQ(done("alter stable s modify column w varchar(8)"), 0);
    EXPECT_EQ(refused("alter stable s modify column w varchar(8)"), 0x264BU);
    EXPECT_EQ(refused("alter stable s modify column w nchar(9)"), 0x264BU);
    EXPECT_EQ(refused("alter stable s modify column v int"), 0x264BU);
    EXPECT_EQ(done("insert into a values (1, 1, 'longer', 7)"), 1);
    EXPECT_EQ(done("alter stable s drop column v"), 0);
    EXPECT_EQ(refused("alter stable s drop column v"), 0x2602U);
    EXPECT_EQ(refused("alter stable s drop column ts"), 0x264AU);
    EXPECT_EQ(done("insert into a values (1, 'x', 7)"), 1);
    EXPECT_EQ(done("alter stable s add tag h bool"), 0);
    EXPECT_EQ(done("create table c using s tags (1, 'x', true)"), 0);
    EXPECT_EQ(done("alter stable s modify tag n nchar(8)"), 0);
    EXPECT_EQ(done("alter stable s drop tag g"), 0);
    EXPECT_EQ(refused("alter stable s drop tag g"), 0x260EU);
    EXPECT_EQ(done("alter table n add column y int"), 0);
    EXPECT_EQ(refused("alter table n add tag y int"), 0x2649U);
    EXPECT_EQ(refused("alter table a add column y int"), 0x2649U);
    EXPECT_EQ(refused("alter table nothing add column y int"), 0x2603U);
    EXPECT_EQ(refused("alter table n add column j json"), 0x2652U);
}

TEST_F(sql_executor, sets_tags) {
    make_tables();
    EXPECT_EQ(done("alter table a set tag g = 9, n = null"), 0);
    EXPECT_EQ(refused("alter table a set tag z = 9"), 0x260EU);
    EXPECT_EQ(refused("alter table a set tag g = 'x'"), 0x0216U);
    EXPECT_EQ(refused("alter table n set tag g = 1"), 0x2649U);
}

TEST_F(sql_executor, changes_no_column_that_a_topic_selects) {
    make_tables();
    done("create topic t as select ts, w, n from s");
    EXPECT_EQ(refused("alter stable s drop column w"), 0x03C4U);
    EXPECT_EQ(refused("alter stable s drop tag n"), 0x03C4U);
    EXPECT_EQ(done("alter stable s drop column v"), 0);
    EXPECT_EQ(done("alter stable s drop tag g"), 0);
}

TEST_F(sql_executor, counts_the_rows_that_it_deletes) {
    make_tables();
    done("insert into a values (1, 1, 'x') (2, 2, 'x') (3, 3, 'x') (4, 4, 'x') b values (3, 3, 'x')");
    EXPECT_EQ(done("insert into a values (4, 5, 'x')"), 1) << "takes the place of another";
    EXPECT_EQ(done("delete from a where ts > 1 and ts <= 2"), 1);
    EXPECT_EQ(done("delete from a where ts >= 1 and ts < 3"), 1);
    EXPECT_EQ(done("delete from a where ts = 9"), 0);
    EXPECT_EQ(done("delete from a where ts > 5 and ts < 2"), 0);
    EXPECT_EQ(done("delete from s where ts = 3"), 2);
    EXPECT_EQ(done("delete from a"), 1);
    EXPECT_EQ(refused("delete from a where v = 1"), 0x2655U);
    EXPECT_EQ(refused("delete from a where ts = null"), 0x2655U);
    EXPECT_EQ(refused("delete from nothing"), 0x2603U);
}

TEST_F(sql_executor, rows_of_a_dropped_table_that_nobody_has_read_are_gone) {
    make_tables();
    done("create topic t as database d");
    done("insert into a values (1, 1, 'x') b values (1, 1, 'x') n values (1, 1)");
    const auto before = logs("t");
    EXPECT_EQ(before.second, 3U);
    done("drop table a");
    EXPECT_EQ(logs("t"), (std::pair<std::int64_t, std::size_t>(before.first + 1, 2)));
    done("drop stable s");
    EXPECT_EQ(logs("t").second, 1U);
}

TEST_F(sql_executor, rows_of_a_dropped_table_do_not_reach_a_later_topic) {
    make_tables();
    done("insert into a values (1, 1, 'x') b values (1, 1, 'x')");
    done("drop table a");
    done("create topic t as stable s");
    EXPECT_EQ(logs("t").second, 1U);
}

}  // namespace
}  // namespace tmq::test
