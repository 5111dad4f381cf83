"""What is counted rather than timed: system calls by strace, heap allocations by valgrind. Of one message: the difference of two runs, one of which reads
twice as many, divided by the messages that it reads more."""
import re
import subprocess
import sys
import tempfile

MOVING = {"sendto", "sendmsg", "write", "writev", "recvfrom", "recvmsg", "read", "readv"}
MOST_MESSAGES = 2000


def _system_calls(command):
    """All that a program makes, and those of them that move bytes."""
    with tempfile.NamedTemporaryFile("r") as table:
        subprocess.run(["strace", "-f", "-c", "-U", "calls,errors,name", "-o", table.name, *command], check=True, capture_output=True)
        calls = {}
        for line in table.read().splitlines():
            words = line.split()
            if len(words) in (2, 3) and words[0].isdigit() and words[-1] != "total":
                calls[words[-1]] = int(words[0]), int(words[1]) if len(words) == 3 else 0
    return {"all": sum(made for made, _ in calls.values()), "moving": sum(made - failed for name, (made, failed) in calls.items() if name in MOVING),
            **{name: made - failed if name in MOVING else made for name, (made, failed) in calls.items()},
            "empty": sum(failed for name, (_, failed) in calls.items() if name in MOVING)}


def _allocations(command):
    """Calls of malloc and its kin, in the whole process."""
    done = subprocess.run(["valgrind", "--leak-check=no", "--undef-value-errors=no", *command], check=True, capture_output=True, text=True)
    return {"per_message": int(re.search(r"total heap usage: ([\d,]+) allocs", done.stderr).group(1).replace(",", ""))}


def _of_a_message(count, consume, server):
    messages = min(MOST_MESSAGES, server.messages // 2)
    once, twice = count(consume(server, messages)), count(consume(server, 2 * messages))
    return {name: (twice[name] - once.get(name, 0)) / messages for name in twice}


def _system_calls_line(name, message, consume, server):
    per = _of_a_message(_system_calls, consume, server)
    others = {word: value for word, value in per.items() if word not in MOVING | {"all", "moving"} and value >= 0.05}
    told = ", ".join(f"{value:.2f} {'receives of nothing' if word == 'empty' else word}" for word, value in sorted(others.items(), key=lambda item: -item[1]))
    return {"type": "count", "count": name, "message": message, "all": per["all"], "moving": per["moving"], "others": told}


def counts(consume, small, kib):
    """Lines of results, as far as the tools are there and may be used. `consume(server, messages)` is a command."""
    for make in (lambda: _system_calls_line("calls_small", "1 row", consume, small), lambda: _system_calls_line("calls_kib", "1,000 rows", consume, kib),
                 lambda: {"type": "count", "count": "allocations", **_of_a_message(_allocations, consume, small)}):
        try:
            yield make()
        except (FileNotFoundError, subprocess.CalledProcessError) as why:
            print(f"left out: a count, {why}", file=sys.stderr)
