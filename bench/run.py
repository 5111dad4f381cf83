#!/usr/bin/env python3
"""Reads the same topics with tmqbench, with plain sockets and with other clients, in turns, and writes a line for each run.

usage: run.py BIN --out RESULTS.jsonl [--rounds N]

BIN is the folder with tmqbench, drain and ping_pong. Every load has one embedded server process, on this machine.
"""
import argparse
import contextlib
import datetime
import json
import os
import pathlib
import platform
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
LARGE_ROWS, LARGE_MESSAGES = 2_000_000, 400
SMALL_ROWS = 20_000
POLL_REPLY = 180
TIME_LIMIT = 300
ROUNDS_OF_OTHERS = 3
GROUP = "a group of its own"


class Server:
    """A running `tmqbench serve`, ended by its process."""

    def __init__(self, program, *options, scheme="ws"):
        self.process = subprocess.Popen([program, "serve", *options], stdout=subprocess.PIPE, text=True)
        said = self.process.stdout.readline()
        if not said.startswith("listening on "):
            sys.exit(f"the server does not start: {said}")
        self.port = said.split()[-1]
        self.url = f"{scheme}://127.0.0.1:{self.port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def make_certificate(folder):
    """Of a server that nobody has to trust; nothing without openssl."""
    files = str(folder / "certificate.pem"), str(folder / "key.pem")
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
               "-addext", "subjectAltName=IP:127.0.0.1", "-out", files[0], "-keyout", files[1]]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (FileNotFoundError, subprocess.CalledProcessError):
        return None
    return files


def other_clients():
    """(name, command, rows) of the programs that consume with TDengine's own clients, of those that `./dev interop` has built; says which are left out."""
    sys.path.insert(0, str(ROOT / "tests" / "interop"))
    try:
        import clients
    except ImportError:
        print("left out: other clients, tests/interop has none", file=sys.stderr)
        return []
    found = []
    for client in clients.CLIENTS.values():
        if any((clients.BUILD / client.language).glob("*")) and not client.missing_tools():
            rows = min(LARGE_ROWS, client.most_rows)
            fewer = f", {rows:,} rows" if rows != LARGE_ROWS else ""
            found.append((f"{client.language}: {client.package}{fewer}", client.program, rows))
        else:
            print(f"left out: {client.package} for {client.language}, not built: ./dev interop {client.language}", file=sys.stderr)
    return found


def run(command):
    """The line of results that a program prints."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIME_LIMIT)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit status {done.returncode}\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def conditions(args, compiler):
    cpu = next((line.split(":", 1)[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")), "?")
    return {"type": "conditions", "text": [
        f"Written by `./dev bench`. Medians of {args.rounds} rounds, in each of which every client reads every load once, one after the other; TDengine's own clients in {ROUNDS_OF_OTHERS} of them. Server and client are processes of one machine, over loopback: "
        f"{cpu}, {os.cpu_count()} cores, Linux {platform.release()}, g++ {compiler}, `-O3`, {datetime.date.today()}, load average before: {os.getloadavg()[0]:.1f}. "
        "The server is the [embedded one](embedded_server.md), in one thread; its work, and what else the machine does, is in the rates. The CPU time is the client's alone, kernel included.",
        "",
        "`drain` and `ping_pong` are [plain sockets](../bench/ceiling). `drain` asks the same server for the same messages in the same rhythm, receives the bytes and looks at none: the least that a client can do. `ping_pong` "
        "exchanges as many bytes with a process that does nothing else either: what the machine allows. `tmq` is `tmqbench consume`, which touches every value, "
        "as the [programs](interop.md) that use other clients do, row by row; all have the same sums to show for it."]}


def loads():
    return [
        {"type": "load", "load": "large", "unit": "rows", "title": "Large messages",
         "text": [f"{LARGE_ROWS:,} rows of 7 columns, 53 bytes of values each, in {LARGE_MESSAGES} messages of 5 blocks, 2 vgroups."]},
        {"type": "load", "load": "work", "unit": "rows", "title": "Large messages, 100 µs of work on each",
         "text": ["The same with `--work-us 100`, which is in the CPU time: what reading ahead is for. `prefetch 0` asks for a message when the application wants it, `1` (the default) and `8` while it works."]},
        {"type": "load", "load": "small", "unit": "messages", "title": "Small messages", "text": [f"{SMALL_ROWS:,} messages of one row: the cost of a message."]}]


def all_cases(bin_folder, servers, wire_size):
    """(load, name, command) of everything that is run in a round."""
    def consume(server, rows, *options):
        return [f"{bin_folder}/tmqbench", "consume", "--url", server.url, "--topic", "bench", "--rows", str(rows), *options]

    def drain(server, rows, messages):
        return [f"{bin_folder}/drain", "--port", server.port, "--topic", "bench", "--messages", str(messages), "--rows", str(rows)]

    def ping_pong(rows, messages, size):
        return [f"{bin_folder}/ping_pong", "--messages", str(messages), "--rows", str(rows), "--sizes", f"79,{POLL_REPLY},70,{size}"]

    large, small = servers["large"], servers["small"]
    cases = [("large", "ping_pong", ping_pong(LARGE_ROWS, LARGE_MESSAGES, wire_size["large"])), ("large", "drain", drain(large, LARGE_ROWS, LARGE_MESSAGES))]
    for name, options in (("columns", ("--mode", "columns")), ("rows", ()), ("rows, types at run time", ("--mode", "dynamic")), ("rows, prefetch 0", ("--prefetch", "0")),
                          ("rows, prefetch 8", ("--prefetch", "8")), ("rows, compressed", ("--compress",))):
        cases.append(("large", f"tmq: {name}", consume(large, LARGE_ROWS, *options)))
    if "tls" in servers:
        cases.append(("large", "tmq: rows, TLS", consume(servers["tls"], LARGE_ROWS)))
    for name, program, rows in other_clients():
        cases.append(("large", name, [*program, "consume", "--url", large.url, "--topic", "bench", "--group", GROUP, "--rows", str(rows)]))
    for ahead in ("0", "1", "8"):
        cases.append(("work", f"tmq: rows, prefetch {ahead}", consume(large, LARGE_ROWS, "--work-us", "100", "--prefetch", ahead)))
    cases += [("small", "ping_pong", ping_pong(SMALL_ROWS, SMALL_ROWS, wire_size["small"])), ("small", "drain", drain(small, SMALL_ROWS, SMALL_ROWS))]
    for ahead in ("0", "1", "8"):
        cases.append(("small", f"tmq: prefetch {ahead}", consume(small, SMALL_ROWS, "--prefetch", ahead)))
    return cases


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--rounds", type=int, default=9)
    args = parser.parse_args()
    tmqbench = f"{args.bin}/tmqbench"
    compiler = subprocess.run(["g++", "-dumpfullversion"], capture_output=True, text=True).stdout.strip()
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        # Go and Java refuse versions below this one.
        version = ("--report-version", "3.3.6.0")
        servers = {"large": stack.enter_context(Server(tmqbench, *version)),
                   "small": stack.enter_context(Server(tmqbench, "--rows", str(SMALL_ROWS), "--rows-per-block", "1", "--blocks-per-message", "1", *version))}
        if certificate := make_certificate(folder):
            servers["tls"] = stack.enter_context(Server(tmqbench, "--tls-certificate", certificate[0], "--tls-key", certificate[1], *version, scheme="wss"))
            servers["tls"].url += f"/?tls.ca.file={certificate[0]}"
        # What a message takes on the wire besides the reply to its poll, which is a ping_pong of its own.
        sizes = {}
        for load, rows, messages in (("large", LARGE_ROWS, LARGE_MESSAGES), ("small", SMALL_ROWS, SMALL_ROWS)):
            drained = run([f"{args.bin}/drain", "--port", servers[load].port, "--topic", "bench", "--messages", str(messages), "--rows", str(rows)])
            sizes[load] = drained["bytes"] // messages - POLL_REPLY
        cases = all_cases(args.bin, servers, sizes)
        with args.out.open("w") as out:
            for line in (conditions(args, compiler), *loads()):
                out.write(json.dumps(line) + "\n")
            for round_number in range(args.rounds):
                for load, name, command in cases:
                    # Others are slow, and vary little.
                    if GROUP in command and round_number >= ROUNDS_OF_OTHERS:
                        continue
                    line = run([f"bench_{os.getpid()}_{round_number}" if word == GROUP else word for word in command])
                    out.write(json.dumps({"load": load, "case": name, "round": round_number, **line}) + "\n")
                print(f"round {round_number + 1} of {args.rounds}", file=sys.stderr)


if __name__ == "__main__":
    main()
