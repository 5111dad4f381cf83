"""What speed is aimed at, what was measured of it, and, where a target is not met, what stands in the way (explanations.md)."""
import dataclasses
import os
import pathlib

from results import PLAIN, cpu, of_rounds, read_cpu, wall
from tables import ratio

KIB, MB = 1024, 1e6
WORK_US = 200


@dataclasses.dataclass(frozen=True)
class Line:
    key: str  # of the explanation
    number: int
    what: str  # and how much of it
    measured: str  # empty when there was nothing to measure it with
    met: bool = False

    def verdict(self):
        return "not measured" if not self.measured else "met" if self.met else "**not met**"


def _ratio(key, number, what, value, at_most=None, at_least=None, more=""):
    if value is None:
        return Line(key, number, what, "")
    return Line(key, number, what, ratio(value) + more, value <= at_most if at_least is None else value >= at_least)


def _leanest(results):
    """Of the other clients that have read the large messages, the one that takes the least CPU time of a row."""
    others = [case for case in results.cases("large") if case.group == "other clients"]
    leanest = min(others, key=lambda case: case.median(cpu), default=None)
    for mode, how, bound, name in (("rows", "row by row", 1 / 4, "1/4"), ("columns", "columns", 1 / 6, "1/6")):
        value = of_rounds(lambda ours, theirs: cpu(ours) / cpu(theirs), results.case("large", f"tmq: {mode}"), leanest)
        yield _ratio(f"leanest_{mode}", 1, f"CPU per row, {how}, of the leanest of the other clients': at most {name}", value, at_most=bound,
                     more=f" ({leanest.name})" if leanest else "")


def _of_drain(results, load, name, server=""):
    """How fast it is, of the least that a client of this server can do."""
    return of_rounds(lambda ours, least: wall(least) / wall(ours), results.case(load, name + server), results.case(load, "drain" + server))


def _bulk(results):
    ours = "tmq: columns"
    plain = _of_drain(results, "large", ours, PLAIN)
    yield _ratio("bulk", 2, "Large messages, columns, rows/s of `drain`: at least 0.85", _of_drain(results, "large", ours), at_least=0.85,
                 more=f" (with `plain_server`, both of them: {ratio(plain)})" if plain else "")


def _small(results):
    """The ceiling is a plain socket program's two round trips: with the same server, and with one that does next to no work."""
    for key, server, of in (("small", "", "`drain`, same server"), ("small_plain", PLAIN, "`drain`, both with `plain_server`")):
        yield _ratio(key, 3, f"Messages of 1 row, messages/s of {of}: at least 0.9", _of_drain(results, "small", "tmq: prefetch 1", server), at_least=0.9)


def _overlap(results):
    """`drain` is the server alone: all that it and the machine take for a message, with nobody working on it."""
    drain = results.case("work", "drain")

    def longest(one, alone):
        return wall(one, "msgs") / max(wall(alone, "msgs"), WORK_US / 1e6)

    values = {ahead: of_rounds(longest, results.case("work", f"prefetch {ahead}", WORK_US), drain) for ahead in (0, 1, 8)}
    more = f" (prefetch 8: {ratio(values[8])}, 0: {ratio(values[0])})" if None not in values.values() else ""
    line = _ratio("overlap", 3, f"{WORK_US} µs of work on each, prefetch 1, time per message, of max(work, `drain`): at most 1.1", values[1], at_most=1.1, more=more)
    yield dataclasses.replace(line, met=line.met and values[8] is not None and values[8] <= 1.1)


def _trickle(results):
    drain = results.case("trickle", "drain")
    values = {ahead: of_rounds(lambda ours, least: ours["p50_ms"] / least["p50_ms"], results.case("trickle", f"tmq: prefetch {ahead}"), drain)
              for ahead in (0, 1, 8)}
    more = f" (prefetch 0: {ratio(values[0])}, 8: {ratio(values[8])})" if None not in values.values() else ""
    yield _ratio("trickle", 8, "Rows that trickle, prefetch 1, from insert to delivery, p50 of that of `drain` that waits: at most 1.15",
                 values[1], at_most=1.15, more=more)


def _allocations(results):
    count = results.counts.get("allocations")
    yield Line("allocations", 4, "Heap allocations per message: 0", f"{count['per_message']:g}" if count else "", bool(count) and count["per_message"] == 0)


def _system_calls(results):
    counts = [results.counts[name] for name in ("calls_small", "calls_kib") if name in results.counts]
    moving = max((count["moving"] for count in counts), default=0)
    told = ", ".join(f"{count['moving']:.1f} with {count['message']}" for count in counts)
    yield Line("system_calls", 4, "System calls that move bytes, per message below 64 KiB: at most 4", told, round(moving, 1) <= 4)


def _compressed(results):
    """The library that tmq was built with is the faster one of those that there are."""
    inflate = results.case("large", "inflate: libdeflate") or results.case("large", "inflate: zlib")

    def of_bound(alone):
        return of_rounds(lambda ours, alone, plain: cpu(ours) / (1.05 * cpu(alone) + cpu(plain)), results.case("large", "tmq: columns, compressed"), alone,
                         results.case("large", "tmq: columns"))

    value, on_arrival = of_bound(inflate), of_bound(results.case("large", "inflate: as messages arrive"))
    yield _ratio("compressed", 5, f"Compressed, columns, CPU of 1.05 x `{inflate.name if inflate else 'inflate'}` alone + uncompressed columns: at most 1", value, at_most=1,
                 more=f" (inflated as messages arrive: {ratio(on_arrival)})" if on_arrival else "")


def _consumers(results):
    plain, tls, one = (results.case("idle", name) for name in ("1,000 plain", "1,000 over TLS", "1 plain"))
    if not plain:
        yield Line("idle_memory", 6, "1,000 idle consumers, KiB of memory each: at most 40", "")
    else:
        each, share = plain.median(lambda line: line["rss_kb_each"]), plain.median(lambda line: line["idle_cpu_share"])
        more = f" (TLS: {tls.median(lambda line: line['rss_kb_each']):.1f})" if tls else ""
        yield Line("idle_memory", 6, "1,000 idle consumers, KiB of memory each: at most 40", f"{each:.1f}{more}", each <= 40)
        per_poll = [f"{case.median(lambda line: line['cpu_us_per_poll']):.0f} with {name}" for case, name in ((plain, "1,000"), (one, "1")) if case]
        yield Line("idle_cpu", 6, "1,000 idle consumers in one thread, share of a core besides their polls: below 1 %",
                   f"{share:.4%} (CPU µs per poll: {', '.join(per_poll)})", share < 0.01)
    places = {case.x: case for case in results.cases("consumers")}
    if len(places) > 1:
        alone = places[min(places)]
        values = {x: of_rounds(lambda one, least: read_cpu(one) / read_cpu(least), case, alone) for x, case in places.items() if case is not alone}
        yield Line("consumers", 6, "CPU per message with many consumers in one thread, of one consumer's: at most 1.25",
                   ", ".join(f"{ratio(value)} with {x:,}" for x, value in values.items()), max(values.values()) <= 1.25)
    yield _threads(results)


def _threads(results):
    """The least time in which so many cores can do the work of both, and so many threads that of the client."""
    four, one = (results.case("threads", "tmq: rows, types at run time", threads) for threads in (4, 1))

    def of_what_is_possible(line):
        possible = max((line["read_cpu_s"] + line["server_cpu_s"]) / os.cpu_count(), line["read_cpu_s"] / 4)
        return possible / line["seconds"]

    faster = of_rounds(lambda of_four, of_one: of_one["seconds"] / of_four["seconds"], four, one)
    dearer = of_rounds(lambda of_four, of_one: read_cpu(of_four) / read_cpu(of_one), four, one)
    more = f" ({ratio(faster)} times as fast as 1 thread, with {ratio(dearer)} of its CPU time)" if faster else ""
    return _ratio("scaling", 6, f"16 busy consumers in 4 threads, rows/s of what {os.cpu_count()} cores allow client and server: at least 0.8",
                  of_rounds(of_what_is_possible, four), at_least=0.8, more=more)


def _memory(results):
    """The most that any case takes of its bound."""
    worst = {}
    for load in results.loads.values():
        for name, ahead in load.get("prefetch", {}).items():
            case = results.case(load["load"], name)
            if case is None:
                continue
            bound = 3 * (ahead + 1) * load["message_bytes"] + 8 * MB
            taken = case.median(lambda line: line["rss_kb"]) * KIB
            told = f" ({load['title'].lower()}, {name.removeprefix('tmq: ')}: {taken / MB:.1f} of {bound / MB:.1f} MB)"
            key = "memory_tls" if "TLS" in name else "memory"
            worst[key] = max(worst.get(key, (0, "")), (taken / bound, told))
    for key, how in (("memory", "plain or compressed"), ("memory_tls", "over TLS")):
        value, told = worst.get(key, (None, ""))
        yield _ratio(key, 7, f"The most memory at any time, {how}, of 3 x (prefetch + 1) x message + 8 MB: at most 1", value, at_most=1, more=told)


def all_targets(results):
    for of in (_leanest, _bulk, _small, _overlap, _allocations, _system_calls, _compressed, _consumers, _memory, _trickle):
        yield from of(results)


def explanations():
    """Paragraphs by key."""
    text = pathlib.Path(__file__).with_name("explanations.md").read_text()
    return {part.split("\n", 1)[0].strip(): part.split("\n", 1)[1].strip() for part in text.split("\n## ")[1:]}


def as_text(results):
    lines = list(all_targets(results))
    if not any(line.measured for line in lines):
        return []
    text = ["## Targets", "", "| | target | measured | |", "|---|---|---|---|"]
    text += [f"| {line.number} | {line.what} | {line.measured} | {line.verdict()} |" for line in lines]
    why = explanations()
    for line in lines:
        if line.measured and not line.met:
            text += ["", f"**{line.number}, {line.what.rsplit(': ', 1)[0]}.** {why.get(line.key, '')}".rstrip()]
    return text
