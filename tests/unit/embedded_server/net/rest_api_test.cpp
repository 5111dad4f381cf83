#include "embedded_server/net/rest_api.hpp"

#include "embedded_server/web_socket_client.hpp"
#include "support/certificates.hpp"
#include "tmq/testing/server.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <string_view>

namespace tmq::test {

using namespace testing;

namespace {

using embedded::net::answer_query_socket;
using embedded::net::answer_rest;
using embedded::net::http_answer;
using opcode = web_socket_client::opcode;
namespace sql = embedded::sql;

constexpr std::string_view root_taosdata = "Basic cm9vdDp0YW9zZGF0YQ==";

/// What a request comes to: the status and the JSON.
http_answer ask(std::string method, std::string target, std::string_view authorization = root_taosdata,
                std::string body = "statement") {
    return answer_rest({std::move(method), std::move(target), std::string(authorization), std::move(body)},
                       "root", "taosdata",
                       [](std::string_view statement, std::string_view database) -> sql::outcome {
                           return sql::error{1, std::string(statement).append(" in ").append(database)};
                       });
}

TEST(rest_api, executes_what_is_posted) {
    EXPECT_EQ(ask("POST", "/rest/sql").json, R"({"code":1,"desc":"statement in "})");
    EXPECT_EQ(ask("POST", "/rest/sql/").json, R"({"code":1,"desc":"statement in "})");
    EXPECT_EQ(ask("POST", "/rest/sql/d").json, R"({"code":1,"desc":"statement in d"})");
    EXPECT_EQ(ask("POST", "/rest/sql/d?tz=UTC").json, R"({"code":1,"desc":"statement in d"})");
    EXPECT_EQ(ask("POST", "/rest/sql/%e7%94%B2").json, "{\"code\":1,\"desc\":\"statement in \u7532\"}");
    EXPECT_EQ(ask("POST", "/rest/sql").status, 200U);
    EXPECT_EQ(ask("POST", "/rest/sql", root_taosdata, "").json, R"({"code":65535,"desc":"no sql"})");
}

TEST(rest_api, knows_no_other_place_and_method) {
    for (const char* const target :
         {"/", "/rest", "/rest/sqlx", "/rest/sql/d/e", "/rest/sql/%4", "/rest/sql/%zz", "/rest/tmq", "/ws"})
        EXPECT_EQ(ask("POST", target).status, 404U) << target;
    EXPECT_EQ(ask("GET", "/rest/sql").status, 404U);
}

TEST(rest_api, serves_nobody_else) {
    EXPECT_EQ(ask("POST", "/rest/sql", "Basic cm9vdDp3cm9uZw==").status, 401U);
    EXPECT_EQ(ask("POST", "/rest/sql", "Basic cm9vdDp3cm9uZw==").json,
              R"({"code":855,"desc":"Authentication failure"})");
    for (const char* const bad :
         {"", "Basic", "Basic ", "Basic ****", "Bearer cm9vdDp0YW9zZGF0YQ==", "Basic cm9vdDp0YW9zZGF0"})
        EXPECT_EQ(ask("POST", "/rest/sql", bad).status, 401U) << bad;
}

TEST(query_socket, answers_conn_and_version) {
    const auto answer = [](std::string_view request) {
        return answer_query_socket(request, "root", "taosdata", "3.3.6.0");
    };
    EXPECT_EQ(answer(R"({"action":"conn","args":{"req_id":7,"user":"root","password":"taosdata","db":""}})"),
              R"({"code":0,"message":"","action":"conn","req_id":7,"timing":0,"version":"3.3.6.0"})");
    EXPECT_EQ(answer(R"({"action":"conn","args":{"req_id":8,"user":"root","password":"wrong"}})"),
              R"({"code":855,"message":"Authentication failure","action":"conn","req_id":8,"timing":0})");
    EXPECT_EQ(answer(R"({"action":"version"})"),
              R"({"code":0,"message":"","action":"version","req_id":0,"timing":0,"version":"3.3.6.0"})");
    EXPECT_EQ(
        answer(R"({"action":"query","args":{"req_id":9,"sql":"x"}})"),
        R"({"code":65535,"message":"this server answers conn and version here, not query","action":"query","req_id":9,"timing":0})");
    for (const char* const bad : {"", "x", "[]", "{}", R"({"action":1})"})
        EXPECT_EQ(answer(bad), "") << bad;
}

std::string post(std::string_view statement, std::string_view more = "Connection: close\r\n",
                 std::string_view target = "/rest/sql") {
    return std::string("POST ")
               .append(target)
               .append(" HTTP/1.1\r\nHost: h\r\nAuthorization: ")
               .append(root_taosdata)
               .append("\r\nContent-Length: ") +
           std::to_string(statement.size()) + "\r\n" + std::string(more) + "\r\n" + std::string(statement);
}

TEST(rest_server, answers_and_ends_when_it_is_asked_to) {
    testing::server hub;
    const auto got = web_socket_client::answer_to(hub.port(), post("select server_version()"));
    EXPECT_EQ(got.what, opcode::end_of_stream);
    EXPECT_TRUE(got.bytes.starts_with("HTTP/1.1 200 OK\r\n")) << got.bytes;
    EXPECT_NE(got.bytes.find("Content-Type: application/json"), std::string::npos);
    EXPECT_TRUE(got.bytes.ends_with(R"("data":[["3.3.5.8"]],"rows":1})")) << got.bytes;
}

TEST(rest_server, keeps_a_connection_for_further_requests_and_for_an_upgrade) {
    testing::server hub;
    const std::string upgrade =
        "GET /nowhere HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
    hub.inject(fault::error_reply(503, "busy").on("upgrade"));
    const auto got = web_socket_client::answer_to(
        hub.port(), post("create database d", "") + post("show topics", "", "/rest/sql/d") + upgrade);
    EXPECT_EQ(got.what, opcode::end_of_stream);
    const std::size_t first = got.bytes.find("affected_rows");
    const std::size_t second = got.bytes.find("topic_name");
    const std::size_t third = got.bytes.find("HTTP/1.1 503 ");
    EXPECT_LT(first, second);
    EXPECT_LT(second, third);
    EXPECT_NE(third, std::string::npos) << got.bytes;
}

TEST(rest_server, takes_a_body_that_waits_for_leave) {
    testing::server hub;
    const auto got = web_socket_client::answer_to(
        hub.port(), post("show topics", "Expect: 100-continue\r\nConnection: close\r\n"));
    EXPECT_TRUE(got.bytes.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")) << got.bytes;
}

TEST(rest_server, refuses_what_is_no_http_and_what_is_too_much) {
    testing::server hub;
    EXPECT_TRUE(web_socket_client::answer_to(hub.port(), "hello\r\n\r\n").bytes.starts_with("HTTP/1.1 400 "));
    EXPECT_TRUE(web_socket_client::answer_to(
                    hub.port(), "POST /rest/sql HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999\r\n\r\n")
                    .bytes.starts_with("HTTP/1.1 413 "));
    EXPECT_TRUE(web_socket_client::answer_to(hub.port(),
                                             "GET /nowhere HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
                    .bytes.starts_with("HTTP/1.1 404 "));
}

TEST(rest_server, wakes_polls_that_wait) {
    testing::server hub;
    hub.execute("create database d vgroups 1");
    hub.execute("create table n (ts timestamp, v int)", "d");
    hub.execute("create topic t as select * from d.n");
    web_socket_client client(hub.port());
    client.ask(
        R"({"action":"subscribe","args":{"req_id":1,"user":"root","password":"taosdata","group_id":"g","topics":["t"],"offset_reset":"earliest"}})");
    client.send_text(R"({"action":"poll","args":{"req_id":2,"blocking_time":60000}})");
    ASSERT_TRUE(hub.await_waiting_polls(1));
    web_socket_client::answer_to(hub.port(), post("insert into d.n values (1, 2)"));
    EXPECT_NE(client.receive().bytes.find("\"have_message\":true"), std::string::npos);
}

TEST(rest_server, serves_the_query_socket_beside_the_other) {
    testing::server hub;
    web_socket_client client(hub.port(), "/ws");
    const std::string conn = R"({"action":"conn","args":{"req_id":1,"user":"root","password":"taosdata"}})";
    EXPECT_EQ(client.ask(conn).bytes,
              R"({"code":0,"message":"","action":"conn","req_id":1,"timing":0,"version":"3.3.5.8"})");
    EXPECT_EQ(hub.connection_count(), 1U);
    EXPECT_EQ(hub.request_count(), 0U) << "counts what comes to /rest/tmq";
}

TEST(rest_server, goes_through_tls_as_well) {
    const certificate_authority ca;
    const identity who = ca.issue(loopback());
    testing::server hub(testing::server_options().tls(who.certificate, who.private_key));
    const tls_peer trusting{ca.pem(), {}, {}, 0};
    EXPECT_TRUE(web_socket_client::answer_to(hub.port(), post("show topics"), &trusting)
                    .bytes.starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST(rest_server, execute_tells_counts_and_throws_refusals) {
    testing::server hub;
    EXPECT_EQ(hub.execute("create database d vgroups 1"), 0);
    EXPECT_EQ(hub.execute("create table n (ts timestamp, v int)", "d"), 0);
    EXPECT_EQ(hub.execute("create topic t as database d"), 0);
    EXPECT_EQ(hub.execute("insert into d.n values (1, 2) (2, 3)"), 2);
    EXPECT_EQ(hub.execute("show topics"), 1);
    EXPECT_EQ(hub.vgroups("t").size(), 1U);
    EXPECT_EQ(hub.end_offset("t", hub.vgroups("t")[0]), 2);
    EXPECT_THROW(hub.execute("create database d"), std::invalid_argument);
    EXPECT_EQ(hub.execute("drop topic t"), 0);
    EXPECT_THROW(hub.vgroups("t"), std::invalid_argument);
}

}  // namespace
}  // namespace tmq::test
