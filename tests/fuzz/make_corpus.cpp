// Writes the seeds of every target into DIRECTORY/TARGET/, out of the recorded conversations in tests/data.
#include "support/captures.hpp"
#include "support/deflate.hpp"
#include "wire/envelope.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>

namespace {

namespace fs = std::filesystem;

class corpus {
  public:
    explicit corpus(fs::path root) : root_(std::move(root)) {}

    void add(const std::string& target, std::span<const std::uint8_t> bytes) {
        fs::create_directories(root_ / target);
        std::ofstream file(root_ / target / ("seed_" + std::to_string(count_++)), std::ios::binary);
        file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    }
    void add(const std::string& target, const std::string& text) {
        add(target, std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
    }

  private:
    fs::path root_;
    int count_ = 0;
};

/// The plan of reads that the frame target expects, odd for compression, and one frame in the shortest length
/// form.
std::vector<std::uint8_t> as_frame(std::uint8_t opcode, std::span<const std::uint8_t> payload,
                                   bool compressed = false) {
    std::vector<std::uint8_t> bytes(16, compressed ? 201 : 200);
    bytes.push_back(static_cast<std::uint8_t>((compressed ? 0xC0U : 0x80U) | opcode));
    if (payload.size() < 126) {
        bytes.push_back(static_cast<std::uint8_t>(payload.size()));
    } else {
        bytes.push_back(payload.size() <= 0xFFFF ? 126 : 127);
        for (int shift = payload.size() <= 0xFFFF ? 8 : 56; shift >= 0; shift -= 8)
            bytes.push_back(static_cast<std::uint8_t>(payload.size() >> shift));
    }
    bytes.insert(bytes.end(), payload.begin(), payload.end());
    return bytes;
}

/// What the inflate target expects: the choice of a limit of 128 KiB and of a level, and the message.
std::vector<std::uint8_t> as_compressed(std::span<const std::uint8_t> message) {
    std::vector<std::uint8_t> bytes = {17, 1};
    bytes.insert(bytes.end(), message.begin(), message.end());
    return bytes;
}

void add_compressed(corpus& seeds, std::uint8_t opcode, std::span<const std::uint8_t> content) {
    const std::vector<std::uint8_t> message = tmq::test::deflate_message(content);
    seeds.add("frames", as_frame(opcode, message, true));
    seeds.add("inflate", as_compressed(message));
    seeds.add("inflate", as_compressed(tmq::test::deflate_final(content)));
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fprintf(stderr, "usage: make_corpus DIRECTORY\n");
        return 1;
    }
    corpus seeds{fs::path(argv[1])};
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(TMQ_TEST_DATA)) {
        if (entry.path().extension() != ".jsonl") continue;
        for (const tmq::test::captured_message& message :
             tmq::test::load_transcript(fs::relative(entry.path(), TMQ_TEST_DATA).string())) {
            if (!message.from_server) continue;
            if (!message.binary) {
                seeds.add("reply", message.text);
                if (const std::size_t at = message.text.find("\"data\":{"); at != std::string::npos)
                    seeds.add("json_meta", message.text.substr(at + 7, message.text.size() - at - 8));
                const std::span text(reinterpret_cast<const std::uint8_t*>(message.text.data()),
                                     message.text.size());
                seeds.add("frames", as_frame(1, text));
                add_compressed(seeds, 1, text);
                continue;
            }
            seeds.add("envelope", message.bytes);
            seeds.add("frames", as_frame(2, message.bytes));
            add_compressed(seeds, 2, message.bytes);
            tmq::wire::fetch_reply reply;
            if (tmq::wire::parse_fetch_raw_data(message.bytes, reply)) {
                // A block alone, behind the three numbers of fetch_block.
                if (message.bytes.size() > 24) seeds.add("block", std::span(message.bytes).subspan(23));
                continue;
            }
            if (reply.raw_type == 2) {
                seeds.add("message", reply.raw);
                continue;
            }
            std::vector<std::uint8_t> meta = {static_cast<std::uint8_t>(reply.raw_type & 0xFF),
                                              static_cast<std::uint8_t>(reply.raw_type >> 8)};
            meta.insert(meta.end(), reply.raw.begin(), reply.raw.end());
            seeds.add("meta", meta);
        }
    }
    const std::string accepted =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";
    seeds.add("upgrade", accepted + "\r\n");
    for (const std::string parameters :
         {"", "; client_no_context_takeover", "; server_max_window_bits=\"12\"", "; client_max_window_bits"})
        seeds.add("upgrade", accepted +
                                 "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover" +
                                 parameters + "\r\n\r\n");
    for (const int strategy : {1, 2, 3, 4}) {
        const std::vector<std::uint8_t> counted(300, static_cast<std::uint8_t>(strategy));
        seeds.add("inflate",
                  as_compressed(tmq::test::deflate_message(counted, {strategy == 1 ? 0 : 6, strategy})));
    }
    for (const char* const statement :
         {"INSERT INTO a VALUES (NOW, -1.5e3, 'it''s', 'POINT(1 2)', '\\x01') b USING s TAGS (1, 'x') (ts, "
          "v) VALUES ('2023-01-01 00:00:00', null), "
          "(1, 2);",
          "CREATE STABLE IF NOT EXISTS x (ts TIMESTAMP, d DECIMAL(10,2), b BLOB) TAGS (j JSON)",
          "CREATE TABLE c USING d.s (n) TAGS (\"q\") e USING s TAGS (1, NULL)",
          "CREATE TOPIC t ONLY META AS STABLE d.s", "create topic t as select *, tbname, t from `s`",
          "ALTER TABLE s MODIFY TAG n NCHAR(9)", "ALTER TABLE a SET TAG t = 1, n = 'x'",
          "DELETE FROM a WHERE ts >= 1 AND ts < NOW - 1s",
          "CREATE DATABASE e VGROUPS 4 PRECISION 'us' KEEP 10d,20d", "DROP STABLE IF EXISTS s",
          "DROP TOPIC o", "SHOW TOPICS"})
        seeds.add("sql", std::string(statement));
    seeds.add("upgrade", std::string("HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnope"));
    return 0;
}
