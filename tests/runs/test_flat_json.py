"""Objects of one layout read at once are what each of their lines says, or are not read at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forerun.runs.log import Log, merged
from forerun.runs.readers import jsonl, text
from forerun.runs.readers.flat_json import columns

NUMBERS = ("1", "-2.5", "0", "-0", "1e-05", "1E+3", "NaN", "-Infinity", "12345678901234567890123", " 7\t", "1e999")
OTHERS = (
    "", "01", ".5", "1.", "+1", "-NaN", "nan", "Inf", "1_0", "0x1", "1 2", "1,2", "1,", ",1", "true", "null", '"1"', "[1]",
    "{}", "1}", "{1", '1, "b": 2', "1}\n{", "\n1", "1\n", "\x0b1", "\u0663", "9" * 400, "[" * 5000, "1//",
)  # fmt: skip
"""What may stand in the place of a number, and be none or more than one."""


def lines(*records: dict[str, Any]) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def one_by_one(text: str) -> list[dict[str, float]] | None:
    """The numbers of each line as json reads it alone; None where a line is no object of numbers."""
    records: list[dict[str, float]] = []
    for line in text.split("\n")[:-1]:
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            return None
        if not isinstance(record, dict) or not all(type(value) in (int, float) for value in record.values()):
            return None
        records.append({key: float(value) for key, value in record.items()})
    return records


def agree(text: str) -> bool:
    """Whether the text is read at once; what is read is then asserted."""
    table = columns(text.encode("utf-8", "surrogatepass"))
    if table is None:
        return False
    records = one_by_one(text)
    assert records is not None, text
    assert all(list(record) == table[0] for record in records), text
    expected = np.array([list(record.values()) for record in records])
    np.testing.assert_array_equal(table[1], expected.T, err_msg=text)
    return True


@given(
    keys=st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=5), min_size=1, max_size=4, unique=True),
    apart=st.sampled_from([(", ", ": "), (",", ":"), (" , ", " :  ")]),
    data=st.data(),
)  # fmt: skip
def test_objects_of_one_layout_are_read_at_once(keys: list[str], apart: tuple[str, str], data: st.DataObject) -> None:
    n = data.draw(st.integers(8, 20))
    number = st.floats(allow_subnormal=False) | st.integers(-(10**30), 10**30)
    records = [{key: data.draw(number) for key in keys} for _ in range(n)]
    text = "".join(json.dumps(record, separators=apart, ensure_ascii=False) + "\n" for record in records)
    assert agree(text) or any(mark in key for key in keys for mark in '"\\')


@given(data=st.data())
def test_what_is_read_at_once_is_what_its_lines_say(data: st.DataObject) -> None:
    n = data.draw(st.integers(8, 12))
    values = [data.draw(st.sampled_from(NUMBERS)) for _ in range(2 * n)]
    for _ in range(data.draw(st.integers(0, 2))):
        values[data.draw(st.integers(0, 2 * n - 1))] = data.draw(st.sampled_from(OTHERS))
    text = "".join(f'{{"a": {a}, "b": {b}}}\n' for a, b in zip(values[::2], values[1::2], strict=True))
    for _ in range(data.draw(st.integers(0, 3))):  # a flipped, lost, doubled or moved stretch
        begin, end = sorted((data.draw(st.integers(0, len(text))), data.draw(st.integers(0, len(text)))))
        end = min(end, begin + 12)
        stretch = data.draw(st.sampled_from(["", text[begin:end] * 2, *'{}[]":,1-.e \n', '"a": ', "}\n", '{"a": ']))
        text = text[:begin] + stretch + text[end:]
    agree(text)


@pytest.mark.parametrize("bad", [
    '{"a": , "b": 2}3', '5{"a": , "b": 2}', '{"a": 1, 5 "b": }', '{5 "a": , "b": 2}', '{"a": 1, "b": 2,}',
    '{"a": 1, "b": 2} ', ' {"a": 1, "b": 2}', '{"b": 1, "a": 2}', '{"a": 1, "a": 2}', '{"a": 1,, "b": 2}',
    '{"a": 1 "b": 2}', '{"a": 1, "b": 2}, {"a": 1, "b": 2}', '{"a": 1, "b": 2', '"a": 1, "b": 2}', "", "[1, 2]",
    '{"a": 1,\n"b": 2}', '{"a": [1, "b": 2]}', '{"a": {"a": 1, "b": 2}, "b": 2}', '{"a": 1,"b": 2}',
])  # fmt: skip
@pytest.mark.parametrize("place", [0, 5, 9])
def test_a_line_of_another_layout_is_not_read_at_once(bad: str, place: int) -> None:
    good = ['{"a": 1, "b": 2}'] * 9
    assert agree("\n".join(good) + "\n")
    assert not agree("\n".join([*good[:place], bad, *good[place:]]) + "\n")


def test_lines_that_balance_one_another_are_not_read_at_once() -> None:
    good = '{"a": 1, "b": 2}\n' * 8
    assert not agree(good + '{"a": 1, "b": 2}{"a": 3,\n "b": 4}\n')
    assert not agree(good + '{"a": 1, "b": [{"a": 1, "b": 2}\n{"a": 1, "b": 2}]}\n')
    assert not agree('{"a": 1, "b": \n2}' + good + good[-17:])


MIXED = (
    lines({"config": {"lr": 0.1}})
    + lines(*({"step": i, "loss": 3.0 - i / 100, "acc": i} for i in range(60)))
    + lines({"step": 60, "eval": {"loss": 2.5}})
    + '{oops\n\n# a comment\n{"step": 61, "loss": NaN, "acc": 10000000000000000000000}\n'
    + lines(*({"step": i, "loss": "fast" if i == 70 else 2.0, "acc": i} for i in range(62, 90)))
    + lines(*({"loss": 1.0, "step": i} for i in range(90, 120)))
)


@pytest.mark.parametrize("part", [1, 100, 400, 1 << 18])
def test_parts_that_are_read_at_once_change_nothing(part: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text(MIXED)
    monkeypatch.setattr(text, "AT_ONCE", part)
    log = log_of(file)
    monkeypatch.setattr(jsonl, "columns", lambda _: None)
    expected = log_of(file)
    assert log.n == expected.n == 120
    assert list(log.series) == list(expected.series) == ["loss", "acc", "eval/loss"]
    assert list(log.axes) == list(expected.axes)
    for name, (rows, values) in expected.series.items():
        np.testing.assert_array_equal(log.series[name][0], rows)
        np.testing.assert_array_equal(log.series[name][1], values)
    for name, column in expected.axes.items():
        np.testing.assert_array_equal(log.axes[name], column)
    assert log.config == expected.config == {"lr": 0.1}
    assert log.damage == expected.damage
    assert [damage.where for damage in log.damage] == ["line 63"]
    assert log.unfit == expected.unfit
    assert log.unfit["loss"].first[0].where == "line 75"


def log_of(file: Path) -> Log:
    return merged(log for step in jsonl.follow(file, {}) for log in step.logs)
