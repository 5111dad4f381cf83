#!/usr/bin/env python3
"""Runs the microbenchmarks and prints a table: time and throughput from Google Benchmark, instructions from callgrind.

usage: report.py MICROBENCH [--instructions-only]

Fails when the instructions for checking a message of fixed-width columns depend on its rows.
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile


def count_instructions(program):
    """Instructions of one pass, by name."""
    with tempfile.TemporaryDirectory() as directory:
        dump = pathlib.Path(directory, "callgrind.out")
        subprocess.run(["valgrind", "--tool=callgrind", "--combine-dumps=yes", f"--callgrind-out-file={dump}", program, "--instructions"],
                       check=True, capture_output=True)
        parts = re.findall(r"^desc: Trigger: Client Request: (.*?)$.*?^totals: (\d+)$", dump.read_text(), re.MULTILINE | re.DOTALL)
    return {name: int(count) for name, count in parts}


def measure_times(program):
    """Medians of five repetitions, the benchmarks interleaved, in their order."""
    out = subprocess.run([program, "--benchmark_format=json", "--benchmark_repetitions=5", "--benchmark_enable_random_interleaving=true",
                          "--benchmark_min_time=0.1", "--benchmark_report_aggregates_only=true"], check=True, capture_output=True, text=True).stdout
    return {b["run_name"]: b for b in json.loads(out)["benchmarks"] if b["aggregate_name"] == "median"}


def print_table(instructions, times):
    print("| measure | ns | per | GB/s | instructions |\n|---|---:|---|---:|---:|")
    for name, count in instructions.items():
        time = times[name]
        items = time["items"]
        print(f"| {name} | {time['cpu_time'] / items:,.3g} | {time['label']} | {time['bytes_per_second'] / 1e9:,.3g} | {count / items:,.4g} |")
    for rows in (4096, 65536, 1000000, 8000000):
        ratio = times[f"column/sum/rows:{rows}"]["bytes_per_second"] / times[f"column/memcpy/rows:{rows}"]["bytes_per_second"]
        print(f"\nsum of {rows:,} INT rows: {ratio:.2f} of memcpy's bytes per second", end="")
    print()


def check(instructions):
    few, many = instructions["validate/fixed/rows:10"], instructions["validate/fixed/rows:10000"]
    print(f"\nchecking six fixed-width columns: {few} instructions with 10 rows, {many} with 10,000 rows")
    return abs(many - few) <= few * 0.05


def main():
    program = sys.argv[1]
    instructions = count_instructions(program)
    if "--instructions-only" not in sys.argv:
        print_table(instructions, measure_times(program))
    if not check(instructions):
        sys.exit("the cost depends on the rows")


if __name__ == "__main__":
    main()
