"""Lines of results, sorted by what was read and by whom.

A result is a line of tmqbench consume, with more keys where there are several of them: "load", what was read; "case", by whom; "round"; and "x" in a
curve, where it stands. Lines with "type" say what the loads are, under which conditions they were read, and what was counted rather than timed.
"""
import statistics
import sys

CEILINGS = ("drain", "inflate")


def unit_of(load):
    """The key of a result that counts the load's units, and the word for one."""
    return ("rows", "row") if load.get("unit", "rows") == "rows" else ("msgs", "message")


def wall(line, unit="rows"):
    return line["seconds"] / line[unit]


def cpu(line, unit="rows"):
    return line["cpu_s"] / line[unit]


def read_cpu(line, unit="rows"):
    """Without what it takes to begin."""
    return line.get("read_cpu_s", line["cpu_s"]) / line[unit]


# behind the name of a client whose server is `plain_server`
PLAIN = ", plain_server"


class Case:
    """All runs of one client over one load, at one place of a curve."""

    def __init__(self, name, x):
        self.name, self.x, self.runs = name, x, {}

    def add(self, line):
        self.runs[line.get("round", len(self.runs))] = line

    @property
    def peer(self):
        return next(iter(self.runs.values()))["peer"]

    @property
    def is_plainly_served(self):
        return self.name.endswith(PLAIN)

    @property
    def is_timed(self):
        return all("seconds" in line for line in self.runs.values())

    @property
    def group(self):
        return "ceiling" if self.peer in CEILINGS else "tmq" if self.peer == "tmq" else "other clients"

    def values(self, of):
        return [of(line) for line in self.runs.values()]

    def median(self, of):
        return statistics.median(self.values(of))


def of_rounds(function, *cases):
    """The median of `function` over the rounds in which all `cases` were run, so that what slows the machine for a while slows them all; nothing
    when one is missing."""
    if None in cases:
        return None
    rounds = set.intersection(*(set(case.runs) for case in cases))
    return statistics.median(function(*(case.runs[one] for case in cases)) for one in rounds) if rounds else None


class Results:
    def __init__(self, lines):
        self.conditions, self.loads, self.counts, self._cases = [], {}, {}, {}
        for line in lines:
            kind = line.get("type")
            if kind == "load":
                self.loads[line["load"]] = line
            elif kind == "conditions":
                self.conditions = line["text"]
            elif kind == "count":
                self.counts[line["count"]] = line
            else:
                self._add(line)
        for load in self.loads:
            self._check_sums(load)

    def _add(self, line):
        load = line.get("load", "results")
        self.loads.setdefault(load, {"load": load, "title": "Results", "unit": "rows", "text": []})
        key = line.get("case") or f"{line['peer']} {line['mode']}", line.get("x")
        self._cases.setdefault(load, {}).setdefault(key, Case(*key)).add(line)

    def cases(self, load):
        return list(self._cases.get(load, {}).values())

    def case(self, load, name, x=None):
        return self._cases.get(load, {}).get((name, x))

    def _check_sums(self, load):
        """Whoever has read the same rows has the same sums. Consumers that read apart have read some rows of a topic more than once, others not."""
        first = {}
        if "columns" in self.loads[load] or self.loads[load].get("apart"):
            return
        for case in self.cases(load):
            if case.group == "ceiling":
                continue
            for run in case.runs.values():
                name, other = first.setdefault((case.x, run["rows"]), (case.name, run))
                alike = all(run[key] == other[key] for key in ("rows", "cells", "nulls", "bytes", "isum"))
                if not alike or abs(run["fsum"] - other["fsum"]) > 1e-9 * abs(other["fsum"]):
                    sys.exit(f"{load}: {case.name} has read other rows than {name}: {run} and {other}")
