"""Blocks of keys and values, as loggers of reinforcement learning print them: a block is a record.

baselines and stable-baselines3 frame ``| key | value |`` with dashes, Spinning Up aligns the keys to the right, rllab,
garage and rlkit put two columns between rules. What counts steps stands among the keys.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import asdict, dataclass, field
from functools import lru_cache, partial
from pathlib import Path

from forerun.core import Card, Damage
from forerun.core.axes import PREFERENCE
from forerun.runs.growth import lines
from forerun.runs.log import Log, State, Step
from forerun.runs.readers.columns import number
from forerun.runs.readers.flat_blocks import Stretch, stretch
from forerun.runs.readers.learner import Records, axes_of_learner
from forerun.runs.readers.reader import Reader
from forerun.runs.readers.text import encoding
from forerun.runs.regular import opened_file

CARD = Card(
    name="blocks",
    does="Reads blocks of keys and values, as loggers of reinforcement learning print them.",
    source="baselines, stable-baselines3, Spinning Up, rllab, garage, rlkit; guided-diffusion prints alike",
    assumes="A block is a record; its steps stand among its keys, or in the line before it.",
    needs="Two blocks with a key in common.",
    promises="Values as printed. Where rounding to three digits makes steps repeat, records are counted instead.",
    known_answer="Blocks of three algorithms against the table they were made from.",
    control="One block alone, which is settings, and tables of two columns in a document are left alone.",
)
HEAD = 1 << 16
_SOURCES = frozenset(".py .rst .ipynb .html .json .jsonl .csv .tsv .yaml .yml .toml .c .h .cpp .sh .js".split())
_ANSI = re.compile(r"\x1b\[[0-9;]{0,20}[A-Za-z]")
_FRAME = re.compile(r"[+|]?[-=]{5,}[-=+| ]*")
_DRAWN = frozenset("-=")
_RULES = re.compile(r"-{2,}\s{2,}-{2,}")
_STAMP = re.compile(r"\d{4}-\d\d-\d\d[^|]{0,60}\|")
_TWO_COLUMNS = re.compile(r"(\S.{0,120}?)\s{2,}(\S{1,40})")
_COUNT = re.compile(r"\b(epoch|iteration|itr|iter|episode|step)s?\b\s{0,3}[:=#\[]{0,3}\s{0,3}(\d{1,15})", re.IGNORECASE)
_EVALUATION = re.compile(r"Eval num_timesteps=(\d{1,18}), episode_reward=([^\s,]{1,30}) \+/- ")
_LENGTH = re.compile(r"Episode length: ([^\s,]{1,30}) \+/- ")
_SUCCESS = re.compile(r"Success rate: ([^\s%]{1,30})%")
_THOUSANDS = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d{0,20})?")
_LONGEST = 64  # characters of a number
_COUNTED_BY = tuple(axis for axis in PREFERENCE if axis != "seconds")


@dataclass
class _At:
    """Where reading stands.

    Args:
        row: records so far.
        cells: the open block, as printed.
        section: the heading its keys stand under.
        inside: between the rules of two columns.
        place: what the last line of prose counts.
        evaluated: the time step of the last evaluation.
        last: where the last record stood, by axis.
        rounded: axes that repeat because they are printed in three digits.
    """

    row: int = 0
    cells: dict[str, str] = field(default_factory=dict)
    section: str = ""
    inside: bool = False
    place: dict[str, float] = field(default_factory=dict)
    evaluated: str = ""
    last: dict[str, float] = field(default_factory=dict)
    rounded: list[str] = field(default_factory=list)


def sniff(path: Path, head: bytes) -> float:
    if path.suffix.lower() in _SOURCES or encoding(head) is None or (b"--" not in head and b"==" not in head):
        return 0.0
    blocks = [_numbers(cells) for cells in _blocks(_cut(head), _At(), [])]
    counts = Counter(key for block in blocks for key in block)
    alike = sum(count > 1 for count in counts.values()) > 1
    document = path.suffix.lower() in (".md", ".markdown")
    return 0.92 if alike and (not document or any(map(axes_of_learner, blocks))) else 0.0


def follow(path: Path, state: State) -> Iterator[Step]:
    counted = _is_counted(path)
    anew = bool(state) and state.get("counted") != counted
    state = {} if anew else state
    at = _At(**deepcopy(state["at"])) if state else _At()
    for block in lines(path, state):
        at = _At() if block.fresh else at
        log = _log(block.lines, at, counted, path, block.first)
        reader_state = {"at": asdict(at), "counted": counted}
        yield block.step([log], partial(_more, at, counted, path, block.after), reader_state, fresh=anew)
        anew = False


def _more(at: _At, counted: bool, path: Path, first: int, rest: list[str]) -> list[Log]:
    """The records of lines that may yet change, were the block to end with them."""
    log = _log([*rest, _END], _At(**deepcopy(asdict(at))), counted, path, first)
    return [log] if log.n or log.config else []


_END = "-----"


def _is_counted(path: Path) -> bool:
    """Whether no block of the file's start says where it stands, so that records are counted."""
    with opened_file(path) as file:
        head = file.read(HEAD)
    at = _At()
    return not any(axes_of_learner(_numbers(cells)) or at.place for cells in _blocks(_cut(head), at, []))


def _cut(data: bytes) -> list[str]:
    return data.decode(encoding(data) or "utf-8", errors="replace").replace("\r", "\n").split("\n")


def _blocks(raw_lines: Iterable[str], at: _At, cut: list[int]) -> Iterator[dict[str, str]]:
    """Each block that ends in the lines, as printed; what is open stays in ``at``, rows that are cut are counted."""
    frame = ""  # the last line that was one: most are like it
    for i, raw in enumerate(raw_lines):
        parts = raw.split("|") if raw[:1] == "|" else ()
        if len(parts) == 4 and not parts[3] and "\x1b" not in raw:
            key, cell = parts[1], parts[2].strip()
        else:
            alike = raw == frame
            line = raw if alike else _bare(raw)
            if not line:
                continue
            if not alike and _is_cut(raw):
                cut.append(i)
            if alike or (line[2:3] in _DRAWN and _FRAME.fullmatch(line)):
                rules = not alike and bool(_RULES.fullmatch(line))
                frame = frame if rules or raw[0] == "|" else raw
                at.inside = rules and not at.inside
                if cells := _closed(at):
                    yield cells
                continue
            pair = _pair(line, at)
            if pair is None:
                if line[0] != "|":
                    yield from _prose(line, at)
                continue
            key, cell = pair
        name, indented, heads = _key(key)
        if heads and not cell:
            at.section = name
            continue
        if not indented:
            at.section = ""
        name = at.section + name
        if name in at.cells:
            yield _closed(at)
        at.cells[name] = cell


def _is_cut(line: str) -> bool:
    return line[:1] == "|" and not line.endswith("|") and line.count("|") < 3 and line.rstrip()[-1] != "|"


def _closed(at: _At) -> dict[str, str]:
    """The cells of the open block, which is open no more."""
    cells, at.cells, at.section = at.cells, {}, ""
    return cells


def _bare(raw: str) -> str:
    line = _ANSI.sub("", raw).rstrip() if "\x1b" in raw else raw.rstrip()
    if line[:1] == "|":
        return line
    stamp = _STAMP.match(line) if line[:2] in ("19", "20") else None
    if stamp:
        line = (
            line[stamp.end() :].rpartition(" | ")[2] if " | " in line[stamp.end() :] else line[stamp.end() :].lstrip()
        )
    return line


def _pair(line: str, at: _At) -> tuple[str, str] | None:
    """A key and its cell, as printed."""
    text = line.strip() if line.isascii() else line.replace("│", "|").replace("┃", "|").strip()
    if text[:1] == "|" and text[-1] == "|" and text.count("|") == 3:
        _, key, cell, _ = text.split("|")
        return key, cell.strip()
    match = _TWO_COLUMNS.fullmatch(text) if at.inside else None
    return (match[1], match[2]) if match else None


@lru_cache(maxsize=4096)
def _key(text: str) -> tuple[str, bool, bool]:
    """A key, whether it stands under a section, and whether it may be one's heading."""
    name = text.strip()
    return name, text.startswith("   "), name.endswith("/")


def _prose(line: str, at: _At) -> Iterator[dict[str, str]]:
    """What stands between blocks: stable-baselines3's evaluations, and lines that count."""
    evaluation = _EVALUATION.search(line)
    if evaluation:
        at.evaluated = evaluation[1]
        yield {_STEPS: evaluation[1], "eval/return": evaluation[2]}
        return
    for pattern, name in ((_LENGTH, "eval/length"), (_SUCCESS, "eval/success_rate")):
        value = pattern.match(line) if at.evaluated else None
        if value:
            yield {_STEPS: at.evaluated, name: value[1]}
            return
    counts = _COUNT.findall(line[:400])
    if counts:
        at.place = {_WORDS.get(str(word).lower(), str(word).lower()): float(value) for word, value in counts}


_STEPS = "total_timesteps"
_WORDS = {"itr": "iteration", "iter": "iteration"}


def _numbers(cells: Mapping[str, str]) -> dict[str, float]:
    text = "".join(cells.values())
    if "_" not in text and (len(text) <= _LONGEST or max(map(len, cells.values())) <= _LONGEST):
        try:
            return dict(zip(cells, map(float, cells.values()), strict=True))
        except ValueError:
            pass
    return {key: value for key, cell in cells.items() if (value := _number(cell)) is not None}


def _number(cell: str) -> float | None:
    value = number(cell)
    if value is None and cell.endswith("%"):
        value = number(cell[:-1])
    return number(cell.replace(",", "")) if value is None and _THOUSANDS.fullmatch(cell) else value


def _log(raw_lines: list[str], at: _At, counted: bool, path: Path, first: int) -> Log:
    """The records of the lines; ``at`` moves on."""
    records = Records(CARD.name)
    for begin in range(0, len(raw_lines), _PORTION):  # so that a block of another layout slows few others
        portion = raw_lines[begin : begin + _PORTION]
        alike = stretch(portion)
        columns = {} if alike is None else _columns(alike)
        if alike is None or not columns:
            _add(portion, records, at, counted, path, first + begin)
            continue
        _add(portion[: alike.begin], records, at, counted, path, first + begin)
        _add_columns(columns, records, at)
        _add(portion[alike.end :], records, at, counted, path, first + begin + alike.end)
    log = records.log()
    if at.rounded:
        log.axis = next((axis for axis in _COUNTED_BY if axis in at.last and axis not in at.rounded), "row")
    return log


_PORTION = 1 << 13  # lines


def _add(raw_lines: list[str], records: Records, at: _At, counted: bool, path: Path, first: int) -> None:
    """Add the record of each block that ends in the lines."""
    cut: list[int] = []
    for cells in _blocks(raw_lines, at, cut):
        numbers = _numbers(cells)
        names = _axes(tuple(numbers))
        if not (names or at.place or counted):
            records.config.update({key: numbers.get(key, cell) for key, cell in cells.items()})
            continue
        at.row += 1
        for key in cells.keys() - numbers.keys() if len(numbers) < len(cells) else ():
            why = f"{key}: {cells[key][:40]!r} is not a number"
            records.unfit(key, Damage(path.name, f"block {at.row}", why, 1))
        axes = {} if names else dict(at.place)
        for name, axis in names.items():
            place = axes[axis] = numbers.pop(name)
            if place == at.last.get(axis) and "e" in cells[name] and axis not in at.rounded:
                at.rounded.append(axis)  # a count of three digits, 1.2e+06, is again what it was
        at.last.update(axes)
        axes["row"] = float(at.row)
        records.add(axes, numbers.items())
    records.damage += [Damage(path.name, f"line {first + i}", "a row that is cut", 1) for i in cut]


def _columns(alike: Stretch) -> dict[str, list[float]]:
    """The numbers of blocks of one layout by key; none where there is more to be looked at."""
    rows = [f"|{key}|{i if any(alike.cells[i]) else ''}|" for i, key in enumerate(alike.keys)]
    named = list(_blocks([*rows, _END], _At(), []))
    if len(named) != 1 or "" in named[0].values():
        return {}
    columns = {key: alike.cells[int(i)] for key, i in named[0].items()}
    every = [cell for column in columns.values() for cell in column]
    counted = [cell for key in _axes(tuple(columns)) for cell in columns[key]]
    if not counted or "e" in "".join(counted) or "_" in "".join(every) or max(map(len, every)) > _LONGEST:
        return {}
    try:
        return {key: list(map(float, column)) for key, column in columns.items()}
    except ValueError:
        return {}


def _add_columns(columns: dict[str, list[float]], records: Records, at: _At) -> None:
    """Add the records of blocks of one layout, which say where they stand."""
    axes = {axis: columns.pop(name) for name, axis in _axes(tuple(columns)).items()}
    at.last.update({axis: places[-1] for axis, places in axes.items()})
    begin, n = at.row + 1, len(next(iter(axes.values())))
    at.row += n
    axes["row"] = list(map(float, range(begin, begin + n)))
    records.extend(axes, columns)


@lru_cache(maxsize=256)
def _axes(names: tuple[str, ...]) -> dict[str, str]:
    return axes_of_learner(names)


BLOCKS = Reader(card=CARD, sniff=sniff, follow=follow)
