"""NumPy's NPY format, read without unpickling and without believing what a header says of its size."""

from __future__ import annotations

import io
import math

import numpy as np
from numpy.lib import format as npy_format

from forerun.core import Array, UnreadableLog

_HEADERS = {(1, 0): npy_format.read_array_header_1_0, (2, 0): npy_format.read_array_header_2_0}


def array_of(data: bytes, where: str) -> Array:
    """The numbers of an NPY file as float64.

    Raises:
        UnreadableLog: damaged, or not an array of plain numbers.

    Example:
        >>> file = io.BytesIO()
        >>> np.save(file, np.array([1, 2]))
        >>> array_of(file.getvalue(), "x.npy")
        array([1., 2.])
    """
    file = io.BytesIO(data)
    try:
        shape, fortran, dtype = _HEADERS[npy_format.read_magic(file)](file, max_header_size=10_000)
    except (ValueError, KeyError, EOFError, SyntaxError, TypeError, RecursionError, MemoryError) as error:
        raise UnreadableLog(f"not an NPY array: {str(error)[:100]}", where=where) from error
    if dtype.hasobject:
        raise UnreadableLog("an array of Python objects; those are not unpickled", where=where)
    if dtype.kind not in "biuf":
        raise UnreadableLog(f"an array of {dtype}, not of numbers", where=where)
    body = data[file.tell() :]
    if any(side < 0 for side in shape) or math.prod(shape) * dtype.itemsize != len(body):
        raise UnreadableLog(f"{len(body)} bytes for an array of shape {shape}; was it cut short?", where=where)
    return np.frombuffer(body, dtype).astype(float).reshape(shape, order="F" if fortran else "C")
