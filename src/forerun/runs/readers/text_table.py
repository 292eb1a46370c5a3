"""Tables printed as text: a line of names, then a line a record, under blanks or between bars.

spaCy, fastai, skorch, scikit-learn's boosting, YOLO and notebooks print such tables, and the model cards of Hugging
Face's Trainer hold one. Names of several words stand apart by two blanks, by a rule of dashes, or between bars.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import asdict, dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, NamedTuple

from forerun.core import Card, Damage
from forerun.core.axes import axis_of
from forerun.runs.growth import lines
from forerun.runs.log import Log, State, Step
from forerun.runs.readers.columns import number
from forerun.runs.readers.learner import Records
from forerun.runs.readers.reader import Reader
from forerun.runs.readers.text import encoding

CARD = Card(
    name="text_table",
    does="Reads tables in text: spaCy, fastai, skorch, scikit-learn's boosting, YOLO, model cards and one's own.",
    source="the projects' own print statements; GitHub's Markdown tables",
    assumes="One column counts, and rises from row to row.",
    needs="A header with a count and a measure, and two rows.",
    promises="Values as printed. A cell such as `No log` is absent, a row of another width is counted.",
    known_answer="spaCy's table: E is the epoch, # the step, and names of two words stay whole.",
    control="Tables in a document whose first column is words, or whose count does not rise, are left alone.",
)
_SOURCES = frozenset(".py .rst .ipynb .html .json .jsonl .csv .tsv .yaml .yml .toml .c .h .cpp .sh .js .tex".split())
_DOCUMENTS = frozenset((".md", ".markdown"))
_ANSI = re.compile(r"\x1b\[[0-9;]{0,20}[A-Za-z]")
_RULE = re.compile(r"[\s|+:\-=─━┼├┤]+")
_APART = re.compile(r"\s{2,}|\t")
_BAR = re.compile(r":\s{1,8}(\d{1,3})%\|.*")
_MEASURES = re.compile(
    r"loss|acc|err|score|f1|auc|map|reward|return|perplex|ppl|bleu|rouge|wer|mse|mae|iou|dice|precision|recall|valid|train"
    r"|improve|box|obj|cls|likelihood|rew\b|ret\b|avg",
    re.IGNORECASE,
)
_ABSENT = frozenset(("", "-", "--", "—", "no log", "none", "n/a", "na", "+", "*"))
_OF = re.compile(r"(\d{1,15})\s?/\s?(\d{1,15})")
_WITH_UNIT = re.compile(r"[\d.:]{1,20}\s?(?:[smhdGMK]|ms|min|sec|[GMK]i?B|it/s|s/it)?")
_SHORT = {"itn": "iteration", "ep": "epoch"}
_SPACY = {"E": "epoch", "#": "step"}
_DIGIT = re.compile(r"\d")
_COUNTERS = frozenset(("Images", "Labels", "Instances", "Size", "img_size", "labels"))  # of YOLO, beside its losses


@dataclass
class _At:
    """The table that is open, and where it stands.

    Args:
        line: what may be the header of a table to come.
        names: the columns of the table that is open.
        bars: bars part its cells.
        starts: where each column starts, if a rule shows it.
        last: where the last row stands, by axis.
    """

    line: str = ""
    names: list[str] = field(default_factory=list)
    bars: bool = False
    starts: list[int] = field(default_factory=list)
    last: dict[str, float] = field(default_factory=dict)


class _Row(NamedTuple):
    axes: dict[str, float]
    numbers: list[tuple[str, float]]
    horizon: dict[str, float]


def sniff(path: Path, head: bytes) -> float:
    suffix = path.suffix.lower()
    name = encoding(head)
    if suffix in _SOURCES or name is None:
        return 0.0
    raw_lines = head.decode(name, errors="replace").replace("\r", "\n").split("\n")
    at, rows, numbered, rising = _At(), 0, 0, True
    for line in raw_lines:
        numbered += _DIGIT.search(line) is not None
        before = dict(at.last)
        row = _row_of(line, at)
        rows += row is not None
        rising = rising and (row is None or suffix not in _DOCUMENTS or _rises(before, row.axes))
    if rows < 2 or not rising:
        return 0.0
    return 0.8 if suffix in _DOCUMENTS or rows * 2 >= numbered else 0.54 if rows * 5 >= numbered else 0.0


def _rises(before: Mapping[str, float], axes: Mapping[str, float]) -> bool:
    return all(value > before.get(axis, -1.0) for axis, value in axes.items() if axis != "epoch" or "step" not in axes)


def follow(path: Path, state: State) -> Iterator[Step]:
    at = _At(**deepcopy(state["at"])) if state else _At()
    for block in lines(path, state):
        at = _At() if block.fresh else at
        log = _log(block.lines, at, path, block.first)
        reader_state = {"at": asdict(at)}
        yield block.step([log], partial(_more, block.after, path, reader_state["at"]), reader_state)


def _more(first: int, path: Path, at: dict[str, Any], rest: list[str]) -> list[Log]:
    """The rows of lines that may yet change."""
    log = _log(rest, _At(**deepcopy(at)), path, first)
    return [log] if log.n else []


def _log(raw_lines: list[str], at: _At, path: Path, first: int) -> Log:
    """The rows of the lines; ``at`` moves on."""
    records = Records(CARD.name)
    horizon: dict[str, float] = {}
    for i, line in enumerate(raw_lines, first):
        row = _row_of(line, at)
        if row is not None:
            horizon |= row.horizon
            records.add(row.axes, row.numbers)
        elif at.bars and at.names and line.count("|") > 1 and _is_cut(line, at):
            records.damage.append(Damage(path.name, f"line {i}", f"no row of the {len(at.names)} columns", 1))
    log = records.log()
    log.horizon = horizon
    return log


def _is_cut(line: str, at: _At) -> bool:
    return number(line.strip().strip("|").split("|")[0].strip()) is not None and len(_cells(line, at)) != len(at.names)


def _row_of(raw: str, at: _At) -> _Row | None:
    """The record a line holds, if it is a row of the table that is open or that it opens; ``at`` moves on."""
    line = _ANSI.sub("", raw) if "\x1b" in raw else raw
    if not line.strip():
        return None
    if _RULE.fullmatch(line):
        at.starts = [match.start() for match in re.finditer(r"[-=─━]+", line)] if at.line else at.starts
        return None
    progress = _BAR.search(line)
    if progress and progress[1] != "100":
        return None  # a bar on its way
    line = line[: progress.start()] if progress else line
    if at.line:
        above = at.line
        row = _opened(line, at)
        if row is not None:
            return row
        at.line = _second_of(above, line)
        if at.line:
            return None
    row = _row(line, at) if at.names else None
    if row is None:
        at.line = line if _may_be_header(line) else ""
        at.starts = []
        return None
    at.last = at.last | row.axes
    return row


def _may_be_header(line: str) -> bool:
    """Whether a line names a count and a measure, and holds no number; its rows will tell."""
    if len(line) > 1000 or not _MEASURES.search(line):
        return False
    words = line.replace("|", " ").split()
    counted = any(map(_axis, words)) or set(_SPACY) <= set(words) or words[:1] == ["Class"]
    return counted and 2 <= len(words) <= 60 and all(number(word) is None for word in words)


def _second_of(header: str, line: str) -> str:
    """The header of two lines whose cells go on in the second; empty where the line is none of a header.

    Example:
        >>> _second_of("| Epoch | Mini-batch | Validation |", "|       |    Loss    |    Loss    |")
        '|Epoch|Mini-batch Loss|Validation Loss|'
    """
    first, second = _barred(header), _barred(line)
    if "|" not in header or len(first) != len(second) or _DIGIT.search(line) or not any(second):
        return ""
    return f"|{'|'.join(' '.join(both).strip() for both in zip(first, second, strict=True))}|"


def _opened(line: str, at: _At) -> _Row | None:
    """The first row of the table whose header stands before it, which is then open; None when it fits no row."""
    header, at.line = at.line, ""
    bars = "|" in header
    for names in [_barred(header)] if bars else [_APART.split(header.strip()), header.split()]:
        table = _At(names=[" ".join(name.split()) for name in names], bars=bars, starts=at.starts)
        if len(names) < 2 or (names[0] != "Class" and not _axes(tuple(table.names))):
            continue
        row = _row(line, table, at.last)
        if row is not None:
            at.names, at.bars, at.starts = table.names, bars, table.starts
            at.last = at.last | row.axes
            return row
    return None


def _barred(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _cells(line: str, at: _At) -> list[str]:
    if at.bars:
        return _barred(line)
    for cells in (line.split(), _APART.split(line.strip())):
        if len(cells) == len(at.names):
            return cells
    if any(line[start - 1 : start].strip() and line[start : start + 1].strip() for start in at.starts[1:]):
        return []  # a number that runs over two columns
    ends = [*at.starts[1:], len(line) + 1]
    return [line[start:end].strip() for start, end in zip(at.starts, ends, strict=False)]


def _row(line: str, at: _At, last: Mapping[str, float] | None = None) -> _Row | None:
    """The record of a row; of YOLO's classes the row of all, which stands where the row before it does."""
    cells = _cells(line, at)
    if len(cells) != len(at.names):
        return None
    if at.names[0] == "Class":
        place = dict(at.last if last is None else last)
        figures = [(_class(name), number(cell)) for name, cell in zip(at.names, cells, strict=True)]
        numbers = [(f"val/{name}", value) for name, value in figures[1:] if value is not None]
        whole = place and cells[0] == "all" and len(numbers) == len(figures) - 1
        return _Row(place, [pair for pair in numbers if pair[0][4:] not in _COUNTERS], {}) if whole else None
    columns = _axes(tuple(at.names))
    row = _Row({}, [], {})
    for name, cell in zip(at.names, cells, strict=True):
        value, of = _value(cell), _OF.fullmatch(cell) if name in columns else None
        if of:
            row.axes[columns[name]], row.horizon[columns[name]] = float(of[1]), float(of[2])
        elif value is None and (values := _list(cell)) is not None:
            row.numbers.extend((f"{name}/{i}" if len(values) > 1 else name, each) for i, each in enumerate(values))
        elif value is None:
            if cell.lower() not in _ABSENT and not _WITH_UNIT.fullmatch(cell):
                return None
        elif name in columns:
            row.axes[columns[name]] = value
        elif name not in _COUNTERS:
            row.numbers.append((name, value))
    return row if row.axes and row.numbers else None


def _class(name: str) -> str:
    return name.replace("Box(", "").strip("():")


def _value(cell: str) -> float | None:
    value = number(cell)
    return number(cell[:-1]) if value is None and cell.endswith("%") else value


def _list(cell: str) -> list[float] | None:
    """The numbers of a cell that holds a list of them (DeepXDE's terms of a loss); None of any other cell.

    Example:
        >>> _list("[2.10e+00, 1.00e-02]"), _list("[]"), _list("[a]")
        ([2.1, 0.01], [], None)
    """
    if not (cell.startswith("[") and cell.endswith("]")):
        return None
    values = [number(each) for each in cell[1:-1].replace(",", " ").split()]
    return None if None in values else [value for value in values if value is not None]


@lru_cache(maxsize=256)
def _axes(names: tuple[str, ...]) -> dict[str, str]:
    """The columns that count, and what; the first of several for one axis, the finest axis first."""
    if set(_SPACY) <= set(names):
        return {"#": "step", "E": "epoch"}
    axes: dict[str, str] = {}
    for name in names:
        axis = _axis(name)
        if axis and axis not in axes.values():
            axes[name] = axis
    return dict(sorted(axes.items(), key=lambda pair: pair[1] != "step"))


def _axis(name: str) -> str | None:
    axis = axis_of(name) or _SHORT.get(name.lower())
    return axis if axis not in ("seconds", "params", "flops") else None


TEXT_TABLE = Reader(card=CARD, sniff=sniff, follow=follow)
