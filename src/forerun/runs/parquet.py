"""The one door to Parquet: polars reads the values, and what the file itself says of them is held against them.

polars looks at no page's checksum, and reads a page with a flipped bit as values. So every page's CRC is counted here
where the writer left one, every page's header must lie where the last page ended, and no number may lie outside the
least and largest that the writer noted of its column. Most writers leave no CRC unless they are asked (pyarrow:
``write_page_checksum=True``); without one, damage that leaves a number within its column's range is not seen.

Source: parquet-format, parquet.thrift (PageHeader 3 and 4, ColumnMetaData 5 to 12, Statistics 3, 5 and 6).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from forerun.core import MissingExtra, UnreadableLog
from forerun.runs.compact import Compact
from forerun.runs.regular import opened_file

_NUMBERS = {1: ("<i", "Int32"), 2: ("<q", "Int64"), 4: ("<f", "Float32"), 5: ("<d", "Float64")}  # by Parquet's type


def is_parquet(path: Path) -> bool:
    """Whether a file begins as Parquet does."""
    with opened_file(path) as file:
        return file.read(4) == b"PAR1"


def parquet_schema(path: Path, needs: str) -> Any:
    """The columns' names and polars' types, without the values.

    Args:
        needs: what needs polars, where it is not installed.

    Raises:
        UnreadableLog: it is no Parquet that can be read.
        MissingExtra: polars is not installed.
    """
    pl = _polars(needs)
    try:
        return pl.read_parquet_schema(path)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        raise UnreadableLog(f"not a readable Parquet file: {str(error)[:200]}", where=path.name) from error


def read_parquet(path: Path, needs: str, columns: Sequence[str] | None = None) -> Any:
    """A polars frame of these columns, or of all.

    Raises:
        UnreadableLog: it is no Parquet that can be read, or what was read is not what was written.
        MissingExtra: polars is not installed.
    """
    pl = _polars(needs)
    try:
        frame = pl.read_parquet(path, columns=None if columns is None else list(columns))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        raise UnreadableLog(f"not a readable Parquet file: {str(error)[:200]}", where=path.name) from error
    try:
        with opened_file(path) as file:
            damage = next(_damages(file, frame), None)
    except (IndexError, KeyError, TypeError, struct.error, RecursionError) as error:
        raise UnreadableLog("a page's header or the footer of the Parquet file is damaged", where=path.name) from error
    if damage:
        raise UnreadableLog(f"{damage}: the file is damaged; copy it anew from where it was written", where=path.name)
    return frame


def _polars(needs: str) -> Any:
    try:
        import polars as pl
    except ImportError as error:
        raise MissingExtra(needs, "polars", "parquet") from error
    return pl


def _damages(file: BinaryIO, frame: Any) -> Iterator[str]:
    """What is wrong with the columns that were read."""
    end = file.seek(-8, 2)
    size = int.from_bytes(file.read(4), "little")
    file.seek(end - size)
    row = 0
    for group in Compact(file.read(size)).fields()[4]:
        for column in (chunk[3] for chunk in group[1] if 3 in chunk):
            name = column[3][0].decode("utf-8", "replace")
            if name not in frame.columns:
                continue
            if not _whole(file, column):
                yield f"a page of column {name!r} is not as its checksum or header says"
            if len(column[3]) == 1 and not _within(frame[name][row : row + group[3]], column):
                yield f"column {name!r} holds values that its writer says it does not"
        row += group[3]


def _whole(file: BinaryIO, column: dict[int, Any]) -> bool:
    """Whether the pages of a column chunk fill it, and have the checksums that they were written with."""
    file.seek(column[11] if 0 < column.get(11, 0) < column[9] else column[9])
    data, at = file.read(column[7]), 0
    while at < len(data):
        header = Compact(data, at)
        page = header.fields()
        body = data[header.at : header.at + page[3]]
        if page[3] < 0 or len(body) < page[3] or (4 in page and zlib.crc32(body) != page[4] % 2**32):
            return False
        at = header.at + page[3]
    return len(data) == column[7]


def _within(values: Any, column: dict[int, Any]) -> bool:
    """Whether as many are missing, and no number is outside the range, as the column's statistics say."""
    noted, (form, kind) = column.get(12, {}), _NUMBERS.get(column[1], ("", ""))
    if 3 in noted and values.null_count() != noted[3]:
        return False
    if str(values.dtype) != kind or not {5, 6} <= noted.keys() or values.null_count() == len(values):
        return True
    least, most = (struct.unpack(form, noted[i])[0] for i in (6, 5))
    return not (values.min() < least or values.max() > most)
