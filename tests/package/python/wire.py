"""Encodes data messages as TDengine does: an implementation of its own, so that what is compared was not made by the code under test."""

import struct
from dataclasses import dataclass


@dataclass
class Column:
    name: str
    type: int
    cells: list  # encoded values, None for null; ignored for the type NULL
    info: int = 0  # the four bytes behind the type: width or declared size

    @property
    def is_variable(self):
        return self.type in (8, 10, 15, 16, 18, 20)

    def front(self, rows):
        """The null bitmap, most significant bit first, or the offsets."""
        if self.is_variable:
            offsets, at = [], 0
            for cell in self.cells:
                offsets.append(-1 if cell is None else at)
                at += len(cell or b"")
            return struct.pack(f"<{rows}i", *offsets)
        bits = bytearray((rows + 7) // 8)
        for row in range(rows):
            if self.type == 0 or self.cells[row] is None:
                bits[row >> 3] |= 0x80 >> (row & 7)
        return bytes(bits)

    def data(self):
        if self.type == 0:
            return b""
        if self.is_variable:
            return b"".join(cell or b"" for cell in self.cells)
        width = 8 if self.type == 21 else 16 if self.type == 17 else self.info
        # Under a null the server is free to leave anything.
        return b"".join(b"\xa5" * width if cell is None else cell for cell in self.cells)


def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def zigzag(value):
    return varint((value << 1) ^ (value >> 63))


def text(value):
    encoded = value.encode() + b"\0"
    return varint(len(encoded)) + encoded


def block(rows, columns):
    infos = b"".join(struct.pack("<Bi", column.type, column.info) for column in columns)
    lengths = b"".join(struct.pack("<i", len(column.data())) for column in columns)
    body = b"".join(column.front(rows) + column.data() for column in columns)
    length = 28 + len(infos) + len(lengths) + len(body) + 1
    return struct.pack("<iiiiIQ", 2, length, rows, len(columns), 0x80000000, 0) + infos + lengths + body + b"\0"


def schema(columns):
    out = zigzag(len(columns)) + zigzag(0)
    for number, column in enumerate(columns, 1):
        width = {21: 8, 17: 16}.get(column.type, column.info)
        out += bytes([column.type, 1]) + zigzag(width) + zigzag(number) + text(column.name)
    return out


def message(table, rows, columns, precision):
    """One block with schema and table name, behind two log offsets."""
    encoded = block(rows, columns)
    inner = struct.pack("<q", 1) + struct.pack(">q", rows) + bytes([0, precision])
    head = bytes([100]) + struct.pack("<i", 18) + struct.pack("<Bq", 0x11, 7) + struct.pack("<Bq", 0x11, 8)
    return (
        head + struct.pack("<iBB", 1, 1, 1) + varint(18 + len(encoded)) + inner + encoded + schema(columns) + text(table) + struct.pack("<q", 0)
    )
