"""Blocks as pyarrow sees them: every type, every value and null, and who keeps the memory."""

import ctypes
import datetime
import decimal
import gc
import json
import os
import pathlib
import random
import struct
import unittest

import pyarrow as pa
import pyarrow.compute as compute
import wire

decimal.getcontext().prec = 60
DATA = pathlib.Path(os.environ["TMQ_TEST_DATA"])
UNITS = ("ms", "us", "ns")


def load_library():
    library = ctypes.CDLL(os.environ["TMQ_ARROW_EXPORT"])
    library.message_open.restype = ctypes.c_void_p
    library.message_open.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_size_t]
    library.message_close.argtypes = [ctypes.c_void_p]
    library.message_blocks.restype = ctypes.c_size_t
    library.message_blocks.argtypes = [ctypes.c_void_p]
    library.message_export.restype = ctypes.c_bool
    library.message_export.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p, ctypes.c_void_p]
    return library


library = load_library()


class Message:
    """Keeps its message only inside the with statement; record batches must live on by themselves."""

    def __init__(self, raw, shift=0):
        self.handle = library.message_open(raw, len(raw), shift)
        if not self.handle:
            raise ValueError("not a valid message")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        library.message_close(self.handle)

    def __len__(self):
        return library.message_blocks(self.handle)

    def export(self, block):
        # struct ArrowSchema and struct ArrowArray: 9 and 10 words.
        schema, array = (ctypes.c_uint64 * 9)(), (ctypes.c_uint64 * 10)()
        if not library.message_export(self.handle, block, ctypes.addressof(schema), ctypes.addressof(array)):
            raise ValueError("not exported")
        return schema, array

    def batch(self, block):
        schema, array = self.export(block)
        return pa.RecordBatch._import_from_c(ctypes.addressof(array), ctypes.addressof(schema))


def import_message(raw, shift=0):
    with Message(raw, shift) as message:
        batches = [message.batch(block) for block in range(len(message))]
    for batch in batches:
        batch.validate(full=True)
    return batches


# -- A block of every type with random values


def halves(number, width):
    return number.to_bytes(width, "little", signed=True)


def f32(number):
    return struct.unpack("<f", struct.pack("<f", number))[0]


def variable(data, length="<H"):
    return struct.pack(length, len(data)) + data


def json_object(members):
    """The form that raw messages have: an index of one-byte offsets, then key, type and value of each member."""
    values, index = b"", b""
    for key, value in members.items():
        index += bytes([len(values)])
        values += wire.text(key)
        if value is None:
            values += b"\0\0\0"
        elif isinstance(value, bool):
            values += bytes([1, value])
        elif isinstance(value, float):
            values += b"\7" + struct.pack("<d", value)
        else:
            encoded = value.encode("utf-32-le")
            values += b"\12" + wire.varint(len(encoded)) + encoded
    return struct.pack("<Bhhi", 0x40, 9 + len(index) + len(values), len(members), 1) + index + values


class Kind:
    """A column type: its number, what pyarrow must call it, a source of values and their encoding."""

    def __init__(self, name, number, arrow, make, encode, info=0, seen=lambda value: value):
        self.name, self.number, self.arrow, self.make, self.encode, self.info, self.seen = name, number, arrow, make, encode, info, seen


def integer(name, number, arrow, code):
    width = struct.calcsize(code)
    low, high = (0, 2 ** (8 * width) - 1) if code.isupper() else (-(2 ** (8 * width - 1)), 2 ** (8 * width - 1) - 1)
    return Kind(name, number, arrow, lambda r: r.choice((low, high, 0, 1, r.randint(low, high))), lambda v: struct.pack("<" + code, v), width)


def fixed_decimal(name, number, precision, scale):
    width = 8 if number == 21 else 16
    top = 10**precision - 1
    return Kind(
        name,
        number,
        pa.decimal128(precision, scale),
        lambda r: decimal.Decimal(r.choice((0, top, -top, -1, r.randint(-top, top)))).scaleb(-scale),
        lambda v: halves(int(v.scaleb(scale)), width),
        width << 24 | precision << 8 | scale,
    )


def some_text(r):
    return r.choice(("", "a", "café", "中文😀", "x" * r.randint(0, 300), "".join(r.choices("abcé中😀", k=r.randint(0, 20)))))


def some_bytes(r):
    return r.randbytes(r.choice((0, 1, 2, 33, 300)))


def some_object(r):
    return {key: r.choice((None, True, False, 1.5, -2.0, "", "é中")) for key in ("k1", "文", "k3")[: r.randint(1, 3)]}


def kinds(precision):
    return [
        Kind("ts", 9, pa.timestamp(UNITS[precision], "UTC"), lambda r: r.randint(-(2**50), 2**50), lambda v: struct.pack("<q", v), 8),
        Kind("bool", 1, pa.bool_(), lambda r: r.random() < 0.5, lambda v: bytes([v]), 1),
        integer("i8", 2, pa.int8(), "b"),
        integer("i16", 3, pa.int16(), "h"),
        integer("i32", 4, pa.int32(), "i"),
        integer("i64", 5, pa.int64(), "q"),
        integer("u8", 11, pa.uint8(), "B"),
        integer("u16", 12, pa.uint16(), "H"),
        integer("u32", 13, pa.uint32(), "I"),
        integer("u64", 14, pa.uint64(), "Q"),
        Kind("f32", 6, pa.float32(), lambda r: f32(r.choice((0.0, -1.5, 3.4e38, r.uniform(-1e6, 1e6)))), lambda v: struct.pack("<f", v), 4),
        Kind("f64", 7, pa.float64(), lambda r: r.choice((0.0, 5e-324, -1.7e308, r.uniform(-1e6, 1e6))), lambda v: struct.pack("<d", v), 8),
        Kind("varchar", 8, pa.utf8(), some_text, lambda v: variable(v.encode()), 2002),
        Kind("nchar", 10, pa.utf8(), some_text, lambda v: variable(v.encode("utf-32-le")), 4002),
        Kind("varbinary", 16, pa.binary(), some_bytes, variable, 402),
        Kind("geometry", 20, pa.binary(), some_bytes, variable, 402),
        Kind("blob", 18, pa.binary(), lambda r: r.randbytes(r.choice((0, 5, 70_000))), lambda v: variable(v, "<I"), 4_194_304),
        Kind("json", 15, pa.utf8(), some_object, json_object, 16384, json.loads),
        fixed_decimal("d64", 21, 18, 4),
        fixed_decimal("d128", 17, 38, 10),
        Kind("nothing", 0, pa.null(), None, None),
    ]


def read(array, kind):
    if pa.types.is_timestamp(array.type):
        array = array.cast(pa.int64())
    return [None if value is None else kind.seen(value) for value in array.to_pylist()]


class EveryType(unittest.TestCase):
    def check(self, rows, null_rate, shift, precision=0):
        r = random.Random(f"{rows} {null_rate} {shift}")
        columns, expected = [], {}
        for kind in kinds(precision):
            values = [None] * rows if kind.make is None else [None if r.random() < null_rate else kind.make(r) for _ in range(rows)]
            columns.append(wire.Column(kind.name, kind.number, [None if v is None else kind.encode(v) for v in values], kind.info))
            expected[kind.name] = values
        (batch,) = import_message(wire.message("d1001", rows, columns, precision), shift)
        self.assertEqual(batch.num_rows, rows)
        self.assertEqual(batch.schema.names, list(expected))
        self.assertEqual(batch.schema.metadata, {b"tmq.table": b"d1001"})
        for kind, field, array in zip(kinds(precision), batch.schema, batch.columns):
            with self.subTest(kind.name, rows=rows, null_rate=null_rate, shift=shift):
                self.assertEqual(field.type, kind.arrow)
                self.assertTrue(field.nullable)
                self.assertEqual(array.null_count, sum(v is None for v in expected[kind.name]))
                self.assertEqual(read(array, kind), expected[kind.name])

    def test_is_read_with_any_number_of_rows_and_nulls(self):
        for rows in (1, 2, 7, 8, 9, 15, 16, 17, 63, 64, 65, 200):
            for null_rate in (0, 0.3, 1):
                self.check(rows, null_rate, shift=0)

    def test_is_read_at_every_alignment(self):
        for shift in range(16):
            self.check(9, 0.3, shift)

    def test_is_read_in_every_precision(self):
        for precision in range(3):
            self.check(20, 0.3, 0, precision)

    def test_text_that_is_not_utf8_becomes_text(self):
        cells = [variable(b"\xff"), variable(b"a\xc3("), None, variable("é".encode())]
        (batch,) = import_message(wire.message("t", 4, [wire.Column("c", 8, cells, 66)], 0))
        self.assertEqual(batch.column(0).to_pylist(), ["\ufffd", "a\ufffd(", None, "é"])

    def test_slices_casts_and_sums_see_the_same_values(self):
        cells = [struct.pack("<i", 7 * row) if row % 3 else None for row in range(100)]
        (batch,) = import_message(wire.message("t", 100, [wire.Column("c", 4, cells, 4)], 0))
        expected = [7 * row if row % 3 else None for row in range(100)]
        self.assertEqual(batch.slice(13, 50).column(0).to_pylist(), expected[13:63])
        self.assertEqual(batch.column(0).cast(pa.int64()).to_pylist(), expected)
        self.assertEqual(compute.sum(batch.column(0)).as_py(), sum(value or 0 for value in expected))


# -- Conversations with real servers, against what their own SQL interface printed


def frames(transcript):
    """The bodies of the data frames, behind their head of 56 bytes and the server's message."""
    for line in (DATA / transcript).read_text().splitlines():
        frame = bytes.fromhex(json.loads(line).get("hex", ""))
        if frame:
            (message_size,) = struct.unpack_from("<I", frame, 38)
            yield frame[56 + message_size :]


def ticks(text, unit):
    whole, _, fraction = text.rstrip("Z").partition(".")
    seconds = int(datetime.datetime.fromisoformat(whole + "+00:00").timestamp())
    digits = {"ms": 3, "us": 6, "ns": 9}[unit]
    return seconds * 10**digits + int(fraction.ljust(digits, "0")[:digits] or 0)


def expected_cell(sql_type, value, arrow):
    if value is None:
        return None
    if sql_type == "TIMESTAMP":
        return ticks(value, arrow.unit)
    if sql_type == "FLOAT":
        return f32(value)
    if sql_type.startswith("DECIMAL"):
        return decimal.Decimal(value)
    if sql_type in ("VARBINARY", "GEOMETRY", "BLOB"):
        return bytes.fromhex(value)
    return value


def arrow_cell(sql_type, column):
    if sql_type == "TIMESTAMP":
        column = column.cast(pa.int64())
    if sql_type == "JSON":
        return [None if value is None else json.loads(value) for value in column.to_pylist()]
    return column.to_pylist()


class Captures(unittest.TestCase):
    def check(self, transcript, expected_file, rows, key="ts", skip=()):
        expected = json.loads((DATA / expected_file).read_text())
        sql_types = {name: sql_type for name, sql_type, _ in expected["column_meta"] if name not in skip}
        by_key = {}
        for cells in expected["data"]:
            row = {name: value for (name, _, _), value in zip(expected["column_meta"], cells) if name in sql_types}
            by_key[row.get("tbname"), row["groupid"] if key == "groupid" else None, row["ts"]] = row
        seen = 0
        for raw in frames(transcript):
            for batch in import_message(raw):
                table = (batch.schema.metadata or {}).get(b"tmq.table")
                columns = {name: arrow_cell(sql_types[name], batch.column(name)) for name in batch.schema.names}
                arrow = {name: batch.schema.field(name).type for name in batch.schema.names}
                unit = arrow["ts"].unit
                wanted = {(t, g, ticks(ts, unit)): row for (t, g, ts), row in by_key.items()}
                for at in range(batch.num_rows):
                    row_key = (
                        table.decode() if table and "tbname" in sql_types else None,
                        columns["groupid"][at] if key == "groupid" else None,
                        columns["ts"][at],
                    )
                    row = wanted[row_key]
                    for name, sql_type in sql_types.items():
                        if name == "tbname":
                            continue
                        # An insert that names some columns only comes as a block of these; the others are null.
                        found = columns[name][at] if name in columns else None
                        self.assertEqual(found, expected_cell(sql_type, row[name], arrow.get(name)), (transcript, row_key, name))
                seen += batch.num_rows
        self.assertEqual(seen, rows)

    TAGS = ("t_int", "t_varchar", "t_nchar")

    def test_every_type_in_milliseconds(self):
        self.check("v3.3.5/types_ms_stable.jsonl", "v3.3.5/expected_ms.t.json", 123, skip=self.TAGS)

    def test_every_type_in_nanoseconds(self):
        self.check("v3.3.5/types_ns_stable.jsonl", "v3.3.5/expected_ns.t.json", 123, skip=self.TAGS)

    def test_every_type_of_a_newer_server(self):
        self.check("v3.4.1/types_ms_stable.jsonl", "v3.4.1/expected_ms.t.json", 123, skip=self.TAGS)

    def test_a_query_of_meters(self):
        self.check("v3.3.5/meters_select.jsonl", "v3.3.5/expected_power.meters.json", 300, key="groupid", skip=("tbname",))

    def test_decimals(self):
        self.check("v3.3.5/decimal.jsonl", "v3.3.5/expected_dec.t.json", 4)

    def test_json_tags(self):
        self.check("v3.4.1/json_tag.jsonl", "v3.4.1/expected_json.s.json", 5)


# -- Memory


class Lifetime(unittest.TestCase):
    RAW = wire.message(
        "t",
        4,
        [wire.Column("a", 2, [b"\1", b"\2", None, b"\4"], 1), wire.Column("b", 8, [variable(b"x")] * 4, 66), wire.Column("c", 11, [b"\7"] * 4, 1)],
        0,
    )

    def setUp(self):
        gc.collect()
        self.assertEqual(library.messages_alive(), 0)

    def tearDown(self):
        gc.collect()
        self.assertEqual(library.messages_alive(), 0)

    def test_a_batch_keeps_its_message_until_it_is_dropped(self):
        (batch,) = import_message(self.RAW)
        self.assertEqual(library.messages_alive(), 1)
        self.assertEqual(batch.column(0).to_pylist(), [1, 2, None, 4])
        del batch
        gc.collect()
        self.assertEqual(library.messages_alive(), 0)

    def test_one_column_or_a_slice_of_it_is_enough(self):
        (batch,) = import_message(self.RAW)
        kept = batch.column(2).slice(1, 2)
        del batch
        gc.collect()
        self.assertEqual(library.messages_alive(), 1)
        self.assertEqual(kept.to_pylist(), [7, 7])
        del kept
        gc.collect()
        self.assertEqual(library.messages_alive(), 0)

    def test_a_column_that_was_copied_keeps_no_message(self):
        (batch,) = import_message(self.RAW)
        kept = batch.column(1)
        del batch
        gc.collect()
        self.assertEqual(kept.to_pylist(), ["x"] * 4)

    def test_arrays_are_imported_one_by_one(self):
        with Message(self.RAW) as message:
            schema, array = message.export(0)
        struct_array = pa.Array._import_from_c(ctypes.addressof(array), ctypes.addressof(schema))
        self.assertEqual(struct_array.field("c").to_pylist(), [7] * 4)
        self.assertEqual(struct_array.to_pylist()[2], {"a": None, "b": "x", "c": 7})

    def test_importing_moves_what_was_exported(self):
        with Message(self.RAW) as message:
            schema, array = message.export(0)
            self.assertNotEqual(schema[7], 0)
            self.assertNotEqual(array[8], 0)
            batch = pa.RecordBatch._import_from_c(ctypes.addressof(array), ctypes.addressof(schema))
        self.assertEqual((schema[7], array[8]), (0, 0), "release is null in what was moved from")
        self.assertEqual(batch.num_rows, 4)

    def test_many_batches_make_a_table(self):
        batches = [batch for _ in range(50) for batch in import_message(self.RAW)]
        self.assertEqual(library.messages_alive(), 50)
        table = pa.Table.from_batches(batches)
        del batches
        self.assertEqual(table.column("c").to_pylist(), [7] * 200)


if __name__ == "__main__":
    unittest.main()
