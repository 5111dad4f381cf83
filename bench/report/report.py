#!/usr/bin/env python3
"""Turns lines of results into tables and pictures.

usage: report.py RESULTS.jsonl --out FILE.md --plots FOLDER

A result is a line of tmqbench consume, with two more keys where there are several of them: "case", its name, and "load", what it has read. Lines with
"type" say what the loads are and under which conditions they were read (bench/run.py writes them). Of the runs of one case the medians count.
The tables go between the marks in FILE.md, or make the whole of it when there are none.
"""
import argparse
import json
import os
import pathlib
import statistics
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import svg  # noqa: E402

BEGIN, END = "<!-- written by ./dev bench: begin -->", "<!-- written by ./dev bench: end -->"
CEILINGS = ("drain", "ping_pong")


class Case:
    """All runs of one client over one load."""

    def __init__(self, name, runs):
        self.name, self.runs, self.peer = name, runs, runs[0]["peer"]
        self.group = "ceiling" if self.peer in CEILINGS else "tmq" if self.peer == "tmq" else "other clients"

    def values(self, of, unit):
        """`of` per row or per message, in every run."""
        return [run[of] / run["rows" if unit == "rows" else "msgs"] for run in self.runs]

    def median(self, of, unit):
        return statistics.median(self.values(of, unit))

    def rate(self, unit):
        return 1 / self.median("seconds", unit)

    def rates(self, unit):
        return [1 / seconds for seconds in self.values("seconds", unit)]

    def memory_mb(self):
        return statistics.median(run.get("rss_kb", 0) for run in self.runs) / 1000


def check_sums(load, cases):
    """Whoever has read the same rows has the same sums."""
    read = [(case.name, run) for case in cases if case.group != "ceiling" for run in case.runs]
    for name, run in read[1:]:
        first = read[0][1]
        if run["rows"] != first["rows"]:
            continue
        alike = all(run[key] == first[key] for key in ("rows", "cells", "nulls", "bytes", "isum"))
        if not alike or abs(run["fsum"] - first["fsum"]) > 1e-9 * abs(first["fsum"]):
            sys.exit(f"{load}: {name} has read other rows than {read[0][0]}: {run} and {first}")


def number(value):
    if value >= 1e6:
        return f"{value / 1e6:,.3g} M"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def table(load, cases):
    unit = load["unit"]
    one = "row" if unit == "rows" else "message"
    scale, time = (1e9, "ns") if unit == "rows" else (1e6, "µs")
    drain = next((case for case in cases if case.peer == "drain"), None)
    of_drain = " of `drain` |" if drain else ""
    lines = [f"| | {unit}/s | slowest to fastest |{of_drain} CPU {time} per {one} |{of_drain} memory, MB |", "|---|" + "---:|" * (6 if drain else 4)]
    for case in cases:
        rates = case.rates(unit)
        cpu = case.median("cpu_s", unit)
        rate_of_drain = f" {case.rate(unit) / drain.rate(unit):.2f} |" if drain else ""
        cpu_of_drain = f" {cpu / drain.median('cpu_s', unit):.2f} |" if drain else ""
        lines.append(f"| {case.name} | {number(case.rate(unit))} | {number(min(rates))} to {number(max(rates))} |{rate_of_drain} {number(cpu * scale)} |"
                     f"{cpu_of_drain} {case.memory_mb():.0f} |")
    return lines


def draw(folder, load, cases):
    """The pictures of a load, as lines of Markdown paths: how fast, and with how much CPU."""
    unit = load["unit"]
    one = "row" if unit == "rows" else "message"
    scale, time = (1e9, "ns") if unit == "rows" else (1e6, "µs")
    made = []
    for kind, title, axis, values in (
            ("rate", load["title"] + ": how fast", f"{unit} per second", lambda case: case.rates(unit)),
            ("cpu", load["title"] + ": CPU time of the client", f"{time} per {one}", lambda case: [v * scale for v in case.values("cpu_s", unit)])):
        rows = [(case.name, case.group, statistics.median(values(case)), (min(values(case)), max(values(case)))) for case in cases]
        path = folder / f"{load['load']}_{kind}.svg"
        path.write_text(svg.bars(title, axis, rows))
        made.append((title, path))
    return made


def report(lines, out, plots):
    loads, conditions, runs = {}, [], {}
    for line in lines:
        if line.get("type") == "load":
            loads[line["load"]] = line
        elif line.get("type") == "conditions":
            conditions = line["text"]
        else:
            load = line.get("load", "results")
            loads.setdefault(load, {"load": load, "title": "Results", "unit": "rows", "text": []})
            runs.setdefault(load, {}).setdefault(line.get("case", f"{line['peer']} {line['mode']}"), []).append(line)
    plots.mkdir(parents=True, exist_ok=True)
    text = list(conditions)
    for name, load in loads.items():
        cases = [Case(case, of) for case, of in runs.get(name, {}).items()]
        if not cases:
            continue
        check_sums(name, cases)
        text += ["", f"### {load['title']}", "", *load["text"], "", *table(load, cases), ""]
        text += [f"![{title}]({os.path.relpath(path, out.parent)})" for title, path in draw(plots, load, cases)]
    return text


def write(out, text):
    body = "\n".join([BEGIN, *text, END])
    old = out.read_text() if out.exists() else ""
    if BEGIN in old and END in old:
        body = old[:old.index(BEGIN)] + body + old[old.index(END) + len(END):]
    else:
        body += "\n"
    out.write_text(body)


def main():
    parser = argparse.ArgumentParser(prog="tmqbench report")
    parser.add_argument("results", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--plots", type=pathlib.Path, required=True)
    args = parser.parse_args()
    lines = [json.loads(line) for line in args.results.read_text().splitlines() if line.strip()]
    write(args.out, report(lines, args.out, args.plots))


if __name__ == "__main__":
    main()
