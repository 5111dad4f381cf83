"""Consumes a topic with TDengine's own client for Python (taos-ws-py)."""

import argparse
import json
import math
import resource
import sys
import time
from urllib.parse import unquote, urlsplit

import taosws

PATIENCE_S = 60
POLL_S = 1.0
HEAD_MESSAGES = 5

WIDTHS = {
    "BOOL": 1, "TINYINT": 1, "SMALLINT": 2, "INT": 4, "BIGINT": 8,
    "TINYINT UNSIGNED": 1, "SMALLINT UNSIGNED": 2, "INT UNSIGNED": 4, "BIGINT UNSIGNED": 8,
    "FLOAT": 4, "DOUBLE": 8, "TIMESTAMP": 8,
}  # fmt: skip
FLOATS = ("FLOAT", "DOUBLE")


class Refused(Exception):
    pass


def expect(condition, text):
    if not condition:
        raise Refused(text)


class Sums:
    """What every client of the comparison must find in the same rows."""

    def __init__(self):
        self.rows = self.cells = self.nulls = self.bytes = self.isum = 0
        self.fsum = 0.0

    @staticmethod
    def sort_columns(block):
        """The columns by how their values are added up: index and width of each."""
        columns = {"timestamp": [], "integer": [], "float": [], "text": []}
        for index, field in enumerate(block.fields()):
            kind = field.type()
            if kind == "TIMESTAMP":
                group = "timestamp"
            elif kind in FLOATS:
                group = "float"
            else:
                group = "integer" if kind in WIDTHS else "text"
            columns[group].append((index, WIDTHS.get(kind, 0)))
        return columns.values()

    def add_block(self, block):
        timestamps, integers, floats, texts = self.sort_columns(block)
        size = isum = nulls = 0
        fsum = self.fsum
        rows = block.fetchall()
        for row in rows:
            for index, width in timestamps:
                value = row[index]
                if value is None:
                    nulls += 1
                else:
                    size += width
                    isum += round(value.timestamp() * 1000)
            for index, width in integers:
                value = row[index]
                if value is None:
                    nulls += 1
                else:
                    size += width
                    isum += value
            for index, width in floats:
                value = row[index]
                if value is None:
                    nulls += 1
                else:
                    size += width
                    fsum += value
            for index, _ in texts:
                value = row[index]
                if value is None:
                    nulls += 1
                elif isinstance(value, str) and not value.isascii():
                    size += len(value.encode())
                else:
                    size += len(value)
        self.rows += len(rows)
        self.cells += len(rows) * block.ncols()
        self.nulls += nulls
        self.bytes += size
        self.isum += isum
        self.fsum = fsum

    def wrapped_isum(self):
        return (self.isum + 2**63) % 2**64 - 2**63


def open_consumer(options):
    url = urlsplit(options.url)
    return taosws.Consumer(
        {
            "td.connect.websocket.scheme": url.scheme,
            "td.connect.ip": url.hostname,
            "td.connect.port": str(url.port or 6041),
            "td.connect.user": unquote(url.username or "root"),
            "td.connect.pass": unquote(url.password or "taosdata"),
            "group.id": options.group,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": "false",
            "msg.with.table.name": "true",
        }
    )


def next_message(consumer, sums, wanted):
    """The next message; an empty poll is not the end of a topic."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        message = consumer.poll(timeout=POLL_S)
        if message is not None:
            return message
    raise Refused(f"{sums.rows} of {wanted} rows came")


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def consume(options):
    consumer = open_consumer(options)
    cpu = cpu_seconds()
    consumer.subscribe([options.topic])
    sums = Sums()
    messages = blocks = 0
    start = time.perf_counter()
    first = None
    while sums.rows < options.rows:
        message = next_message(consumer, sums, options.rows)
        if first is None:
            first = time.perf_counter() - start
        messages += 1
        for block in message:
            blocks += 1
            sums.add_block(block)
    seconds = time.perf_counter() - start
    result = {
        "peer": "python",
        "mode": "rows",
        "rows": sums.rows,
        "cells": sums.cells,
        "nulls": sums.nulls,
        "bytes": sums.bytes,
        "msgs": messages,
        "blocks": blocks,
        "isum": sums.wrapped_isum(),
        "fsum": sums.fsum if math.isfinite(sums.fsum) else None,
        "first_s": first,
        "seconds": seconds,
        "rows_per_s": sums.rows / seconds,
        "cpu_s": cpu_seconds() - cpu,
    }
    print(json.dumps(result), flush=True)
    consumer.close()


def read(consumer, rows, most_messages=sys.maxsize):
    """Adds up messages until there are `rows` rows; also gives the last message."""
    sums = Sums()
    message = None
    while sums.rows < rows and most_messages > 0:
        message = next_message(consumer, sums, rows)
        for block in message:
            sums.add_block(block)
        most_messages -= 1
    return sums, message


def expect_nothing(consumer):
    expect(consumer.poll(timeout=POLL_S) is None, "rows behind the last one")


def beginnings(consumer, topic):
    """Where the log of every assigned vgroup begins."""
    for of_topic in consumer.assignment():
        if of_topic.topic() == topic:
            return {one.vg_id(): one.begin() for one in of_topic.assignments()}
    raise Refused("no vgroup is assigned")


def offsets(options):
    """Reads a topic of options.rows rows, goes back and reads it again, leaves a group that has finished its first messages, and prints
    what is left for it to read."""
    topic = options.topic
    consumer = open_consumer(options)
    consumer.subscribe([topic])
    begin = beginnings(consumer, topic)

    def positions():
        return {vgroup: consumer.position(topic, vgroup) for vgroup in begin}

    def committed():
        return {vgroup: consumer.committed(topic, vgroup) for vgroup in begin}

    def commit(offsets_of_vgroups):
        for vgroup, offset in offsets_of_vgroups.items():
            consumer.commit_offset(topic, vgroup, offset)

    head, last = read(consumer, options.rows, HEAD_MESSAGES)
    behind_head = positions()
    consumer.commit(last)
    expect(committed() == behind_head, f"committed {committed()} instead of {behind_head}")
    tail, _ = read(consumer, options.rows - head.rows)
    expect(head.rows + tail.rows == options.rows, f"{head.rows + tail.rows} rows instead of {options.rows}")

    for vgroup, offset in begin.items():
        consumer.seek(topic, vgroup, offset)
    expect(positions() == begin, f"position {positions()} behind a seek to {begin}")
    again, _ = read(consumer, options.rows)
    expect((again.rows, again.isum) == (options.rows, head.isum + tail.isum), "other rows after a seek")
    expect_nothing(consumer)

    commit(begin)
    expect(committed() == begin, f"committed {committed()} instead of {begin}")
    commit(behind_head)
    expect(committed() == behind_head, f"committed {committed()} instead of {behind_head}")
    consumer.unsubscribe()
    consumer.close()

    follower = open_consumer(options)
    follower.subscribe([topic])
    rest, _ = read(follower, options.rows - head.rows)
    expect((rest.rows, rest.isum) == (tail.rows, tail.isum), f"the next consumer of the group found {rest.rows} rows instead of {tail.rows}")
    expect_nothing(follower)
    follower.unsubscribe()
    follower.close()
    print(json.dumps({"peer": "python", "rows": rest.rows, "isum": rest.wrapped_isum()}))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=["consume", "offsets"])
    parser.add_argument("--url", default="ws://127.0.0.1:6041")
    parser.add_argument("--topic", required=True)
    parser.add_argument("--group", default="python")
    parser.add_argument("--rows", type=int, required=True, help="rows to read; for offsets: all rows of the topic")
    options = parser.parse_args()
    try:
        {"consume": consume, "offsets": offsets}[options.command](options)
    except (Refused, taosws.Error) as e:
        print(f"python: {e!r}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
