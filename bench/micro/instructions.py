"""Instructions, counted by callgrind: the same on a busy machine as on a quiet one.

What chooses between implementations at run time is told what to choose, as far as it listens: valgrind shows every program the same processor (with AVX2
where the machine has it), GLIBC_TUNABLES keeps memcpy from `rep movsb`, which callgrind counts byte by byte, and simdjson is told its implementation.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from cases import Programs  # noqa: E402
from servers import Server  # noqa: E402

PINNED = {
    "GLIBC_TUNABLES": "glibc.cpu.x86_rep_movsb_threshold=0x40000000:glibc.cpu.x86_rep_stosb_threshold=0x40000000:glibc.cpu.x86_non_temporal_threshold=0xc0000",
    "SIMDJSON_FORCE_IMPLEMENTATION": "haswell",
}
# A program is run so often and the least counts: how the bytes arrive is a matter of chance, and costs instructions.
TIMES = 3


def _callgrind(*command, dump="/dev/null"):
    """All instructions of a program."""
    done = subprocess.run(["valgrind", "--tool=callgrind", "--combine-dumps=yes", f"--callgrind-out-file={dump}", *command],
                          check=True, capture_output=True, text=True, env=os.environ | PINNED)
    return int(re.search(r"Collected : (\d+)", done.stderr).group(1))


def of_measures(microbench):
    """Of one pass of each microbenchmark, by name."""
    with tempfile.TemporaryDirectory() as directory:
        dump = pathlib.Path(directory, "callgrind.out")
        _callgrind(microbench, "--instructions", dump=dump)
        parts = re.findall(r"^desc: Trigger: Client Request: (.*?)$.*?^totals: (\d+)$", dump.read_text(), re.MULTILINE | re.DOTALL)
    return {name: int(count) for name, count in parts}


def _of_a_message(programs, server, messages, *options):
    """The difference between twice as many messages and so many, so that what is done once does not count."""
    once, twice = (min(_callgrind(*programs.consume(server, *options, messages=many)) for _ in range(TIMES)) for many in (messages, 2 * messages))
    return (twice - once) / messages


def of_messages(folder):
    """Of the whole client, `tmqbench consume`, for one message."""
    programs = Programs(folder)
    with Server(programs.tmqbench, 4000, 1) as small, Server(programs.tmqbench, 240, 1000, 5) as large:
        return {"small message, rows": _of_a_message(programs, small, 2000),
                "small message, prefetch 0": _of_a_message(programs, small, 2000, "--prefetch", 0),
                "large message, rows": _of_a_message(programs, large, 120),
                "large message, columns": _of_a_message(programs, large, 120, "--mode", "columns"),
                "large message, types at run time": _of_a_message(programs, large, 40, "--mode", "dynamic")}
