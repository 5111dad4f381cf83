#!/usr/bin/env python3
"""Reads the same topics with tmqbench, with plain sockets and with other clients, in turns, and writes a line for each run.

usage: run.py BIN --out RESULTS.jsonl [--rounds N] [--loads LOAD,...]

BIN is the folder with tmqbench and the ceilings. Every load has one embedded server process, on this machine.
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
import time

import counting
from cases import GROUP, ROUNDS_OF_CODED, ROUNDS_OF_OTHERS, Consumers, Huge, Idle, Large, Programs, Sizes, Small, Threads, Trickle, Work
from servers import Server, make_certificate

TIME_LIMIT = 300
BUSY = 1.0
HUGE = (16, 5000, 54)


def run(command):
    """The line of results that a program prints."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIME_LIMIT)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit status {done.returncode}\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def conditions(rounds, load_before):
    compiler = subprocess.run(["g++", "-dumpfullversion"], capture_output=True, text=True).stdout.strip()
    cpu = next((line.split(":", 1)[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")), "?")
    busy = (f" **The machine was busy before the run began (load average {load_before:.1f}), so rates vary several-fold between rounds; ratios and CPU times are steadier.**"
            if load_before > BUSY else "")
    return {"type": "conditions", "text": [
        f"Medians of {rounds} round{'s' * (rounds != 1)}, in each of which every client reads every load once, one after the other; TDengine's own clients in {min(rounds, ROUNDS_OF_OTHERS)} of them, "
        f"compressed and encrypted messages in {min(rounds, ROUNDS_OF_CODED)}, rows that trickle in {min(rounds, Trickle.rounds)}, many consumers in {min(rounds, Consumers.rounds)}; idle consumers and huge messages are measured once. "
        "Where two are compared, it is the median of what they are to each other in each round. Server and client are processes of one machine, over loopback: "
        f"{cpu}, {os.cpu_count()} cores, Linux {platform.release()}, g++ {compiler}, `-O3`, {datetime.date.today()}, load average before: {load_before:.1f}.{busy} "
        "The server is the [embedded one](embedded_server.md), in one thread; its work, and what else the machine does, is in the rates. The CPU time is the client's alone, kernel included.",
        "",
        "`drain` is [plain sockets](../bench/ceiling): it asks the same server for the same messages in the same rhythm, receives the bytes and looks at none: the least that a client can do. "
        "`plain_server` is a server of plain sockets that has every message ready: what the machine allows two round trips. `tmq` is `tmqbench consume`, which touches every value, "
        "as the [programs](../interop/clients) that use other clients do, row by row, of those that are built; who reads as many rows has the same sums to show for it. What holds some of them up [is said](interop.md#what-to-know-of-the-clients)."]}


class Output:
    """Lines of results, with progress on stderr."""

    def __init__(self, file):
        self.file, self.start = file, time.monotonic()

    def line(self, line):
        self.file.write(json.dumps(line) + "\n")
        self.file.flush()

    def say(self, text):
        print(f"{time.monotonic() - self.start:4.0f} s: {text}", file=sys.stderr, flush=True)

    def round(self, number, cases):
        """Runs those that are still to be run; whether there were any."""
        cases = [case for case in cases if number < case.rounds]
        for case in cases:
            group = f"bench_{os.getpid()}_{number}"
            before = case.server.cpu_seconds() if case.server else 0
            result = run([group if word == GROUP else word for word in case.command])
            if case.server:
                result["server_cpu_s"] = case.server.cpu_seconds() - before
            for line in case.lines(number, result):
                self.line(line)
        return bool(cases)


def measure(args, output):
    programs = Programs(args.bin)

    def wanted(*loads):
        return not args.loads or not args.loads.isdisjoint(loads)

    def message_bytes(server):
        return run(programs.drain(server))["bytes"] // server.messages

    with contextlib.ExitStack() as stack:
        tls = make_certificate(pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory())))

        def start(*load, of=Server, **more):
            return stack.enter_context(of(programs.tmqbench if of is Server else programs.plain_server, *load, **more))

        output.say("starting servers")
        groups, small, sizes = {}, Small(programs, start), Sizes(programs, start)
        if wanted("large"):
            large = Large(programs, start, tls)
            size = message_bytes(large.plain)
            groups["large"] = large.load(size), list(large.cases())
        if wanted("small"):
            size = message_bytes(small.server)
            groups["small"] = small.load(size), list(small.cases())
        for name, make in (("work", lambda: Work(programs, small.server)), ("sizes", lambda: sizes), ("trickle", lambda: Trickle(programs, start)),
                           ("threads", lambda: Threads(programs, start)),
                           ("consumers", lambda: Consumers(programs, start))):
            if wanted(name):
                load = make()
                groups[name] = load.load(), list(load.cases())
        for load, _ in groups.values():
            output.line(load)
        for number in range(args.rounds):
            for name, (_, cases) in groups.items():
                if output.round(number, cases):
                    output.say(f"round {number + 1} of {args.rounds}: {name}")
        if wanted("counts"):
            output.say("counting")
            for line in counting.counts(lambda server, messages: programs.consume(server, messages=messages), small.server, sizes.servers[1000]):
                output.line(line)
        if wanted("idle"):
            idle = Idle(programs, start, tls)
            output.line(idle.load())
            output.round(0, idle.cases())
            output.say("idle consumers")
    if wanted("huge"):
        with Server(programs.tmqbench, *HUGE) as server:
            huge = Huge(programs, server)
            output.line(huge.load(message_bytes(server)))
            output.round(0, huge.cases())
            output.say("huge messages")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--loads", type=lambda names: set(names.split(",")), help="only these")
    parser.add_argument("--load-before", type=float, default=os.getloadavg()[0], help="the load average, if there was something to build in between")
    args = parser.parse_args()
    with args.out.open("w") as file:
        output = Output(file)
        output.line(conditions(args.rounds, args.load_before))
        measure(args, output)
        output.say("done")


if __name__ == "__main__":
    main()
