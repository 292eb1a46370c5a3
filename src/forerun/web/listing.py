"""All runs as a table: what is shown of each, what it is ordered and found by."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar
from urllib.parse import quote

from forerun.api import Look
from forerun.core import BadInput, Run, UnknownName
from forerun.core.settings import resolved
from forerun.figures.logged import UNKNOWN
from forerun.figures.page.table import small_curve, words
from forerun.figures.page.work import ReportPart
from forerun.figures.sweep import PlaceView, Sweep
from forerun.figures.view import RunView, forecast_of
from forerun.runs.natural import natural
from forerun.web.snapshot import RunsSnapshot, is_looked_at

Made = TypeVar("Made")
_WAITING = "…"  # stands for advice and forecast of a run that was not looked at yet
_MOST_MADE = 500  # pages of rows kept
_LAST = 99  # urgency of that


@dataclass(frozen=True, eq=False)
class ShownRun:
    """What is shown of a run by itself: made once for what was said of it."""

    look: Look
    said: Look | None
    view: RunView
    curve: list[str] = field(default_factory=list[str])

    @classmethod
    def of(cls, run: Run, snapshot: RunsSnapshot, metric: str | None, before: ShownRun | None) -> ShownRun:
        """That of a run; the one before where nothing has changed."""
        said = snapshot.looks.get(run.id)
        if before is not None and before.look.run is run and before.said is said:
            return before
        look = snapshot.look(run, metric)
        view = RunView.of(look)
        return cls(look, said, view if is_looked_at(look) else _waiting(view))

    def drawn(self) -> str:
        """Its small picture, drawn when it is asked for first."""
        if not self.curve:
            self.curve.append(small_curve(self.look))
        return self.curve[0]


@dataclass(frozen=True, eq=False)
class ListedRun:
    """A run in the table: what is shown of it by itself, and among those beside it."""

    shown: ShownRun
    place: PlaceView

    @property
    def run(self) -> Run:
        """As it is now."""
        return self.shown.look.run

    @property
    def number(self) -> int:
        """By which pages name it; of its id, so that it stays whatever comes and goes beside it."""
        return number_of(self.run.id)

    @property
    def href(self) -> str:
        """Its own page."""
        return f"/run?run={quote(self.run.id, safe='/')}"

    def part(self, *, drawn: bool) -> ReportPart:
        """The same as a report has it, with its small picture or without."""
        curve, forecast = self.shown.drawn() if drawn else "", forecast_of(self.shown.look)
        return ReportPart(self.number, self.place, (), self.shown.view, "", "", curve, forecast, self.href)


@dataclass(frozen=True, eq=False)
class Listing:
    """All runs, most urgent first.

    Args:
        version: of the snapshot it was made of.
        entries: in the order of a report.
        sweep: what all runs have to say together.
        aimed: whether any run has a target.
        looked: runs that were looked at. running: those that go on.
        unread: files and folders still to be read for the first time.
    """

    version: int = 0
    entries: tuple[ListedRun, ...] = ()
    sweep: Sweep = field(default_factory=lambda: Sweep((), ()))
    aimed: bool = False
    looked: int = 0
    running: int = 0
    unread: int = 0
    by_id: Mapping[str, ListedRun] = field(default_factory=dict[str, ListedRun])
    _made: dict[Hashable, object] = field(default_factory=dict[Hashable, object])

    @classmethod
    def of(
        cls,
        snapshot: RunsSnapshot,
        before: Listing | None = None,
        *,
        metric: str | None = None,
        target: float | None = None,
    ) -> Listing:
        """The table of a snapshot.

        Args:
            before: one made earlier, of which is taken over what has not changed.
            metric, target: as in `forerun.advise`.
        """
        earlier: Mapping[str, ListedRun] = {} if before is None else before.by_id
        shown = [
            ShownRun.of(run, snapshot, metric, earlier[run.id].shown if run.id in earlier else None)
            for run in snapshot.runs
        ]
        sweep = Sweep.of([one.look for one in shown])
        open_groups = {place.group for one, place in zip(shown, sweep.places, strict=True) if not _settled(one)}
        places = [_unranked(place) if place.group in open_groups else place for place in sweep.places]
        entries = [ListedRun(one, place) for one, place in zip(shown, places, strict=True)]
        return cls(
            version=snapshot.version,
            entries=tuple(sorted(entries, key=_urgency)),
            sweep=replace(sweep, places=tuple(places)),
            aimed=any(_target(one, target) is not None for one in shown),
            looked=sum(is_looked_at(one.look) for one in shown),
            running=sum(run.status == "running" for run in snapshot.runs),
            unread=snapshot.unread,
            by_id={one.run.id: one for one in entries},
        )

    def numbered(self, number: int) -> ListedRun:
        """The run that pages name by a number.

        Raises:
            UnknownName: there is none.
        """
        for entry in self.entries:
            if entry.number == number:
                return entry
        raise UnknownName("run", str(number), ())

    def chosen(self, find: str = "", sort: str = "", *, down: bool = False, group: str = "") -> Sequence[ListedRun]:
        """The entries that hold all words, in the order asked for.

        Args:
            find: words, each of which stands in the run's id, name, metric, advice, status, findings or settings.
            sort: a column; default the most urgent first.
            down: largest first; what has no value comes last either way.
            group: a column by which runs stand together.

        Raises:
            BadInput: no such column.
        """
        wanted = find.lower().split()
        entries = [entry for entry in self.entries if all(word in self.words(entry) for word in wanted)]
        if sort:
            entries = _sorted(entries, self._key(sort), down=down)
        return _sorted(entries, self._key(group)) if group else entries

    def value(self, entry: ListedRun, column: str) -> str:
        """What a run has in a column by which runs are grouped."""
        return str(self._key(column)(entry) or "")

    def words(self, entry: ListedRun) -> str:
        """What a run is found by."""
        settings = zip(self.sweep.columns, entry.place.settings, strict=False)
        return " ".join([words(entry.shown.view, entry.place), *(f"{k}={v}".lower() for k, v in settings if v)])

    def once(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What is made of this table, made once for a key: many look at the same rows."""
        if len(self._made) > _MOST_MADE:
            self._made.clear()
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]  # type: ignore[return-value]

    def _key(self, column: str) -> Callable[[ListedRun], object]:
        if column in self.sweep.columns:
            i = self.sweep.columns.index(column)
            return lambda entry: entry.place.settings[i] or None
        if column not in _KEYS:
            raise BadInput(
                f"no column {column!r}; there are: {', '.join([*_KEYS, *self.sweep.columns])}", where="?sort"
            )
        return _KEYS[column]


_KEYS: Mapping[str, Callable[[ListedRun], object]] = {
    "run": lambda entry: entry.run.id,
    "status": lambda entry: entry.run.status,
    "metric": lambda entry: entry.shown.view.metric or None,
    "advice": lambda entry: entry.shown.view.advice.urgency,
    "verdict": lambda entry: entry.shown.view.advice.verdict,
    "best": lambda entry: entry.shown.view.best.order,
    "now": lambda entry: entry.shown.view.now.order,
    "forecast": lambda entry: entry.shown.view.ahead.median.order,
    "target": lambda entry: entry.shown.view.ahead.target.order,
    "ends first": lambda entry: entry.place.first.order,
    "left": lambda entry: entry.place.left.order,
}


def number_of(id: str) -> int:
    """A number that pages name a run by, whatever its id holds."""
    return zlib.crc32(id.encode("utf-8", "surrogatepass"))


def _sorted(entries: Sequence[ListedRun], key: Callable[[ListedRun], object], *, down: bool = False) -> list[ListedRun]:
    keyed = [(key(entry), entry) for entry in entries]
    known = [(value, entry) for value, entry in keyed if value is not None]
    known.sort(key=lambda one: _order(one[0]), reverse=down)
    return [entry for _, entry in known] + [entry for value, entry in keyed if value is None]


def _order(value: object) -> tuple[int, object]:
    if isinstance(value, (int, float)):
        return 0, value
    try:
        return 0, float(str(value))
    except ValueError:
        return 1, natural(str(value))


def _urgency(entry: ListedRun) -> tuple[int, int]:
    return entry.shown.view.advice.urgency, entry.place.urgency


def _settled(shown: ShownRun) -> bool:
    """Whether it is known where a run ends, as far as it can be."""
    return is_looked_at(shown.look) or shown.look.forecast is None or shown.look.forecast.status == "finished"


def _unranked(place: PlaceView) -> PlaceView:
    """The place of a run beside which some were not looked at yet."""
    return replace(place, first=UNKNOWN, needs=tuple(why for why in place.needs if why != "dominated"), extend=False)


def _waiting(view: RunView) -> RunView:
    advice = replace(view.advice, verdict=_WAITING, urgency=_LAST, reason="", sentence="Not looked at yet.", reasons=())
    ahead = view.ahead if view.ahead.without == "finished" else replace(view.ahead, without=_WAITING, note="")
    return replace(view, advice=advice, ahead=ahead, diagnosis="")


def _target(shown: ShownRun, target: float | None) -> float | None:
    forecast = shown.look.forecast
    settings = shown.look.run.settings
    return None if forecast is None else resolved(settings, forecast.metric, target=target).target
