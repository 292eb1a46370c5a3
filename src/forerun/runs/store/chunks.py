"""A stretch of a column as bytes, exactly: float64 in, the same bits out.

The first byte names the coding:

====  ==========================================================================================================
code  what follows
====  ==========================================================================================================
0     float64, little-endian
1     float32, little-endian, where every value is one
2     start and stride, two float64: the values are ``start + stride * k``, as steps mostly are
3     float64, bytes of one significance together, deflated
4     float32, bytes of one significance together, deflated
====  ==========================================================================================================
"""

from __future__ import annotations

import struct
import zlib

import numpy as np

from forerun.core import Array

SIZE = 4096
"""Points in a full chunk."""
_PAYS = 0.6  # deflated bytes over plain ones above which the time it takes is not worth it
_SAMPLE = 512  # values that tell
_LEVEL = 1
_FEW = 64  # values that are not worth deflating


class Coder:
    """Codes chunks of one column one after the other, and learns from the first whether deflating pays.

    Example:
        >>> decode(Coder().encode(np.array([1.0, 2.0, 3.0])), 3).tolist()
        [1.0, 2.0, 3.0]
    """

    def __init__(self) -> None:
        self._pays: dict[int, bool] = {}

    def encode(self, values: Array) -> bytes:
        values = np.ascontiguousarray(values, "<f8")
        if not values.size:
            return b"\x00"
        regular = _regular(values)
        if regular is not None:
            return b"\x02" + struct.pack("<dd", *regular)
        narrow = _narrow(values)
        plain, code = (values, 0) if narrow is None else (narrow, 1)
        if values.size < _FEW:
            return bytes([code]) + plain.tobytes()
        if code not in self._pays:
            sample = plain[:_SAMPLE]
            self._pays[code] = len(_deflated(sample)) < _PAYS * sample.nbytes
        return bytes([code + 3]) + _deflated(plain) if self._pays[code] else bytes([code]) + plain.tobytes()


def decode(blob: bytes, n: int) -> Array:
    """The ``n`` values of a chunk.

    Raises:
        ValueError: the bytes are no chunk of so many values.
    """
    code, body = blob[:1], memoryview(blob)[1:]
    if code == b"\x02":
        start, stride = struct.unpack("<dd", body)
        values = np.arange(n, dtype=float)
        values *= stride
        values += start
        return values
    width = 8 if code in (b"\x00", b"\x03") else 4
    if code in (b"\x03", b"\x04"):
        deflated = zlib.decompressobj()
        raw = deflated.decompress(body, n * width + 1)
        if len(raw) == n * width:
            planes = np.frombuffer(raw, np.uint8).reshape(width, n)
            return np.ascontiguousarray(planes.T).view(f"<f{width}")[:, 0].astype("<f8")
    elif code in (b"\x00", b"\x01") and len(body) == n * width:
        return np.frombuffer(body, f"<f{width}").astype("<f8", copy=False)
    raise ValueError(f"no chunk of {n} values: coding {code!r}, {len(blob)} bytes")


def regular(values: np.ndarray) -> bool:
    """Whether values are evenly spaced, and so take the same few bytes however many they are."""
    return _regular(np.ascontiguousarray(values, "<f8")) is not None


def _regular(values: Array) -> tuple[float, float] | None:
    if values.size < 2 or not np.isfinite(values[:2]).all():
        return None
    start, stride = float(values[0]), float(values[1] - values[0])
    if not np.isfinite(stride) or values[-1] != start + stride * (values.size - 1):
        return None
    even = start + stride * np.arange(values.size)
    return (start, stride) if np.array_equal(even.view(np.uint64), values.view(np.uint64)) else None


def _narrow(values: Array) -> np.ndarray | None:
    if values.size and _widened(values[:16]) is None:
        return None
    return _widened(values)


def _widened(values: Array) -> np.ndarray | None:
    with np.errstate(over="ignore", invalid="ignore"):
        narrow = values.astype("<f4")
    same = narrow.astype("<f8").view(np.uint64) == values.view(np.uint64)
    return narrow if same.all() else None


def _deflated(values: np.ndarray) -> bytes:
    return zlib.compress(np.ascontiguousarray(values.view(np.uint8).reshape(values.size, -1).T), _LEVEL)
