"""Parquet whose pages are damaged is refused: by their checksums, or by what the writer noted of a column."""

from __future__ import annotations

import struct
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from forerun import api
from forerun.core import UnreadableLog
from forerun.runs.compact import Compact
from forerun.runs.parquet import read_parquet
from forerun.runs.tables import read_table

pl = pytest.importorskip("polars", reason="needs the extra [parquet]")

CHECKED = Path(__file__).parent / "assets" / "checked.parquet"
"""60 points of one curve as pyarrow 25 writes them, not compressed: ``write_table(..., write_page_checksum=True)``."""
PANICS = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError)


def flipped(data: bytes, rng: np.random.Generator) -> bytes:
    """One bit of a page, or of its header, the other way."""
    place = int(rng.integers(4, footer_of(data)))
    return data[:place] + bytes([data[place] ^ 1 << int(rng.integers(8))]) + data[place + 1 :]


def footer_of(data: bytes) -> int:
    return len(data) - 8 - int.from_bytes(data[-8:-4], "little")


def with_first(data: bytes, old: float, new: float) -> bytes:
    """A file whose first number of this value, in its pages, is another."""
    place = data.index(struct.pack("<d", old))
    assert place < footer_of(data)
    return data[:place] + struct.pack("<d", new) + data[place + 8 :]


def test_a_file_as_it_was_written_is_read() -> None:
    frame = read_parquet(CHECKED, "a test")
    assert frame["y"].to_list() == [3.0 - i / 100 for i in range(60)]
    assert frame["x"].to_list() == [10.0 * i for i in range(60)]


def test_no_flipped_bit_of_a_page_with_a_checksum_is_read_as_a_value(tmp_path: Path) -> None:
    """200 seeded flips; the control is polars alone, which reads most of them as other values."""
    data, file, rng = CHECKED.read_bytes(), tmp_path / "a.parquet", np.random.default_rng(0)
    whole, ours, bare = pl.read_parquet(CHECKED), Counter[str](), Counter[str]()
    for _ in range(200):
        file.write_bytes(flipped(data, rng))
        for counts, read in ((ours, lambda: read_parquet(file, "a test")), (bare, lambda: pl.read_parquet(file))):
            try:
                counts["as written" if read().equals(whole) else "wrong"] += 1
            except (UnreadableLog, *PANICS):
                counts["refused"] += 1
    assert ours["wrong"] == 0 and ours["refused"] >= 150
    assert bare["wrong"] >= 150


@pytest.mark.parametrize("door", [api.read, read_table])
def test_every_door_refuses_it_and_names_file_and_column(door: Any, tmp_path: Path) -> None:
    file = tmp_path / "curves.parquet"
    file.write_bytes(with_first(CHECKED.read_bytes(), 2.5, 2.25))
    with pytest.raises(UnreadableLog, match=r"curves\.parquet.*column 'y'.*checksum.*copy it anew"):
        door(file)


def test_a_column_that_is_not_asked_for_is_not_judged(tmp_path: Path) -> None:
    file = tmp_path / "a.parquet"
    file.write_bytes(with_first(CHECKED.read_bytes(), 2.5, 2.25))
    assert read_parquet(file, "a test", ["x"])["x"].to_list()[1] == 10.0


def written(path: Path, values: list[float | None], dtype: Any = None) -> bytes:
    """As polars writes it: without checksums, with the least and largest of every column."""
    pl.DataFrame({"y": pl.Series(values, dtype=dtype or pl.Float64)}).write_parquet(path, compression="uncompressed")
    return path.read_bytes()


def test_without_checksums_numbers_outside_the_noted_range_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.parquet"
    data = written(file, [3.0 - i / 100 for i in range(60)])
    for other in (2.5e8, -2.5, np.inf):
        file.write_bytes(with_first(data, 2.5, other))
        with pytest.raises(UnreadableLog, match="column 'y' holds values that its writer says it does not"):
            read_parquet(file, "a test")


def test_without_checksums_a_number_within_the_range_is_not_seen(tmp_path: Path) -> None:
    """The limit, as the card of the door says: nothing in such a file tells of it."""
    file = tmp_path / "a.parquet"
    file.write_bytes(with_first(written(file, [3.0 - i / 100 for i in range(60)]), 2.5, 2.75))
    assert read_parquet(file, "a test")["y"][50] == 2.75


@pytest.mark.parametrize("kind", ["Int8", "Int32", "UInt32", "UInt64", "Float32", "Float64"])
def test_whole_files_of_every_kind_of_number_are_read(kind: str, tmp_path: Path) -> None:
    numbers: list[Any] = [None, 0, 3, 100, None] * 40
    if kind.startswith("Float"):
        numbers += [float("nan"), -0.0, float("inf")]
    if kind == "UInt64":
        numbers.append(2**64 - 1)
    file = tmp_path / "a.parquet"
    frame = pl.DataFrame({"y": pl.Series(numbers, dtype=getattr(pl, kind)), "many": [[1.0, 2.0]] * len(numbers)})
    frame.write_parquet(file, row_group_size=64, data_page_size=100)
    assert read_parquet(file, "a test").equals(frame)


def test_a_struct_of_thrift_is_read_and_what_ends_early_is_an_error() -> None:
    struct_bytes = bytes([0x15, 0x0E, 0x18, 2, 97, 98, 0x11, 0x22, 0x19, 0x25, 2, 4, 0x1C, 0x15, 1, 0, 0])
    known = {1: 7, 2: b"ab", 3: True, 5: False, 6: [1, 2], 7: {1: -1}}
    assert Compact(struct_bytes).fields() == known
    for end in range(len(struct_bytes)):
        with pytest.raises(IndexError):
            Compact(struct_bytes[:end]).fields()
