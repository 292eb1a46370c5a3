"""Text logs: what a training prints, read line by line.

A line is taken apart into numbers and the text between them (`tokens`), what they mean is found out once a skeleton
(`grammar`), and where a line stands follows from the lines before it (`places`). A text is a log when lines of one
skeleton recur, say something that is measured, and stand at places that move on; what recurs nowhere is prose.
Lines that ``forerun.toml`` describes (`template`) are read as described, and nothing else of such a file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from forerun.core import Array, Card, UnreadableLog
from forerun.core.axes import axis_of
from forerun.runs.growth import lines
from forerun.runs.log import Log, State, Step
from forerun.runs.readers.grammar import Plan, plan_of
from forerun.runs.readers.naming import measures, split_in
from forerun.runs.readers.places import Place, Record
from forerun.runs.readers.template import template
from forerun.runs.readers.text import encoding, head_of, suffix_of
from forerun.runs.readers.tokens import LONGEST, TOKEN, clean

CARD = Card(
    name="text",
    does="Reads what trainings print: lines that say a place (epoch, step, episode) and what was measured there.",
    source="the print statements of some fifty frameworks and examples; further lines by [[profile]] in forerun.toml",
    assumes="A line without a place stands where the line before it does; steps that begin again with each epoch count "
    "on. A place that is the first once more, after three others, begins another run.",
    needs="Three lines that differ in their numbers only and hold a metric, or two that are all there is.",
    promises="Prose is passed over. A number that may be read in two ways is left out. A traceback that nothing follows "
    "means the run has crashed.",
    known_answer="Recorded logs of five projects against the tidy tables made of them; sixty formats, line by line.",
    control="Prose, source code, settings and tables are left alone.",
)
HEAD = 1 << 16  # bytes that mostly tell
_LOOK = 1 << 20  # bytes in which a log is looked for, as some trainings print long settings first
_SOURCE = frozenset(".py .md .rst .json .jsonl .csv .tsv .yaml .yml .toml .html .ipynb .c .h .cu .cpp .sh".split())
_JSON = re.compile(rb'\s{0,99}[\[{]\s{0,99}["{]')
_TRACEBACK = "Traceback (most recent call last)"
_RESUMED = re.compile(r"\bresum(?:ed|ing)\b", re.IGNORECASE)
_PLANS = 4096  # skeletons kept; a text that has more is not one that repeats itself
_HEADING = 60  # characters of a line without a number that may head a section


class TextReader:
    """The reader of text logs, with the lines that a project describes."""

    CARD = CARD

    def __init__(self, own: Sequence[tuple[str, Callable[[str], dict[str, float] | None]]] = ()) -> None:
        self._own = tuple(own)

    def sniff(self, path: Path, head: bytes) -> float:
        if suffix_of(path) in _SOURCE or encoding(head) is None or _JSON.match(head):
            return 0.0
        style = self._style(path, head)
        return 0.0 if style is None else 0.96 if style.own else 0.75 if style.sure else 0.55

    def _style(self, path: Path, head: bytes) -> _Style | None:
        """How a file is read, by its start; where that holds only settings, by more of it."""
        found = self._known(head)
        if found is None and len(head) >= HEAD:
            found = self._known(head_of(path, _LOOK))
        return found

    def _known(self, head: bytes) -> _Style | None:
        shown = _cut(head)
        for name, read in self._own:
            if any(read(line) for line in shown):
                return _Style(name, 0, read)
        return _recurring(shown)

    def follow(self, path: Path, state: State) -> Iterator[Step]:
        style = self._style(path, head_of(path, HEAD))
        if style is None:
            raise UnreadableLog(
                "no style of line known here; describe one in forerun.toml as [[profile]]", where=path.name
            )
        anew = bool(state) and int(state["offset"] if "offset" in state else 0) < _LOOK and state["style"] != style.key
        if anew:
            state = {}
        place = Place.of(dict(state["place"])) if state else Place()
        key = state["style"] if state else style.key
        for block in lines(path, state):
            if block.fresh:
                place, key = Place(), style.key
            logs = _read(block.lines, place, style.own, first=key[1] - block.first)
            if block.damage:
                logs.append(Log(CARD.name, id=place.id, damage=list(block.damage)))
            kept = block.state | {"style": key, "place": place.state()}
            further = deepcopy(place)
            pending = _read(block.rest, further, style.own, first=key[1] - block.after)
            pending += _Logs().of(further.close()).made()
            if further.failed:
                pending.append(Log(CARD.name, id=further.id, end="crashed"))
            yield Step(kept, logs, pending, block.fresh or anew)
            anew = False


@dataclass(frozen=True)
class _Style:
    """How a file is read: from which line on (from 0), by which description of its own, and how sure that is."""

    name: str
    first: int
    own: Callable[[str], dict[str, float] | None] | None = None
    sure: bool = True

    @property
    def key(self) -> list[object]:
        return [self.name, self.first]


class _Plans:
    """The plans of the skeletons met so far."""

    def __init__(self) -> None:
        self._known: dict[str, Plan | None] = {}

    def of(self, line: str) -> tuple[Plan | None, list[str]]:
        parts = TOKEN.split(line)
        skeleton = "\0".join(parts[::2])
        if skeleton not in self._known:
            if len(self._known) >= _PLANS:
                self._known.clear()
            self._known[skeleton] = plan_of(parts[::2], parts[1::2]) if len(parts) > 1 else None
        return self._known[skeleton], parts[1::2]


def _recurring(shown: Sequence[str]) -> _Style | None:
    """The style of a text in which lines recur that say a place and a measure; None of any other text.

    Lines count by what they measure. A place counts once, so that what is said again and again of one does not move on.
    """
    plans, place = _Plans(), Place()
    places: dict[str, dict[tuple[object, ...], int]] = {}
    begun = 0
    for i, line in enumerate(shown):
        plan, tokens = plans.of(clean(line[:LONGEST]))
        if plan is None:
            continue
        place.take(plan, tokens)
        if plan.places:
            begun = i
        if plan.measures and place.axes:
            at = (place.run, *place.axes.items())
            for _, name in plan.metrics:
                if measures(name):
                    places.setdefault(name, {}).setdefault(at, begun)
    numbered = sum(any(map(str.isdigit, line)) for line in shown)
    least = 3 if numbered > 2 else 2
    recurring = [at for at in places.values() if len(at) >= least]
    return _Style("lines", min(min(at.values()) for at in recurring)) if recurring else None


def _cut(data: bytes) -> list[str]:
    text = data.decode(encoding(data[:65536]) or "utf-8", errors="replace")
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _read(
    found: list[str], place: Place, own: Callable[[str], dict[str, float] | None] | None, *, first: int
) -> list[Log]:
    """The records of the lines from the ``first`` on, one Log a run; ``place`` moves on."""
    logs = _Logs()
    if own is not None:
        return logs.described(found, own).made()
    plans = _Plans()
    for line in found[max(first, 0) :]:
        if not any(map(line.__contains__, "0123456789")):
            _words(line, place)
            continue
        plan, tokens = plans.of(clean(line[:LONGEST]))
        if plan is None:
            _words(line, place)
            continue
        run, ends = place.run, dict(place.ends)
        logs.of(place.take(plan, tokens))
        if plan.ends:
            logs.at(place.id).end = "finished"
        if place.run != run or place.ends != ends:
            logs.at(place.id).horizon.update(place.ends)
        if plan.sticky and plan.measures:
            logs.at(place.id).sticky = True
    return logs.made()


def _words(line: str, place: Place) -> None:
    """What a line without numbers changes."""
    if len(line) < _HEADING and (split := split_in(line)) and len(line.split()) < 6:
        place.section = split if split in ("val", "test", "train") else None
    if _TRACEBACK in line:
        place.failed = True
    elif _RESUMED.search(line):
        place.resumed = True


class _Logs:
    """Records on their way to being logs, by run."""

    def __init__(self) -> None:
        self._records: dict[str, list[Record]] = {}
        self._words: dict[str, Log] = {}

    def at(self, id: str) -> Log:
        return self._words.setdefault(id, Log(CARD.name, id=id))

    def of(self, records: Iterable[tuple[str, Record]]) -> _Logs:
        for id, record in records:
            self.at(id)
            self._records.setdefault(id, []).append(record)
        return self

    def described(self, found: list[str], read: Callable[[str], dict[str, float] | None]) -> _Logs:
        """Records of the lines that a project describes."""
        for line in found:
            numbers = read(clean(line[:LONGEST])) if line else None
            if numbers:
                axes = {axis: number for name, number in numbers.items() if (axis := axis_of(name))}
                values = {name: number for name, number in numbers.items() if axis_of(name) is None}
                self.of([("", Record(axes, values=values))])
        return self

    def made(self) -> list[Log]:
        for id, log in self._words.items():
            _fill(log, self._records.get(id, []))
        return list(self._words.values())


def _fill(log: Log, records: Sequence[Record]) -> None:
    """Put records into a log."""
    axes: dict[str, tuple[list[int], list[float]]] = {}
    series: dict[str, tuple[list[int], list[float]]] = {}
    for i, record in enumerate(records):
        for table, numbers in ((axes, record.axes), (axes, record.times), (series, record.values)):
            for name, number in numbers.items():
                column = table.get(name)
                if column is None:
                    column = table[name] = ([], [])
                column[0].append(i)
                column[1].append(number)
    log.n = len(records)
    for name, (rows, numbers) in axes.items():
        column = log.axes[name] = _empty(log.n)
        column[rows] = numbers
    for name, (rows, numbers) in series.items():
        log.series[name] = (np.array(rows, np.int64), np.array(numbers, float))
    if "step" not in log.axes:
        log.axis = next((name for name in ("episode", "generation", "round") if name in log.axes), "")


def _empty(n: int) -> Array:
    return np.full(n, np.nan)


def with_profiles(lines_of: Sequence[tuple[str, str]]) -> TextReader:
    """A reader that knows further lines: pairs of a name and the description of a line."""
    return TextReader([(name, template(line).match) for name, line in lines_of])


_PLAIN = TextReader()
sniff, follow = _PLAIN.sniff, _PLAIN.follow
