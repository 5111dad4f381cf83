#!/usr/bin/env python3
"""Runs the microbenchmarks: instructions from callgrind, and, unless told otherwise, time and throughput from Google Benchmark, as a table.

usage: report.py BIN [--instructions-only [--write-limits]] [--out FILE.md]

BIN is the folder with microbench and tmqbench. Fails when the instructions for checking a message of fixed-width columns depend on its rows, and when
there are more than limits.json allows, of a measure or of a whole message.
"""
import argparse
import json
import pathlib
import subprocess
import sys

import instructions
import limits

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "report"))
import page  # noqa: E402


def items_of(microbench):
    """How many items a pass of each measure goes through; what they are."""
    listed = subprocess.run([microbench, "--items"], check=True, capture_output=True, text=True).stdout
    lines = (line.rsplit(" ", 2) for line in listed.splitlines())
    return {name: (int(items), item) for name, items, item in lines}


def measure_times(microbench):
    """Medians of five repetitions, the benchmarks interleaved, in their order."""
    out = subprocess.run([microbench, "--benchmark_format=json", "--benchmark_repetitions=5", "--benchmark_enable_random_interleaving=true",
                          "--benchmark_min_time=0.1", "--benchmark_report_aggregates_only=true"], check=True, capture_output=True, text=True).stdout
    return {b["run_name"]: b for b in json.loads(out)["benchmarks"] if b["aggregate_name"] == "median"}


def table(per_item, items, messages, times):
    lines = ["| measure | ns | per | GB/s | instructions |", "|---|---:|---|---:|---:|"]
    for name, count in per_item.items():
        time = times[name]
        speed = f"{time['bytes_per_second'] / 1e9:,.3g}" if time.get("bytes_per_second") else ""
        lines.append(f"| {name} | {time['cpu_time'] / items[name][0]:,.3g} | {items[name][1]} | {speed} | {count:,.4g} |")
    lines += ["", "| the whole client | instructions per message |", "|---|---:|"]
    lines += [f"| {name} | {count:,.0f} |" for name, count in messages.items()]
    ratios = (f"{times[f'column/sum/rows:{rows}']['bytes_per_second'] / times[f'column/memcpy/rows:{rows}']['bytes_per_second']:.2f} for {rows:,}"
              for rows in (4096, 65536, 1000000, 8000000))
    return [*lines, "", f"`column/sum` goes through so much of `memcpy`'s bytes per second, by rows: {', '.join(ratios)}."]


def check_rows_do_not_matter(per_item):
    few, many = per_item["validate/fixed/rows:10"], per_item["validate/fixed/rows:10000"]
    print(f"checking six fixed-width columns: {few:.0f} instructions with 10 rows, {many:.0f} with 10,000 rows")
    return abs(many - few) <= few * 0.05


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin", type=pathlib.Path)
    parser.add_argument("--instructions-only", action="store_true")
    parser.add_argument("--write-limits", action="store_true", help="what is counted now is what will be allowed")
    parser.add_argument("--out", type=pathlib.Path, help="the page that the table goes into")
    args = parser.parse_args()
    microbench = str(args.bin / "microbench")
    items = items_of(microbench)
    per_item = {name: count / items[name][0] for name, count in instructions.of_measures(microbench).items()}
    messages = instructions.of_messages(args.bin)
    if not args.instructions_only:
        lines = table(per_item, items, messages, measure_times(microbench))
        print(*lines, sep="\n")
        if args.out:
            page.write_between(args.out, "microbenchmarks, written by ./dev bench", lines)
    if args.write_limits:
        limits.write(per_item, messages)
    if not check_rows_do_not_matter(per_item):
        sys.exit("the cost depends on the rows")
    if args.instructions_only and not limits.check(per_item, messages):
        sys.exit("too many instructions")


if __name__ == "__main__":
    main()
