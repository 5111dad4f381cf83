#!/usr/bin/env python3
"""Turns lines of results into tables and pictures.

usage: report.py RESULTS.jsonl --out FILE.md --plots FOLDER

results.py says what the lines are. Of the runs of one case the medians count; what is told of two cases is the median of what they are to each
other in each round. The tables go between the marks in FILE.md, or to its end when there are none.
"""
import argparse
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import page  # noqa: E402
import pictures  # noqa: E402
import tables  # noqa: E402
import targets  # noqa: E402
from results import Results  # noqa: E402


def report(results, out, plots):
    plots.mkdir(parents=True, exist_ok=True)
    text = targets.as_text(results)
    if results.conditions:
        text += ["", "## Reading topics", "", *results.conditions]
    for name, load in results.loads.items():
        cases = results.cases(name)
        if not cases:
            continue
        text += ["", f"### {load['title']}", "", *load["text"], ""]
        if "curve" in load:
            text += pictures.of_curve(load, cases, plots, out)
        elif "columns" in load:
            text += tables.plain_table(load["columns"], cases)
        else:
            text += [*tables.case_table(load, cases), "", *pictures.of_cases(load, cases, plots, out)]
    return text[1:] if text and not text[0] else text


def main():
    parser = argparse.ArgumentParser(prog="tmqbench report")
    parser.add_argument("results", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--plots", type=pathlib.Path, required=True)
    args = parser.parse_args()
    results = Results([json.loads(line) for line in args.results.read_text().splitlines() if line.strip()])
    page.write_between(args.out, "written by ./dev bench", report(results, args.out, args.plots))
    if calls := tables.system_calls(results.counts):
        page.write_between(args.out, "system calls, written by ./dev bench", calls)


if __name__ == "__main__":
    main()
