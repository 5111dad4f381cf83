"""What is read in a round, from which servers, and by whom."""
import dataclasses
import os
import pathlib
import shutil
import sys

from servers import PlainServer, Server

ROOT = pathlib.Path(__file__).resolve().parent.parent
GROUP = "a group of its own"
PLAIN = ", plain_server"
ROUNDS_OF_OTHERS = 3
# compressed or encrypted: the server is slow then
ROUNDS_OF_CODED = 9
WORK_MESSAGES, WORK_US = 2_000, (0, 20, 50, 100, 200, 400)
# messages of each size, by rows in one
SIZES = {1: 2_000, 10: 2_000, 100: 2_000, 1_000: 480, 10_000: 96}


@dataclasses.dataclass(frozen=True)
class Case:
    load: str
    name: str
    command: tuple
    x: int = None  # where it stands in a curve
    rounds: int = sys.maxsize
    server: Server = None  # whose CPU time is to be told, too
    cpu_of: tuple = ()  # (key of the CPU time, name) for each of the lines that its one line stands for

    def lines(self, number, result):
        """The lines of results that it comes to."""
        keys = {"load": self.load, "case": self.name, "round": number} | ({} if self.x is None else {"x": self.x})
        if not self.cpu_of:
            return [keys | result]
        return [keys | {"case": name} | result | {"cpu_s": result[key]} for key, name in self.cpu_of if key in result]


class Programs:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.tmqbench = str(self.folder / "tmqbench")
        self.plain_server = str(self.folder / "plain_server")

    def consume(self, server, *options, messages=None):
        rows = server.rows if messages is None else messages * server.rows // server.messages
        return self.tmqbench, "consume", "--url", server.url, "--topic", "bench", "--rows", str(rows), *map(str, options)

    def drain(self, server, messages=None):
        messages = messages or server.messages
        return (str(self.folder / "drain"), "--port", server.port, "--topic", "bench", "--messages", str(messages),
                "--rows", str(messages * server.rows // server.messages))

    def inflate(self, server):
        command = list(self.drain(server))
        return str(self.folder / "inflate"), *command[1:], "--rounds", "1"

    def latency(self, server, rows, rate, *options):
        return self.tmqbench, "latency", "--url", server.url, "--rows", str(rows), "--rate", str(rate), *map(str, options)

    def idle(self, server, consumers, seconds):
        return self.tmqbench, "idle", "--url", server.url, "--topic", "bench", "--consumers", str(consumers), "--seconds", str(seconds)


def other_clients(server):
    """The programs that consume with TDengine's own clients, of those that `./dev interop` has built; says which are left out."""
    sys.path.insert(0, str(ROOT / "interop" / "clients"))
    import clients
    for client in clients.CLIENTS.values():
        if not client.is_built():
            print(f"left out: {client.package} for {client.language}, not built: ./dev interop {client.language}", file=sys.stderr)
            continue
        rows = min(server.rows, client.most_rows)
        fewer = f", {rows:,} rows" if rows != server.rows else ""
        yield Case("large", f"{client.language}: {client.package}{fewer}",
                   (*client.program, "consume", "--url", server.url, "--topic", "bench", "--group", GROUP, "--rows", str(rows)), rounds=ROUNDS_OF_OTHERS)


class Large:
    """Messages of 5,000 rows: the cost of a row."""
    ahead = {"tmq: rows, prefetch 0": 0, "tmq: rows": 1, "tmq: columns": 1, "tmq: rows, prefetch 8": 8, "tmq: rows, compressed": 1,
             "tmq: columns, compressed": 1, "tmq: rows, TLS": 1}

    clients = ["drain" + PLAIN, "tmq: columns" + PLAIN, "drain", "tmq: columns", "tmq: rows", "tmq: rows, types at run time", "other clients"]
    transports = ["tmq: columns", "tmq: rows", "tmq: columns, compressed", "tmq: rows, compressed", "inflate: zlib", "inflate: libdeflate",
                  "inflate: as messages arrive", "tmq: columns, TLS", "tmq: rows, TLS"]

    def __init__(self, programs, start, tls):
        self.programs = programs
        self.plain = start(400, 1000, 5)
        self.ready = start(400, 1000, 5, of=PlainServer)
        self.tls = start(400, 1000, 5, tls) if tls else None

    def load(self, message_bytes):
        return {"type": "load", "load": "large", "unit": "rows", "title": "Large messages", "message_bytes": message_bytes, "prefetch": self.ahead,
                "text": [f"{self.plain.rows:,} rows of 7 columns, 53 bytes of values each, in {self.plain.messages} messages of 5 blocks, 2 vgroups. "
                         "`inflate` inflates the same messages again and again and does nothing else; `as messages arrive`, each once, with the faster library."],
                "pictures": [{"file": "large_rate", "of": "rate", "title": "Large messages: how fast", "cases": self.clients},
                             {"file": "large_cpu", "of": "cpu", "title": "Large messages: CPU time of the client", "cases": self.clients},
                             {"file": "transport_cpu", "of": "cpu", "title": "What compression and TLS cost: CPU time of the client", "cases": self.transports}]}

    def cases(self):
        programs, plain = self.programs, self.plain
        yield Case("large", "drain" + PLAIN, programs.drain(self.ready))
        yield Case("large", "tmq: columns" + PLAIN, programs.consume(self.ready, "--mode", "columns"))
        yield Case("large", "drain", programs.drain(plain))
        for name, options in (("columns", ("--mode", "columns")), ("rows", ()), ("rows, types at run time", ("--mode", "dynamic")),
                              ("rows, prefetch 0", ("--prefetch", 0)), ("rows, prefetch 8", ("--prefetch", 8))):
            yield Case("large", f"tmq: {name}", programs.consume(plain, *options))
        for name, options in (("columns", ("--mode", "columns")), ("rows", ())):
            yield Case("large", f"tmq: {name}, compressed", programs.consume(plain, *options, "--compress"), rounds=ROUNDS_OF_CODED)
            if self.tls:
                yield Case("large", f"tmq: {name}, TLS", programs.consume(self.tls, *options), rounds=ROUNDS_OF_CODED)
        yield Case("large", "inflate", programs.inflate(plain), rounds=ROUNDS_OF_CODED,
                   cpu_of=(("zlib_cpu_s", "inflate: zlib"), ("libdeflate_cpu_s", "inflate: libdeflate"), ("on_arrival_cpu_s", "inflate: as messages arrive")))
        yield from other_clients(plain)


class Small:
    """Messages of one row: the cost of a message."""
    ahead = {f"tmq: prefetch {ahead}": ahead for ahead in (0, 1, 8)}

    def __init__(self, programs, start):
        self.programs, self.server, self.ready = programs, start(20_000, 1), start(20_000, 1, of=PlainServer)

    def load(self, message_bytes):
        return {"type": "load", "load": "small", "unit": "messages", "title": "Small messages", "message_bytes": message_bytes, "prefetch": self.ahead,
                "text": [f"{self.server.messages:,} messages of one row: the cost of a message."]}

    def cases(self):
        yield Case("small", "drain" + PLAIN, self.programs.drain(self.ready))
        yield Case("small", "tmq: prefetch 1" + PLAIN, self.programs.consume(self.ready))
        yield Case("small", "drain", self.programs.drain(self.server))
        for name, ahead in self.ahead.items():
            yield Case("small", name, self.programs.consume(self.server, "--prefetch", ahead))


class Work:
    """The messages of one row again, with an application that has something to do."""

    def __init__(self, programs, server):
        self.programs, self.server = programs, server

    def load(self):
        picture = {"file": "prefetch", "of": "wall", "title": "Reading ahead of an application that works on each message"}
        return {"type": "load", "load": "work", "unit": "messages", "title": "Reading ahead",
                "text": [f"{WORK_MESSAGES:,} messages of one row, with `--work-us`: an application that is busy with each message. `prefetch 0` asks for a message when the application wants it, `1` (the default) and "
                         "`8` while it works. No client can be faster than the slower of the two, the application or all else (`drain`): both at once; without reading ahead they follow one another."],
                "curve": {"x": "µs of work on each message", "logarithmic": "", "alone": "drain", "pictures": [picture]}}

    def cases(self):
        yield Case("work", "drain", self.programs.drain(self.server, WORK_MESSAGES))
        for work in WORK_US:
            for ahead in (0, 1, 8):
                yield Case("work", f"prefetch {ahead}", self.programs.consume(self.server, "--prefetch", ahead, "--work-us", work, messages=WORK_MESSAGES), x=work)


class Sizes:
    """Messages of one block, from one row to ten thousand."""

    def __init__(self, programs, start):
        self.programs, self.servers = programs, {rows: start(messages, rows) for rows, messages in SIZES.items()}

    def load(self):
        pictures = [{"file": "latency", "of": "wall", "title": "From asking for a message to having it"},
                    {"file": "latency_cpu", "of": "cpu", "title": "CPU time of a message"}]
        return {"type": "load", "load": "sizes", "unit": "messages", "title": "Latency by size of message",
                "text": ["One block to a message. With `prefetch 0` a message is asked for when the one before it was read, so the time of a message is its latency: two round trips, the server's work, and reading every value."],
                "curve": {"x": "rows in a message", "pictures": pictures}}

    def cases(self):
        for rows, server in self.servers.items():
            yield Case("sizes", "drain", self.programs.drain(server), x=rows)
            yield Case("sizes", "tmq: columns, prefetch 0", self.programs.consume(server, "--prefetch", 0, "--mode", "columns"), x=rows)
            yield Case("sizes", "tmq: rows, prefetch 0", self.programs.consume(server, "--prefetch", 0), x=rows)


class Trickle:
    """Rows that come one by one while a consumer waits."""
    rows, rate, rounds = 200, 100, 9
    pace = "--report-version", "3.4.1.6", "--poll-pace", "10"

    def __init__(self, programs, start):
        self.programs, self.server = programs, start(8, 1, more=self.pace)

    def load(self):
        return {"type": "load", "load": "trickle", "title": "Rows that trickle",
                "text": [f"`tmqbench latency`: {self.rows} rows are inserted one by one, {self.rate} a second on average at random intervals, "
                         "while a consumer waits in a poll. The time is that from the answer to the insert until the row is there. "
                         "The server behaves like 3.4.1.6 and, as that does, looks for new rows every 10 ms (`--poll-pace 10`), "
                         "so the median of a client that adds nothing is about 5 ms. `drain` waits here in one poll after the other."],
                "columns": [["p50, ms", "p50_ms"], ["p90, ms", "p90_ms"], ["p99, ms", "p99_ms"]]}

    def cases(self):
        yield self.case("drain", "--client", "drain")
        for ahead in (0, 1, 8):
            yield self.case(f"tmq: prefetch {ahead}", "--prefetch", ahead)

    def case(self, name, *options):
        return Case("trickle", name, self.programs.latency(self.server, self.rows, self.rate, *options), rounds=self.rounds)


class Consumers:
    """The same messages for one consumer and for many, in one thread."""
    messages, counts = 100_000, (1, 10, 100, 1_000)
    rounds = 5

    def __init__(self, programs, start):
        self.programs, self.server = programs, start(self.messages, 1)

    def load(self):
        pictures = [{"file": "consumers_rate", "of": "rate", "title": "Many consumers in one thread: how fast"},
                    {"file": "consumers_cpu", "of": "read_cpu", "title": "Many consumers in one thread: CPU time of a message"}]
        return {"type": "load", "load": "consumers", "unit": "messages", "title": "Many consumers",
                "text": [f"{self.messages:,} messages of one row in all, read by consumers in one thread, each in a group of its own. Subscribing is not in it."], "apart": True,
                "curve": {"x": "consumers", "logarithmic": "x", "pictures": pictures}}

    def cases(self):
        for count in self.counts:
            yield Case("consumers", "tmq: rows", self.programs.consume(self.server, "--consumers", count, "--own-groups"), x=count, rounds=self.rounds)


class Threads:
    """Sixteen busy consumers, in one thread and in more."""
    consumers, counts = 16, (1, 2, 4)

    def __init__(self, programs, start):
        self.programs, self.server = programs, start(400, 1000, 5, vgroups=16)

    def load(self):
        picture = {"file": "threads", "of": "rate", "title": "16 busy consumers: how fast"}
        return {"type": "load", "load": "threads", "unit": "rows", "title": "Threads",
                "text": [f"{self.server.rows:,} rows in {self.server.messages} messages, read by {self.consumers} consumers of one group, with types at run time, so that there is more to do for the client than for the server, whose one thread needs a core, too."],
                "curve": {"x": "threads", "logarithmic": "", "pictures": [picture]}}

    def cases(self):
        for count in self.counts:
            yield Case("threads", "tmq: rows, types at run time",
                       self.programs.consume(self.server, "--consumers", self.consumers, "--threads", count, "--mode", "dynamic"), x=count, server=self.server)


class Idle:
    """Consumers with nothing to read."""
    seconds = 4

    def __init__(self, programs, start, tls):
        self.programs, self.plain = programs, start(8, 1)
        self.tls = start(8, 1, tls=tls) if tls else None

    def load(self):
        return {"type": "load", "load": "idle", "title": "Idle consumers",
                "text": [f"Consumers of a topic with nothing new, in one thread, each in a group of its own: {self.seconds} s while nobody polls, and {self.seconds} s while all wait in a poll."],
                "columns": [["memory of each, KiB", "rss_kb_each"], ["CPU share, nobody polls", "idle_cpu_share"], ["CPU share, all poll", "poll_cpu_share"],
                            ["CPU µs per poll", "cpu_us_per_poll"]]}

    def cases(self):
        for count in (1, 1000):
            yield Case("idle", f"{count:,} plain", self.programs.idle(self.plain, count, self.seconds))
        if self.tls:
            yield Case("idle", "1,000 over TLS", self.programs.idle(self.tls, 1000, self.seconds))


class Huge:
    """A few messages of 16 MB: what memory depends on."""
    messages = 16

    def __init__(self, programs, server):
        self.programs, self.server = programs, server

    cases_and_ahead = {"tmq: columns, prefetch 0": (0, ()), "tmq: columns, prefetch 1": (1, ()), "tmq: columns, prefetch 8": (8, ()),
                       "tmq: columns, prefetch 1, compressed": (1, ("--compress",))}

    def load(self, message_bytes):
        return {"type": "load", "load": "huge", "unit": "rows", "title": "Huge messages", "message_bytes": message_bytes, "pictures": [],
                "prefetch": {name: ahead for name, (ahead, _) in self.cases_and_ahead.items()},
                "text": [f"{self.messages} messages of {message_bytes / 1e6:.0f} MB, read once: what memory they take."]}

    def cases(self):
        yield Case("huge", "drain", self.programs.drain(self.server))
        for name, (ahead, options) in self.cases_and_ahead.items():
            yield Case("huge", name, self.programs.consume(self.server, "--mode", "columns", "--prefetch", ahead, *options))
