"""Text logs: what a training prints, read line by line.

A line is taken apart into numbers and the text between them (`tokens`), what they mean is found out once a skeleton
(`grammar`), and where a line stands follows from the lines before it (`places`). A text is a log when lines of one
skeleton recur, say something that is measured, and stand at places that move on; what recurs nowhere is prose.
Lines that ``forerun.toml`` describes (`template`) are read as described, and nothing else of such a file.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from forerun.core import Array, Card, Damage, UnreadableLog
from forerun.core.axes import axis_of
from forerun.core.metrics import meaning
from forerun.runs.growth import lines
from forerun.runs.log import Log, State, Step
from forerun.runs.readers.columns import columns_of_records
from forerun.runs.readers.lines.grammar import plan_of
from forerun.runs.readers.lines.header import settings
from forerun.runs.readers.lines.naming import split_in
from forerun.runs.readers.lines.places import Place
from forerun.runs.readers.lines.plan import LinePlan
from forerun.runs.readers.lines.record import Record
from forerun.runs.readers.lines.template import template
from forerun.runs.readers.lines.tokens import TOKEN, clean, pattern, value
from forerun.runs.readers.lines.units import scaled
from forerun.runs.readers.reader import Reader
from forerun.runs.readers.text import encoding, head_of, suffix_of
from forerun.runs.readers.written import mark_of

CARD = Card(
    name="text",
    does="Reads what trainings print: lines that say a place (epoch, step, episode) and what was measured there.",
    source="the print statements of some fifty frameworks and examples; further lines by [[profile]] in forerun.toml",
    assumes="A line without a place stands where the line before it does; steps that begin again with each epoch count "
    "on. A place that is the first once more, after three others, begins another run. Where nothing says a place, "
    "records are counted.",
    needs="Three lines that differ in their numbers only and hold a metric, or two that are all there is.",
    promises="Prose is passed over. A number that may be read in two ways is left out and counted. A traceback "
    "that nothing follows means the run has crashed.",
    known_answer="Recorded logs of five projects against the tidy tables made of them; a hundred formats by line.",
    control="Prose, source code, settings and tables are left alone.",
)
HEAD = 1 << 16  # bytes that mostly tell
_LOOK = 1 << 20  # bytes in which a log is looked for, as some trainings print long settings first
_SOURCE = frozenset(".py .md .rst .json .jsonl .csv .tsv .yaml .yml .toml .html .ipynb .c .h .cu .cpp .sh".split())
_JSON = re.compile(rb'\s{0,99}[\[{]\s{0,99}["{]')
_TRACEBACK = "Traceback (most recent call last)"
_RESUMED = re.compile(r"\bresum(?:ed|ing)\b", re.IGNORECASE)
_PLANS = 4096  # skeletons kept; a text that has more is not one that repeats itself
_LATEST = 8  # skeletons that a line is compared with before it is taken apart
_SILENT = 4  # of rows of bare numbers
_COUNTED = "rows"  # the style of a text in which nothing says a place
_ROWS = 10  # lines of a measure that make a log of such a text (ours)
_LETTER = re.compile(r"[^\W\d_]")  # without one nothing is named
_LISTED = 20  # doubtful numbers that are named one by one
_HEADING = 60  # characters of a line without a number that may head a section


@dataclass(frozen=True)
class _Printed:
    """Printed logs, with the lines that a project describes: pairs of a name and what reads one."""

    own: tuple[tuple[str, Callable[[str], dict[str, float] | None]], ...]

    def sniff(self, path: Path, head: bytes) -> float:
        if suffix_of(path) in _SOURCE or encoding(head) is None or _JSON.match(head):
            return 0.0
        style = self._style(path, head)
        return 0.0 if style is None else 0.96 if style.own else 0.75 if style.sure else 0.55

    def _style(self, path: Path, head: bytes) -> _Style | None:
        """How a file is read, by its start; where that holds only settings, by more of it."""
        style = self._known(head)
        if style is None and len(head) >= HEAD:
            style = self._known(head_of(path, _LOOK))
        return style

    def _known(self, head: bytes) -> _Style | None:
        shown = _cut(head)
        for name, read in self.own:
            if any(read(line) for line in shown):
                return _Style(name, 0, read)
        return _recurring(shown) if any(map(_LETTER.search, shown)) else None

    def follow(self, path: Path, state: State) -> Iterator[Step]:
        style = self._style(path, head_of(path, HEAD))
        if style is None:
            raise UnreadableLog(
                "no style of line known here; describe one in forerun.toml as [[profile]]", where=path.name
            )
        anew = bool(state) and int(state.get("offset", 0)) < _LOOK and state["style"] != style.key
        if anew:
            state = {}
        place = Place.of(deepcopy(state["place"])) if state else Place(counting=style.name == _COUNTED)
        key = state["style"] if state else style.key
        for block in lines(path, state):
            if block.fresh:
                place, key = Place(counting=style.name == _COUNTED), style.key
            logs = _read(block.lines, place, style, first=key[1] - block.first, at=(path.name, block.first))
            if block.damage:
                logs.append(Log(CARD.name, id=place.id, damage=list(block.damage)))
            reader_state = {"style": key, "place": place.state()}
            read = partial(_read, style=style, first=key[1] - block.after, at=(path.name, block.after))
            yield block.step(logs, partial(_closed, path.name, place, read), reader_state, fresh=anew)
            anew = False


def _closed(name: str, place: Place, read: Callable[[list[str], Place], list[Log]], rest: list[str]) -> list[Log]:
    """The records of lines that may yet change, and those that are open, were the log to end with them."""
    place = deepcopy(place)
    logs = read(rest, place) + _Logs().of(place.close()).made()
    if place.doubted > _LISTED:
        more = place.doubted - _LISTED
        damage = Damage(name, "log", f"{more} further numbers may be read in two ways", more)
        logs.append(Log(CARD.name, id=place.id, damage=[damage]))
    if place.failed:
        logs.append(Log(CARD.name, id=place.id, end="crashed"))
    return logs


@dataclass(frozen=True)
class _Style:
    """How a file is read: from which line on (from 0), by which description of its own, how sure that is, and what
    parts decimals where it is no point."""

    name: str
    first: int
    own: Callable[[str], dict[str, float] | None] | None = None
    sure: bool = True
    mark: str = ""

    @property
    def key(self) -> list[Any]:
        return [self.name, self.first, *([self.mark] if self.mark else [])]


class _Plans:
    """The plans of the skeletons met so far; the latest are tried first, by a pattern of their own.

    Behind them stand the first few of rows of bare numbers, which say nothing: a table may hold a million.
    """

    def __init__(self, mark: str = "") -> None:
        self._mark = mark
        self._known: dict[tuple[str, ...], LinePlan | None] = {}
        self._met: set[tuple[str, ...]] = set()
        self._latest: list[tuple[Callable[[str], re.Match[str] | None], LinePlan]] = []
        self._silent: list[Callable[[str], re.Match[str] | None]] = []

    def of(self, line: str) -> tuple[LinePlan | None, Sequence[str]]:
        for i, (match, plan) in enumerate(self._latest):
            matched = match(line)
            if matched:
                if i:
                    self._latest.insert(0, self._latest.pop(i))
                tokens = matched.groups()
                return plan, self._plain(plan, tokens) if self._mark or plan.magnitudes else tokens
        for match in self._silent:
            if matched := match(line):
                return None, self._plain(None, matched.groups())
        parts = TOKEN.split(line)
        pieces, tokens = parts[::2], parts[1::2]
        plan = self._planned(tuple(pieces), tokens) if tokens else None
        return plan, self._plain(plan, tokens)

    def _plain(self, plan: LinePlan | None, tokens: Sequence[str]) -> Sequence[str]:
        """The numbers as they are written everywhere: with points and without letters behind them."""
        if self._mark:
            tokens = [_pointed(token, self._mark) if "," in token else token for token in tokens]
        return scaled(tokens, plan.magnitudes) if plan is not None and plan.magnitudes else tokens

    def _planned(self, skeleton: tuple[str, ...], tokens: Sequence[str]) -> LinePlan | None:
        if skeleton in self._known:
            plan = self._known[skeleton]
            if plan is not None and skeleton not in self._met:  # it recurs
                self._met.add(skeleton)
                self._latest = [(pattern(skeleton, tokens).fullmatch, plan), *self._latest[: _LATEST - 1]]
            elif plan is None and len(self._silent) < _SILENT and not "".join(skeleton).strip():
                self._silent.append(pattern(skeleton, tokens).fullmatch)
            return plan
        if len(self._known) >= _PLANS:
            self._known.clear()
            self._met.clear()
        plan = self._known[skeleton] = plan_of(skeleton, self._plain(None, tokens))
        return plan


def _pointed(token: str, mark: str) -> str:
    number = value(token, mark)
    return token if number is None else repr(number)


def _recurring(shown: Sequence[str]) -> _Style | None:
    """The style of a text in which measures recur at places that move on; None of any other text.

    A place counts once, so that what is said again and again of one does not move on. What is a log stays one as it
    grows: two places suffice only where no line with numbers that is no record stands before the second.
    """
    plans, place = _Plans(), Place()
    places: dict[str, dict[tuple[object, ...], int]] = {}
    logs: set[str] = set()
    rows: dict[str, list[int]] = {}  # by metric, the lines that say no place
    commas: list[str] = []
    others = 0
    begun: int | None = None  # where what a measure belongs to was first said
    for i, line in enumerate(shown):
        plan, tokens = plans.of(clean(line))
        if plan is None or not (plan.places or plan.recorded):
            others += bool(tokens)
            continue
        place.take(plan, tokens)
        commas += [tokens[k] for k, _ in plan.recorded if "," in tokens[k] or "." in tokens[k]] if "," in line else []
        if not plan.places and plan.measured and all(_is_measure(name, tokens[k]) for k, name in plan.metrics):
            rows.setdefault(plan.measured[0], []).append(i)
        begun = i if plan.places and begun is None else begun
        if not (plan.measures and place.axes):
            continue
        at = (place.run, place.anew, *place.axes.items())
        for name in plan.measured:
            own_places = places.setdefault(name, {})
            own_places.setdefault(at, i if begun is None else begun)
            if len(own_places) >= (3 if others else 2):
                logs.add(name)
        begun = None
    mark = "," if mark_of(commas) == "," else ""
    if logs:
        return _Style("lines", min(min(places[name].values()) for name in logs), mark=mark)
    begins = [indices[0] for indices in rows.values() if len(indices) >= _ROWS]
    return _Style(_COUNTED, min(begins), sure=False, mark=mark) if begins and not place.axes else None


def _is_measure(name: str, token: str) -> bool:
    """Whether a number may be measured, and is none that counts or names something: ``Model 3: 4 errors``."""
    fraction = "." in token or not math.isfinite(value(token) or 0.0)
    return fraction or meaning(name).kind in ("rate", "norm", "time", "signal")


def _cut(data: bytes) -> list[str]:
    text = data.decode(encoding(data[:65536]) or "utf-8", errors="replace")
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _read(
    raw_lines: list[str],
    place: Place,
    style: _Style,
    *,
    first: int,
    at: tuple[str, int],
) -> list[Log]:
    """The records of the lines from the ``first`` on, one Log a run; ``place`` moves on."""
    logs = _Logs()
    if style.own is not None:
        return logs.described(raw_lines, style.own).made()
    plans = _Plans(style.mark)
    for line in raw_lines[: max(first, 0)]:
        _words(line, place)
        plan, tokens = plans.of(clean(line)) if "%|" in line else (None, ())
        if plan is not None and plan.bar >= 0:
            place.take(plan, tokens)
    for i, line in enumerate(raw_lines[max(first, 0) :], max(first, 0)):
        plan, tokens = plans.of(clean(line))
        if plan is None or not (plan.measures or plan.places):
            _words(line, place)
        if plan is None:
            continue
        if plan.ends:
            log = logs.at(place.id)
            log.end = "finished"
            log.config.update({f"summary/{name}": value(tokens[k]) for k, name in plan.metrics})
            continue
        closed = place.take(plan, tokens)
        if closed:
            logs.of(closed)
        if place.doubts:
            logs.at(place.id).damage += _doubtful(place, at[0], at[1] + i)
        if place.news:
            _news(place, plan, logs.at(place.id))
        if plan.sticky and plan.measures:
            logs.at(place.id).sticky = "bar"
    return logs.made()


def _news(place: Place, plan: LinePlan, log: Log) -> None:
    """What lines have said beside records: planned ends, settings before the first record."""
    log.axis = "row" if place.counting or (place.repeated and not place.bar.end) else log.axis
    log.horizon.update({axis: end for axis, end in place.ends.items() if end > 1})
    if plan.measures and place.passed < 2:
        log.config.update(place.header)
    if plan.measures:
        place.header = {}
    place.news = bool(place.header)


def _doubtful(place: Place, path: str, line: int) -> list[Damage]:
    """The numbers of a line that may be read in two ways, while they are few enough to be listed."""
    doubts, place.doubts = place.doubts, []
    left = max(0, _LISTED - place.doubted + len(doubts))
    return [Damage(path, f"line {line}", doubt, 1) for doubt in doubts[:left]]


def _words(line: str, place: Place) -> None:
    """What a line that is no record changes."""
    if header := settings(line):
        place.header.update(header)
        place.news = True
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
        if id not in self._words:
            self._words[id] = Log(CARD.name, id=id)
            self._records[id] = []
        return self._words[id]

    def of(self, records: Iterable[tuple[str, Record]]) -> _Logs:
        for id, record in records:
            if id not in self._words:
                self.at(id)
            self._records[id].append(record)
        return self

    def described(self, raw_lines: list[str], read: Callable[[str], dict[str, float] | None]) -> _Logs:
        """Records of the lines that a project describes."""
        for line in raw_lines:
            numbers = read(clean(line)) if line else None
            if numbers:
                axes = {axis: number for name, number in numbers.items() if (axis := axis_of(name))}
                values = {name: number for name, number in numbers.items() if axis_of(name) is None}
                self.of([("", Record(axes, values=values))])
        return self

    def made(self) -> list[Log]:
        for id, log in self._words.items():
            _fill(log, self._records[id])
        return list(self._words.values())


def _fill(log: Log, records: Sequence[Record]) -> None:
    """Put records into a log."""
    log.n = len(records)
    places = [{**r.axes, **r.times} if r.times else r.axes for r in records]
    for name, (rows, numbers) in columns_of_records(places).items():
        column = log.axes[name] = _empty(log.n)
        column[rows] = numbers
    log.series.update(columns_of_records([record.values for record in records]))
    if "step" not in log.axes and not log.axis:
        log.axis = next((name for name in ("episode", "generation", "round") if name in log.axes), "")


def _empty(n: int) -> Array:
    return np.full(n, np.nan)


def with_profiles(lines_of: Sequence[tuple[str, str]]) -> Reader:
    """The reader, knowing further lines: pairs of a name and the description of a line."""
    printed = _Printed(tuple((name, template(line).match) for name, line in lines_of))
    return Reader(card=CARD, sniff=printed.sniff, follow=printed.follow)


TEXT = with_profiles(())
