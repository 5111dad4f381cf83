#!/usr/bin/env python3
"""Lets TDengine's own clients consume from the embedded server, and holds what they read against what tmqbench reads."""
import argparse
import json
import math
import pathlib
import select
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "interop" / "clients"))
from clients import CLIENTS, BuildFailed  # noqa: E402

TOPIC = "bench"
TABLES = 8
SERVER_LIMIT_S = 60
CLIENT_LIMIT_S = 600
# a topic to go back and forth in: twenty messages in two vgroups
OFFSETS_LOAD = ("--rows", "4000", "--rows-per-block", "100", "--blocks-per-message", "2")
OFFSETS_ROWS = 4000
HANDOVER_ROWS = 1000
# every type of column, with extremes, empty values and nulls
RECORDED = ROOT / "tests" / "data" / "v3.3.5" / "types_ms_select.jsonl"
RECORDED_TOPIC = "gold_ms_sel"
RECORDED_ROWS = 123


class Failed(Exception):
    pass


class Server:
    """A process that serves topics for as long as a `with` block lasts."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def __enter__(self):
        try:
            ready, _, _ = select.select([self.process.stdout], [], [], SERVER_LIMIT_S)
            line = self.process.stdout.readline() if ready else ""
            if not line.startswith("listening on "):
                raise Failed(f"the server did not start: {line!r}")
            self.url = f"ws://127.0.0.1:{line.split()[-1]}"
            return self
        except BaseException:
            self.end()
            raise

    def __exit__(self, *_):
        self.end()

    def end(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Checks:
    """One line each, and how many passed and failed."""

    def __init__(self):
        self.passed = self.failed = 0
        print(f"{'':6}  {'client':8}{'check':10}{'rows':>11}{'rows/s':>13}{'seconds':>9}{'cpu s':>8}", flush=True)

    def run(self, name, check, function):
        """Calls a check, which gives what there is to tell of its speed; whether it passed."""
        start = time.monotonic()
        try:
            result = function()
        except (Failed, BuildFailed) as why:
            self.failed += 1
            print(f"FAILED  {name:8}{check:10}{why}", flush=True)
            return None
        self.passed += 1
        if "rows_per_s" in result:
            figures = f"{result['rows']:>11,}{result['rows_per_s']:>13,.0f}{result['seconds']:>9.2f}{result['cpu_s']:>8.2f}"
        else:
            figures = f"{'':11}{'':13}{time.monotonic() - start:>9.2f}"
        print(f"passed  {name:8}{check:10}{figures}".rstrip(), flush=True)
        return result


class Programs:
    """The folder of tmqbench and tmqsim, and the version their servers report."""

    def __init__(self, folder, version):
        self.version = version
        self.tmqbench = str(folder / "tmqbench")
        self.tmqsim = str(folder / "tmqsim")

    def serve(self, *load):
        return Server([self.tmqbench, "serve", "--topic", TOPIC, "--report-version", self.version, *load])

    def replay(self, transcript):
        return Server([self.tmqsim, "--port", "0", "--report-version", self.version, "--replay", transcript])


def run_client(program, command, url, group, rows, *more, topic=TOPIC):
    """Runs a program to its end; what it printed."""
    arguments = [*program, command, "--url", url, "--topic", topic, "--group", group, "--rows", str(rows), *more]
    try:
        done = subprocess.run(arguments, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=CLIENT_LIMIT_S)
    except subprocess.TimeoutExpired:
        raise Failed(f"not done within {CLIENT_LIMIT_S} s") from None
    if done.returncode != 0:
        raise Failed(f"exit status {done.returncode}: {done.stderr[-2000:].strip()}")
    return done.stdout


def read_line(output):
    try:
        return json.loads(output)
    except json.JSONDecodeError:
        raise Failed(f"no line of JSON: {output[:200]!r}") from None


def expect_equal(what, got, wanted):
    if got != wanted:
        raise Failed(f"{what}: {got} instead of {wanted}")


def consume(program, url, group, rows, *more, topic=TOPIC):
    result = read_line(run_client(program, "consume", url, group, rows, *more, topic=topic))
    expect_equal("rows", result["rows"], rows)
    return result


def expect_same_rows(result, reference):
    for key in ("rows", "cells", "nulls", "bytes", "msgs", "isum"):
        expect_equal(key, result[key], reference[key])
    # 0: the client does not show the blocks of a message
    if result["blocks"] != 0:
        expect_equal("blocks", result["blocks"], reference["blocks"])
    # null: infinite or not a number
    if None in (result["fsum"], reference["fsum"]):
        expect_equal("fsum", result["fsum"], reference["fsum"])
    elif not math.isclose(result["fsum"], reference["fsum"], rel_tol=1e-9):
        raise Failed(f"fsum: {result['fsum']} instead of {reference['fsum']}")


def check_recorded(client, url, reference):
    result = consume(client.program, url, client.language, RECORDED_ROWS, topic=RECORDED_TOPIC)
    expect_same_rows(result, reference)
    return {}


def check_rows(client, url, rows, reference, tables):
    names_tables = tables and client.names_tables
    result = consume(client.program, url, client.language, rows, *(["--tables"] if names_tables else []))
    expect_same_rows(result, reference)
    if names_tables:
        # row i is of table i modulo their number
        expect_equal("tables", result["tables"], {f"d{table}": (rows - table + TABLES - 1) // TABLES for table in range(TABLES)})
    return result


def check_offsets(client, tmqbench, url):
    """The client goes back and forth; then tmq reads what is left in the client's group."""
    left = read_line(run_client(client.program, "offsets", url, client.language, OFFSETS_ROWS))
    continued = consume([tmqbench], url, client.language, left["rows"])
    expect_equal("isum of what tmq reads in the group of the client", continued["isum"], left["isum"])
    return {}


def check_handover(client, tmqbench, url, reference):
    """The client reads what tmq has left in tmq's group."""
    group = f"tmq-{client.language}"
    head = consume([tmqbench], url, group, HANDOVER_ROWS, "--commit")
    left = consume(client.program, url, group, OFFSETS_ROWS - HANDOVER_ROWS)
    expect_equal("isum of what tmq and the client have read in one group", head["isum"] + left["isum"], reference["isum"])
    return {}


def build(client):
    client.build()
    return {}


def compare_rows(checks, programs, clients, rows, stable):
    name = "stable" if stable else "select"
    with programs.serve("--rows", str(rows), *(["--stable"] if stable else [])) as server:
        reference = checks.run("tmq", name, lambda: consume([programs.tmqbench], server.url, "tmq", rows))
        if reference is None:
            raise Failed(f"without what tmqbench reads from the {name} topic there is nothing to compare with")
        for client in clients:
            checks.run(client.language, name, lambda client=client: check_rows(client, server.url, rows, reference, stable))


def compare_recorded(checks, programs, clients):
    with programs.replay(RECORDED) as server:
        reference = consume([programs.tmqbench], server.url, "tmq", RECORDED_ROWS, topic=RECORDED_TOPIC)
        for client in clients:
            checks.run(client.language, "recorded", lambda client=client: check_recorded(client, server.url, reference))


def compare_offsets(checks, programs, clients):
    tmqbench = programs.tmqbench
    with programs.serve(*OFFSETS_LOAD) as server:
        reference = consume([tmqbench], server.url, "tmq", OFFSETS_ROWS)
        for client in clients:
            checks.run(client.language, "offsets", lambda client=client: check_offsets(client, tmqbench, server.url))
            checks.run(client.language, "handover", lambda client=client: check_handover(client, tmqbench, server.url, reference))


def available_clients(checks, languages, by_name):
    """The clients that could be built. One that was asked for by name and lacks its tools has failed."""
    out = []
    for language in languages:
        client = CLIENTS[language]
        missing = client.missing_tools()
        if missing and not by_name:
            print(f"left out, not counted: {language}, for want of {', '.join(missing)}", flush=True)
            continue

        def prepare(client=client, missing=missing):
            if missing:
                raise Failed(f"not on this machine: {', '.join(missing)}")
            return build(client)

        if checks.run(language, "build", prepare) is not None:
            out.append(client)
    return out


def main():
    parser = argparse.ArgumentParser(prog="./dev interop", description=__doc__)
    parser.add_argument("folder", type=pathlib.Path, help=argparse.SUPPRESS)
    parser.add_argument("languages", nargs="*", metavar="LANGUAGE", help=f"of {', '.join(CLIENTS)}; default all that are on the machine")
    parser.add_argument("--rows", type=int, default=2_000_000, help="rows of each topic (default %(default)s; rust reads 200000 at most, without --every-row)")
    parser.add_argument("--every-row", action="store_true", help="rust reads as many as the others, which takes it minutes")
    parser.add_argument("--report-version", default="3.3.6.0", help="of the server (default %(default)s: go and java accept none below it)")
    options = parser.parse_intermixed_args()
    for language in options.languages:
        if language not in CLIENTS:
            parser.error(f"unknown language {language}")

    def rows_for(client):
        return options.rows if options.every_row else min(options.rows, client.most_rows)

    checks = Checks()
    clients = available_clients(checks, options.languages or list(CLIENTS), by_name=bool(options.languages))
    try:
        programs = Programs(options.folder, options.report_version)
        for rows in sorted({rows_for(client) for client in clients}):
            of_these_rows = [client for client in clients if rows_for(client) == rows]
            for stable in (False, True):
                compare_rows(checks, programs, of_these_rows, rows, stable)
        compare_recorded(checks, programs, clients)
        compare_offsets(checks, programs, clients)
    except Failed as why:
        checks.failed += 1
        print(f"FAILED  {why}")
    print(f"{checks.passed} passed, {checks.failed} failed")
    return 0 if checks.passed != 0 and checks.failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
