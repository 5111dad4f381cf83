"""Holds instruction counts against those of limits.json: more than a little more fails, much less is told, so that the limits follow."""
import json
import pathlib
import subprocess

FILE = pathlib.Path(__file__).with_name("limits.json")
MEASURES, MESSAGES = "per item", "per message"
ALLOWED = {MEASURES: 1.05, MESSAGES: 1.08}
MUCH_LESS = 0.9
# What libc, zlib and libdeflate do; which is theirs to choose, by processor and by version.
NOT_LIMITED = ("inflate/", "column/memcpy", "column/copy_to")


def conditions():
    """What counts depend on besides the sources."""
    compiler = subprocess.run(["g++", "-dumpfullversion"], capture_output=True, text=True).stdout.strip()
    return {"compiler": f"g++ {compiler}", "processor": "AVX2" if " avx2 " in pathlib.Path("/proc/cpuinfo").read_text() else "no AVX2"}


def write(measures, messages):
    def rounded(counts):
        return {name: float(f"{count:.5g}") for name, count in counts.items() if not name.startswith(NOT_LIMITED)}

    FILE.write_text(json.dumps({"counted with": conditions(), MEASURES: rounded(measures), MESSAGES: rounded(messages)}, indent=2) + "\n")


def _compare(limits, counts, allowed):
    """Lines to print; whether all is within its limit."""
    lines, good = [], True
    for name in dict.fromkeys([*limits, *(name for name in counts if not name.startswith(NOT_LIMITED))]):
        limit, count = limits.get(name), counts.get(name)
        if limit is None or count is None:
            what = "has no limit" if limit is None else "is not measured any more"
            lines.append(f"FAILED {name} {what}: --write-limits")
            good = False
        elif count > limit * allowed:
            lines.append(f"FAILED {name}: {count:,.5g} instructions, {count / limit - 1:+.1%} of {limit:,.5g}, at most {allowed - 1:+.0%}")
            good = False
        elif count < limit * MUCH_LESS:
            lines.append(f"better {name}: {count:,.5g} instructions, {count / limit - 1:+.1%} of {limit:,.5g}: --write-limits holds on to it")
    return lines, good


def check(measures, messages):
    """Prints what is out of its limits; whether nothing is above."""
    if not FILE.exists():
        print("there are no limits: --write-limits")
        return False
    limits = json.loads(FILE.read_text())
    if limits["counted with"] != conditions():
        print(f"not compared: the limits were counted with {limits['counted with']}, this is {conditions()}")
        return True
    good = True
    for part, counts in ((MEASURES, measures), (MESSAGES, messages)):
        lines, within = _compare(limits[part], counts, ALLOWED[part])
        print(*lines, sep="\n", end="\n" if lines else "")
        good = good and within
    print(f"instructions {'are' if good else 'are NOT'} within limits: {len(limits[MEASURES])} measures, {len(limits[MESSAGES])} of whole messages")
    return good
