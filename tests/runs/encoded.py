"""Records as the binary formats write them, by hand from their documented layout."""

from __future__ import annotations

import json
import struct
import zlib


def varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def field(number: int, body: bytes | int) -> bytes:
    if isinstance(body, int):
        return varint(number << 3) + varint(body)
    return varint(number << 3 | 2) + varint(len(body)) + body


def wandb_file(records: list[bytes]) -> bytes:
    """Records in LevelDB's log format, as W&B frames them."""
    out = bytearray(b":W&B" + b"\xe1\xbe" + b"\x00")
    for record in records:
        first = True
        while True:
            room = 32768 - len(out) % 32768
            if room < 7:
                out += bytes(room)
                room = 32768
            piece, record = record[: room - 7], record[room - 7 :]
            kind = (1 if not record else 2) if first else (4 if not record else 3)
            out += struct.pack("<IHB", zlib.crc32(bytes([kind]) + piece), len(piece), kind) + piece
            first = False
            if not record:
                break
    return bytes(out)


def wandb_history(i: int, values: dict[str, object]) -> bytes:
    items = {"_step": i, "_runtime": i * 2.5, "_timestamp": 1700000000.0 + i * 2.5, **values}
    body = b"".join(field(1, field(2, k.encode()) + field(16, json.dumps(v).encode())) for k, v in items.items())
    return field(1, i + 1) + field(2, body + field(2, field(1, i) if i else b""))


def crc32c(data: bytes) -> int:
    """Bit by bit, as the definition says."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def masked_crc(data: bytes) -> bytes:
    """As TensorBoard's records carry it."""
    crc = crc32c(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def tensorboard_record(body: bytes) -> bytes:
    head = struct.pack("<Q", len(body))
    return head + masked_crc(head) + body + masked_crc(body)
