"""Files of bare numbers: columns without a header, one number a line, a list in brackets, an array of NumPy.

Nothing in such a file says what it is, so its name has to: a name that measures (loss, reward, accuracy ...), or a
first column that counts evenly in a file that is named a log. Data sets, predictions and coordinates are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from forerun.core import Array, Card, Damage, UnreadableLog
from forerun.runs.growth import lines, whole
from forerun.runs.log import Log, State, Step
from forerun.runs.readers.columns import NOT_FINITE, number
from forerun.runs.readers.npy import array_of
from forerun.runs.readers.reader import Reader
from forerun.runs.readers.text import encoding, read_text
from forerun.runs.readers.written import decimal
from forerun.runs.regular import bytes_of, opened_file

CARD = Card(
    name="numbers",
    does="Reads columns of numbers without a header, lists of numbers, and one-dimensional .npy arrays.",
    source="ours",
    assumes="A first column that rises evenly counts steps; without one, rows are counted.",
    needs="A name that says what was measured (loss, acc, reward ...), or a log whose first column counts evenly.",
    promises="Every number as written. A row of another width is counted.",
    known_answer="losses.txt with a number a line gives the metric losses by row.",
    control="predictions.csv, embeddings.txt and a matrix are left alone.",
)
_SUFFIXES = frozenset((".txt", ".log", ".dat", ".csv", ".tsv", ".out", ""))
_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+\d?|[A-Z]+")
_MEASURES = frozenset(
    "loss losses acc accs accuracy accuracies reward rewards return returns score scores error errors err ppl "
    "perplexity mse mae rmse psnr ssim bleu wer cer f1 auc dice iou elbo nll fid objective fitness evaluations "
    "evaluation".split()
)
_LOGS = frozenset(
    "log logs history hist curve curves train training progress learning convergence epoch epochs".split()
)
_OTHERS = frozenset(
    "pred preds prediction predictions predicted label labels target targets embedding embeddings feature features "
    "data dataset coord coords coordinates pose poses trajectory points weights requirements vocab index ids seed "
    "seeds class classes matrix confusion param params price prices asset assets states actions samples images "
    "boxes".split()
)
_SPLITS = {"train": "train", "training": "train", "val": "val", "valid": "val", "validation": "val", "test": "test",
           "eval": "eval", "dev": "dev"}  # fmt: skip
_LEAST = 5  # rows without which nothing can be said of a file of bare numbers (ours)
_WIDEST = 20  # columns; wider are matrices (ours)
_FEWEST = 8  # lines that can be lists of their own, each longer than a table is wide (ours)
_HEAD = 1 << 16
_MOST = 1 << 25  # bytes of a list or an array that is read as a whole
_NO_LETTERS = re.compile(rf"{NOT_FINITE}|[ed][+-]?\d")
_COMMA = re.compile(r"[-+]?\d{0,20},\d{1,20}(?:[eE][-+]?\d{1,4})?")
_ZERO = re.compile(r"[-+]?\d{0,20},0\d{1,20}(?:[eE][-+]?\d{1,4})?")
_LIST = re.compile(r"\[([^\[\]]*)\]\)?")
_NAMED = re.compile(r"([A-Za-z_][\w ./\-]{0,60}?)\s{0,4}[:=]\s{0,4}(?:[\w.]{1,20}\()?$")


def sniff(path: Path, head: bytes) -> float:
    if path.suffix.lower() == ".npy" and head.startswith(b"\x93NUMPY"):
        return 0.6 if _measured(path) else 0.3
    if path.suffix.lower() not in _SUFFIXES or encoding(head) is None:
        return 0.0
    if b"[" in head[:200]:
        listed = bool(_lists(_text(head))) or (head.lstrip().startswith(b"[") and len(head) >= _HEAD)
        return (0.6 if _measured(path) else 0.3) if listed else 0.0
    layout = _layout(head, path)
    if layout is None:
        return 0.6 if _measured(path) and len(head) < _HEAD and _lists(_text(head)) else 0.0
    return 0.6 if layout.trusted else 0.3


@dataclass(frozen=True)
class _Layout:
    """How the rows of a file are split, and what is in them.

    Args:
        delimiter: None for blanks.
        width: number of columns.
        counts: the columns that count, the finest first.
        trusted: whether the file is likely to be a log.
        comma: decimals stand behind a comma.
    """

    delimiter: str | None
    width: int
    counts: tuple[int, ...]
    trusted: bool
    comma: bool = False

    def state(self) -> list[object]:
        return [self.delimiter, self.width, list(self.counts), *([","] if self.comma else [])]


def _words(path: Path) -> list[str]:
    return [word.lower() for word in _WORD.findall(path.stem)]


def _measured(path: Path) -> bool:
    words = set(_words(path))
    return bool(words & _MEASURES) and not words & _OTHERS


def _text(head: bytes) -> str:
    return head.decode(encoding(head) or "utf-8", errors="replace")


def _layout(head: bytes, path: Path) -> _Layout | None:
    """The layout of a file of rows of numbers by its start; None when it is none."""
    raw_lines = [line for line in _text(head).split("\n") if line.strip()]
    if len(head) >= _HEAD:
        raw_lines.pop()
    if not raw_lines or any(map(str.isalpha, _NO_LETTERS.sub("", raw_lines[0].lower()))):
        return None  # a header, which the csv reader knows
    delimiter = next((mark for mark in (";", "\t") if mark in raw_lines[0]), None)
    comma = _decimal_commas(raw_lines, delimiter)
    delimiter = delimiter or ("," if "," in raw_lines[0] and not comma else None)
    rows = [row for line in raw_lines if not line.startswith("#") and (row := _row(line, delimiter, comma)) is not None]
    if len(rows) < _LEAST or len(rows) < 0.9 * len(raw_lines):
        return None
    width = max({len(row) for row in rows}, key=[len(row) for row in rows].count)
    table = np.array([row for row in rows if len(row) == width])
    if width > _WIDEST or len(table) < 0.9 * len(rows):
        return None
    counts = _counting(table, evenly=not _measured(path))
    words = set(_words(path))
    named = bool(words & _LOGS) or path.suffix.lower() == ".log"
    trusted = _measured(path) or (bool(counts) and named and not words & _OTHERS)
    if delimiter == "," and width == 2 and not counts and trusted:
        return None  # 2,51: a decimal comma, or two numbers
    return _Layout(delimiter, width, counts, trusted, comma)


def _decimal_commas(raw_lines: list[str], delimiter: str | None) -> bool:
    """Whether commas part decimals, as cells between other signs show, or what cannot be a number of its own: 1,05."""
    cells = [cell for line in raw_lines for cell in (line.split(delimiter) if delimiter else line.split())]
    written = [cell for cell in cells if "," in cell and number(cell) is None]
    if not written or not all(_COMMA.fullmatch(cell.strip()) for cell in written):
        return False
    apart = delimiter is not None or len(cells) > len(raw_lines)
    return apart or any(_ZERO.fullmatch(cell) for cell in written)


def _row(line: str, delimiter: str | None, comma: bool) -> list[float] | None:
    cells = line.strip().rstrip(delimiter).split(delimiter) if delimiter else line.split()
    if not comma and "_" not in line and len(line) <= 64:  # as most are: what C reads at once
        try:
            return list(map(float, cells))
        except ValueError:
            pass  # another spelling, or no number
    values = [decimal(cell.strip(), ",") if comma and "," in cell else number(cell) for cell in cells]
    return None if any(value is None for value in values) else values  # type: ignore[return-value]


def _counting(table: Array, *, evenly: bool) -> tuple[int, ...]:
    """The columns that count: the first, a second behind it that does so too, or the last alone."""
    width = table.shape[1]
    if width > 1 and _counts(table[:, 0], evenly=evenly):
        return (1, 0) if width > 2 and _counts(table[:, 1], evenly=True) else (0,)
    return (width - 1,) if width > 1 and _counts(table[:, -1], evenly=True) else ()


def _counts(column: Array, *, evenly: bool) -> bool:
    """Whether a column rises, evenly or in whole numbers; where a run begins anew it may fall to its first value."""
    if not np.isfinite(column).all():
        return False
    steps = np.diff(column)
    anew = column[1:] <= column[0]
    rising = steps[~anew]
    if (rising <= 0).any() or len(rising) < 2 or anew.sum() * 4 > len(column):
        return False
    even = bool(np.allclose(rising, np.median(rising), rtol=1e-3))
    return even if evenly else even or bool((column == np.round(column)).all())


def follow(path: Path, state: State) -> Iterator[Step]:
    head = _start(path)
    if path.suffix.lower() == ".npy":
        yield from _ARRAY(path, state)
        return
    layout = _layout(head, path)
    if layout is None:
        yield from _LISTS(path, {} if "layout" in state else state)
        return
    anew = bool(state) and state.get("layout") != layout.state()
    state = {} if anew else state
    row = int(state.get("row", 0))
    for block in lines(path, state):
        row = 0 if block.fresh else row
        log = _log(block.lines, layout, path, block.first, row)
        row += log.n
        reader_state = {"layout": layout.state(), "row": row}
        yield block.step([log], partial(_more, layout, path, block.after, row), reader_state, fresh=anew)
        anew = False


def _more(layout: _Layout, path: Path, first: int, row: int, rest: list[str]) -> list[Log]:
    """The rows of lines that may yet change."""
    log = _log(rest, layout, path, first, row)
    return [log] if log.n or log.damage else []


def _start(path: Path) -> bytes:
    with opened_file(path) as file:
        return file.read(_HEAD)


def _log(raw_lines: list[str], layout: _Layout, path: Path, first: int, before: int) -> Log:
    """The rows of the lines, ``before`` of which stand before them."""
    rows: list[list[float]] = []
    damage: list[Damage] = []
    for i, line in enumerate(raw_lines, first):
        if not line.strip() or line.startswith("#"):
            continue
        row = _row(line, layout.delimiter, layout.comma)
        if row is not None and len(row) == layout.width:
            rows.append(row)
        else:
            what = "no row of numbers" if row is None else f"{len(row)} numbers in a table of {layout.width}"
            damage.append(Damage(path.name, f"line {i}", what, 1))
    table = np.array(rows).reshape(len(rows), layout.width)
    log = Log(CARD.name, n=len(rows), damage=damage)
    log.axes = dict(zip(("step", "iteration"), (table[:, column] for column in layout.counts), strict=False))
    if not layout.counts:
        log.axes, log.axis = {"row": np.arange(before + 1.0, before + len(rows) + 1)}, "row"
    metrics = [column for column in range(layout.width) if column not in layout.counts]
    for column in metrics:
        log.series[_name(path, None if len(metrics) == 1 else column + 1)] = (np.arange(len(rows)), table[:, column])
    return log


def _name(path: Path, column: int | None) -> str:
    """What the file's name says was measured, behind its split; the column where there are several."""
    words = _words(path)
    measure = next((word for word in words if word in _MEASURES), "")
    split = next((_SPLITS[word] for word in words if word in _SPLITS), "") if measure else ""
    name = "_".join(part for part in (split, measure) if part)
    if column is None:
        return name or f"column_{2 if not measure else 1}"
    return f"{name}/column_{column}" if name else f"column_{column}"


def _lists(text: str) -> dict[str, list[float]]:
    """The lists of numbers in a text, by the names before them; none where there is more beside them."""
    lists: dict[str, list[float]] = {}
    rows = [line.replace(",", " ").split() for line in text.splitlines() if line.strip()]
    if rows and len(rows) <= _FEWEST and all(len(row) > _WIDEST and None not in map(number, row) for row in rows):
        return {f"row_{i}" if len(rows) > 1 else "": [float(cell) for cell in row] for i, row in enumerate(rows, 1)}
    end = beside = 0
    for match in _LIST.finditer(text):
        before = text[max(end, match.start() - 100) : match.start()]
        named = _NAMED.search(before)
        values = [number(cell) for cell in match[1].replace(",", " ").split()]
        if values and None not in values:
            name = named[1].strip() if named else ""
            lists[name or (f"list_{len(lists) + 1}" if lists else "")] = values  # type: ignore[assignment]
        beside += match.start() - end - (len(named[0]) if named else 0)
        end = match.end()
    beside += len(text) - end
    return lists if beside * 5 <= len(text) and sum(map(len, lists.values())) >= _LEAST else {}


def _list_logs(path: Path) -> Iterator[Log]:
    if path.stat().st_size > _MOST:
        raise UnreadableLog(f"a list of more than {_MOST >> 20} MiB; too long for a log", where=path.name)
    lists = _lists(read_text(path))
    if not lists:
        raise UnreadableLog("neither rows nor a list of numbers", where=path.name)
    word = _name(path, None)
    names = {name: f"{word}/{name}" if name.startswith(("row_", "list_")) else name or word for name in lists}
    yield _counted({names[name]: np.array(values) for name, values in lists.items()})


def _counted(columns: dict[str, Array]) -> Log:
    log = Log(CARD.name, n=max(map(len, columns.values())), axis="row")
    log.axes = {"row": np.arange(1.0, log.n + 1)}
    log.series = {name: (np.arange(len(values)), values) for name, values in columns.items()}
    return log


def _array_logs(path: Path) -> Iterator[Log]:
    if path.stat().st_size > _MOST:
        raise UnreadableLog(f"an array of more than {_MOST >> 20} MiB; too long for a log", where=path.name)
    values = array_of(bytes_of(path), path.name)
    if values.size < 2 or values.size != max(values.shape, default=0):
        raise UnreadableLog(f"an array of shape {values.shape}; a curve has one dimension", where=path.name)
    yield _counted({_name(path, None): values.ravel()})


_LISTS, _ARRAY = whole(_list_logs), whole(_array_logs)


NUMBERS = Reader(card=CARD, sniff=sniff, follow=follow)
