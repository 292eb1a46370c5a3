"""Where reading stands in a text log: in which run, at which place of it, with which record still open.

A line that says where it stands moves on; one that does not stands where the line before it does, and what is said of
one place is one record. Steps of an epoch are counted on from epoch to epoch.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from forerun.core.metrics import meaning
from forerun.runs.log import WALL
from forerun.runs.readers.lines.bars import ProgressBar
from forerun.runs.readers.lines.naming import measures, under
from forerun.runs.readers.lines.plan import BAR, GLOBAL, LEADING, LOCAL, LinePlan
from forerun.runs.readers.lines.record import Axes, Record
from forerun.runs.readers.lines.tokens import moment, value
from forerun.runs.readers.lines.units import in_words, odd_ones
from forerun.runs.readers.written import either

_PASSED = 3  # places a run must have had before one that begins again at its first is another


@dataclass
class Place:
    """Where reading stands; all of it is what JSON can hold.

    Args:
        run: the number of the run, from 0.
        axes: the place; ``first`` the first of the run, ``passed`` how many there were.
        open: the record that further lines may add to.
        epoch, raw, pace, offset, base, local: of the last counted step its epoch, the number printed, how far it was
            from the one before, what is added to it, the number of the first epoch, and whether steps begin again with
            each epoch (None while that is open).
        section: the split that lines without a place are about.
        ends: planned ends.
        header: settings printed since the last record.
        size: of the first bar in this epoch.
        bar: the bar beside records that do not say their step; ``rows`` how many such records there were, and
            ``repeated`` whether their rounded epochs are the same for several.
        units: in which each metric began.
        doubts: numbers of the latest line that may be read in two ways; ``doubted`` how many there were.
        anew: further records of a place that had one.
        counting: nothing in the text says a place, so that records are counted.
        news: the ends have changed.
        named: a place was named; what numbers a line begins with is then something else.
        failed: behind a traceback; ``resumed``: a line says that a run goes on.
    """

    run: int = 0
    axes: Axes = field(default_factory=dict)
    first: Axes = field(default_factory=dict)
    passed: int = 0
    open: Record | None = None
    epoch: float | None = None
    raw: float | None = None
    pace: float = 0.0
    offset: float = 0.0
    base: float = 1.0
    local: bool | None = None
    section: str | None = None
    ends: Axes = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    size: float = 0.0
    bar: ProgressBar = field(default_factory=ProgressBar)
    rows: float = 0.0
    repeated: bool = False
    units: dict[str, str] = field(default_factory=dict)
    doubts: list[str] = field(default_factory=list)
    doubted: int = 0
    anew: int = 0
    counting: bool = False
    named: bool = False
    news: bool = False
    failed: bool = False
    resumed: bool = False

    @property
    def id(self) -> str:
        return f"#{self.run + 1}" if self.run else ""

    def state(self) -> dict[str, Any]:
        """As JSON holds it, which knows no NaN."""
        state = asdict(self)
        if self.open is not None:
            state["open"]["values"] = {name: repr(number) for name, number in self.open.values.items()}
        return state

    @classmethod
    def of(cls, state: dict[str, Any]) -> Place:
        parts: dict[str, Any] = {**state, "bar": ProgressBar(**state["bar"])}
        place = cls(**parts)
        if place.open is not None:
            record = dict(state["open"])
            record["values"] = {name: float(number) for name, number in record["values"].items()}
            place.open = Record(**record)
        return place

    def take(self, plan: LinePlan, tokens: Sequence[str]) -> list[tuple[str, Record]]:
        """A line is read; the records that it closed, with the ids of their runs."""
        if plan.alone and (behind := self._onwards(plan, tokens)) is not None:
            return behind
        if plan.keras and not self._completes(plan, tokens):
            return []
        if plan.bar >= 0:
            self._draw(plan, tokens)
            return []
        aside = self._aside(plan, tokens)
        axes = self.axes if aside else self._place_of(plan, tokens)
        closed: list[tuple[str, Record]] = []
        if axes != self.axes:
            if self._begins_again(axes):
                closed = self.close()
                self._another()
                axes = self._where(plan, tokens)
            self._move(axes)
        if not (axes and (plan.recorded or plan.seconds)):
            return closed
        again = self._again(plan, tokens)
        self.anew += again
        if self.open is None or self.open.axes != axes or again:
            closed += self.close()
            self.open = Record(axes, {}, {}, [])
        if plan.stamp >= 0 or plan.seconds:
            self._time(self.open, plan, tokens)
        if plan.record:
            self._beside(self.open, plan)
        self._add(self.open, plan, tokens, aside)
        return closed

    def _again(self, plan: LinePlan, tokens: Sequence[str]) -> bool:
        """Whether a line that says only its epoch says other values of what is known of it: a further record of it."""
        if self.open is None or "step" in self.open.axes or plan.epoch < 0 or plan.step >= 0 or plan.counters:
            return False
        if plan.sticky or plan.keras:
            return False
        known, differs = self.open.values, False
        for k, name in plan.recorded:
            if name not in known:
                return False
            differs = differs or (name in plan.measured and _differ(_metric(plan, k, tokens), known[name]))
        return differs

    def _onwards(self, plan: LinePlan, tokens: Sequence[str]) -> list[tuple[str, Record]] | None:
        """What a next line of a step or an epoch alone closes, for speed; None where more is to be looked at."""
        axis, last = plan.alone, self.raw if plan.alone == "step" else self.axes.get("epoch")
        if self.open is None or last is None or not self.named or len(self.axes) > 1 or axis not in self.axes:
            return None
        if self.counting or self.epoch is not None or plan.agreed is not self.units:
            return None
        place = tokens[plan.step if axis == "step" else plan.epoch]
        try:
            at = float(place)
            values = {name: float(tokens[k]) for k, name in plan.recorded}
        except ValueError:
            return None
        if at <= last or (axis == "epoch" and "." in place):
            return None
        if plan.epoch_end >= 0 or plan.step_end >= 0:
            self._tell_ends(plan, tokens, at if axis == "epoch" else None)
        if axis == "step":
            self.pace, self.raw, self.axes = at - last, at, {"step": self.offset + at}
        else:
            self.anew += self._again(plan, tokens)
            self.size, self.axes = 0.0, {"epoch": at}
        closed = self.close()
        self.open = Record(self.axes, {}, values, plan.recorded)
        if plan.stamp >= 0 or plan.seconds:
            self._time(self.open, plan, tokens)
        self.passed, self.resumed, self.failed = self.passed + 1, False, False
        self.section = plan.split if plan.split in ("val", "test") else None
        return closed

    def _draw(self, plan: LinePlan, tokens: Sequence[str]) -> None:
        self.bar.draw(value(tokens[plan.bar]) or 0.0, value(tokens[plan.bar + 1]) or 0.0)

    def _beside(self, record: Record, plan: LinePlan) -> None:
        """A record that does not say its step opens beside a bar."""
        evaluates = all(meaning(name).split in ("validation", "test") for name in plan.measured)
        if not evaluates:
            self.bar.record()
            record.beside = True
        elif self.bar.end and self.bar.done:
            record.axes = {**record.axes, "step": self.bar.done}
        if self.bar.end:
            self._tell("step", self.bar.end)

    def _aside(self, plan: LinePlan, tokens: Sequence[str]) -> bool:
        """Whether a bar is the second of its epoch, over other data than the first: an evaluation."""
        if plan.kind not in (BAR, LOCAL) or plan.epoch >= 0 or plan.step_end < 0 or plan.split or plan.keras:
            return False
        end = value(tokens[plan.step_end])
        if "epoch" not in self.axes or end is None or end <= 1:
            return False
        self.size = self.size or end
        return end != self.size

    def _place_of(self, plan: LinePlan, tokens: Sequence[str]) -> Axes:
        """The place of a line; of one that says only the run's step, at once."""
        if plan.plain and self.named and "epoch" not in self.axes and self.raw is not None:
            step = value(tokens[plan.step])
            if step is not None and step > self.raw:
                self.pace, self.raw = step - self.raw, step
                return {"step": self.offset + step}
        return self._where(plan, tokens)

    def close(self) -> list[tuple[str, Record]]:
        """The open record, which nothing will be added to."""
        record, self.open = self.open, None
        if record is not None and record.beside and (step := self.bar.settled()) is not None:
            record.axes = {**record.axes, "step": step}
        return [(self.id, record)] if record is not None and (record.values or "seconds" in record.times) else []

    def _time(self, record: Record, plan: LinePlan, tokens: Sequence[str]) -> None:
        if plan.stamp >= 0 and WALL not in record.times:
            when = moment(tokens[plan.stamp])
            if when is not None:
                record.times[WALL] = when
        if plan.seconds:
            seconds = value(tokens[plan.seconds[0]])
            if seconds is not None:
                record.times["seconds"] = seconds * plan.seconds[1]

    def _add(self, record: Record, plan: LinePlan, tokens: Sequence[str], aside: bool) -> None:
        placed = plan.places or plan.keras
        alone = not record.placed or plan.step >= 0 or "step" not in record.axes
        odd = {} if plan.agreed is self.units else self._odd(plan)
        for k, name in plan.recorded:
            if "," in tokens[k] and either(tokens[k]) and measures(name):
                self._doubt(f"{name}: {tokens[k]} may be a decimal comma or thousands")
                continue
            number = _metric(plan, k, tokens)
            if k in odd and number:
                if (factor := odd[k]) is None:
                    self._doubt(in_words(name, tokens[k], plan.units.get(name, ""), self.units[name]))
                    continue
                number *= factor
            if aside:
                name = under("val", name) if measures(name) else name
            if number is not None:
                record.values[name if placed and alone else self._called(record, name, placed)] = number
        if placed:
            record.placed = plan.recorded if not record.placed else [*record.placed, *plan.recorded]
        if plan.split in ("val", "test"):
            self.section = plan.split
        elif plan.places:
            self.section = None

    def _odd(self, plan: LinePlan) -> dict[int, float | None]:
        odd = odd_ones(plan, self.units)
        if not odd and plan.recorded:
            plan.agreed = self.units
        return odd

    def _doubt(self, why: str) -> None:
        self.doubts.append(why)
        self.doubted += 1

    def _called(self, record: Record, name: str, placed: bool) -> str:
        """The name of a metric on a line that says no place, or only the epoch of a record that has a step.

        What a line of the step itself has given stays; an epoch's mean is something else.
        """
        if not placed and self.section and measures(name):
            return under(self.section, name)
        known = any(name == other for _, other in record.placed)
        if placed:
            return f"{name}_epoch" if known else name
        return f"* {name}" if known and meaning(name).split is None else name

    def _completes(self, plan: LinePlan, tokens: Sequence[str]) -> bool:
        """Whether a bar of Keras is at its end, which is when its values are the epoch's, and is no evaluation's."""
        done, size = value(tokens[plan.step]), value(tokens[plan.step_end])
        if done != size or size is None or (self.size and size != self.size):
            return False
        self.size = size
        return True

    def _where(self, plan: LinePlan, tokens: Sequence[str]) -> Axes:
        """The place a line says it stands at; the present one where it does not."""
        epoch, step = _at(plan.epoch, tokens), _at(plan.step, tokens)
        evaluates = plan.split in ("val", "test")
        if plan.keras or (evaluates and (plan.kind in (LOCAL, BAR, LEADING) or plan.step_end >= 0)):
            step = None
        if plan.kind == LEADING and plan.epoch < 0:
            step = None if self.named else step
        elif plan.places and plan.kind != BAR:
            self.named = True
        axes: Axes = {}
        if step is not None:
            end = _at(plan.step_end, tokens)
            self._tell_ends(plan, tokens, epoch)
            count = step if plan.kind == GLOBAL else self._counted(epoch, step, end, plan.kind)
            axes["samples" if plan.samples else "step"] = count
            self.pace = 0.0 if plan.size else self.pace
            epoch = self.axes.get("epoch") if epoch is None else epoch
        elif epoch is not None:
            self._tell_ends(plan, tokens, epoch)
            if epoch >= self.axes.get("epoch", epoch):
                axes.update({name: self.axes[name] for name in ("step", "samples") if name in self.axes})
        if epoch is not None:
            axes["epoch"] = epoch
            if plan.record or (step is None and plan.measures and not plan.counters and "." in tokens[plan.epoch]):
                axes["row"] = self._row(epoch, plan)
        for name, k in plan.counters:
            number = _at(k, tokens)
            if number is not None:
                axes[name] = number
                end = _at(plan.counter_end, tokens)
                if end is not None and end > 1 and plan.counters[-1][1] == k:
                    self._tell(name, end)
        known = self.open.values if self.open is not None else {}
        if self.counting and plan.measures and (not known or any(name in known for _, name in plan.recorded)):
            self.rows, self.news = self.rows + 1, True
            axes["row"] = self.rows
        return axes or self.axes

    def _row(self, epoch: float, plan: LinePlan) -> float:
        """Records whose epoch is a rounded fraction are counted, as several may have the same."""
        if not self.repeated and self.open is not None and self.open.axes.get("epoch") == epoch:
            self.repeated = any(name in self.open.values for _, name in plan.recorded)
            self.news = self.news or self.repeated
        self.rows += 1
        return self.rows

    def _counted(self, epoch: float | None, step: float, end: float | None, kind: int) -> float:
        """The run's step, of one that may begin again with each epoch."""
        own = epoch is not None
        epoch = self.axes.get("epoch") if epoch is None else epoch
        back = self.raw is not None and step <= self.raw
        if self.raw is None:
            self.base = 0.0 if epoch == 0 else 1.0
            later = own and end and epoch == int(epoch or 0.0)
            self.offset = ((epoch or 0.0) - self.base) * (end or 0.0) if later else 0.0
        elif not own:
            if back and (epoch != self.epoch or (step < self.raw and kind in (BAR, LOCAL))):
                self.offset += end or self.raw + self.pace
        elif epoch != self.epoch and epoch is not None:
            self._next_epoch(epoch, end, back=back)
        if self.raw is not None and step > self.raw:
            self.pace = step - self.raw
        self.epoch, self.raw = epoch, step
        return self.offset + step

    def _next_epoch(self, epoch: float, end: float | None, *, back: bool) -> None:
        self.local = back or bool(self.local)
        passes = epoch - (self.base if self.epoch is None else self.epoch)
        if not self.local:
            self.offset = 0.0
        elif end:
            self.offset = (epoch - self.base) * end
        elif passes > 0:
            self.offset += ((self.raw or 0.0) + self.pace) * passes
        else:
            done = (self.epoch or 0.0) - self.base
            self.offset = self.offset * max(epoch - self.base, 0.0) / done if done > 0 else 0.0

    def _tell_ends(self, plan: LinePlan, tokens: Sequence[str], epoch: float | None) -> None:
        """The planned ends, of the run's epochs and steps."""
        if plan.split in ("val", "test") or (plan.epoch_end < 0 and plan.step_end < 0):
            return
        epochs, steps = _at(plan.epoch_end, tokens), _at(plan.step_end, tokens)
        if epochs is not None and epochs >= 1 and epochs + 1 >= (epoch or 0.0):
            self._tell("epoch", epochs)
        if steps is None or steps <= 1 or plan.step < 0:
            return
        if plan.kind == GLOBAL or (epoch is None and "epoch" not in self.axes):
            self._tell("step", steps + (self.offset if plan.kind in (LOCAL, BAR) else 0.0))
        elif "epoch" in self.ends and not plan.keras:
            self._tell("samples" if plan.samples else "step", steps * self.ends["epoch"])

    def _tell(self, axis: str, end: float) -> None:
        if self.ends.get(axis) != end:
            self.ends[axis], self.news = end, True

    def _begins_again(self, axes: Axes) -> bool:
        """Whether a place is the first of another run: at or before the first of this, which had moved on well."""
        if self.resumed or not _goes_back(self.axes, axes):
            return False
        steps = [(axes[name], self.axes[name]) for name in ("step", "samples") if name in axes and name in self.axes]
        name = next((name for name in ("epoch", "step", "episode", *axes) if name in axes and name in self.first), None)
        if name is None or any(step >= before for step, before in steps):
            return False
        last, first = self.axes.get(name, axes[name]), self.first[name]
        if last < first:
            return False  # newest first: it has never moved on
        done = last >= self.ends.get(name, math.inf)
        if axes[name] >= last or (self.passed < _PASSED and not done):
            return False
        return axes[name] <= (max(first, 1.0) if done else first)

    def _another(self) -> None:
        fresh = Place(run=self.run + 1, header=self.header, news=bool(self.header), doubted=self.doubted)
        self.__dict__.update(fresh.__dict__)

    def _move(self, axes: Axes) -> None:
        if axes.get("epoch") != self.axes.get("epoch"):
            self.size = 0.0
        if len(self.first) < len(axes) or not self.first.keys() >= axes.keys():
            self.first = {**axes, **self.first}
        self.axes, self.passed, self.resumed, self.failed = axes, self.passed + 1, False, False
        self.section = None


def _goes_back(before: Axes, axes: Axes) -> bool:
    for name, number in axes.items():  # noqa: SIM110 - a generator costs thrice as much, and this is every line's
        if number < before.get(name, number):
            return True
    return False


def _differ(number: float | None, other: float) -> bool:
    """Whether two numbers are written differently; NaN is as itself, and 0.0 is not as -0.0."""
    return (number == number != other) or repr(number) != repr(other)


def _at(k: int, tokens: Sequence[str]) -> float | None:
    return value(tokens[k]) if k >= 0 else None


def _metric(plan: LinePlan, k: int, tokens: Sequence[str]) -> float | None:
    number = value(tokens[k])
    if not plan.ratios or k not in plan.ratios or number is None:
        return number
    index, percent = plan.ratios[k]
    total = value(tokens[index])
    if not total or number > total or not percent:
        return number
    return 100.0 * number / total
