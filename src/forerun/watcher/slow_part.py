"""Where the time of a step goes, and which part takes longer than such a part does.

A part is held against others of the same step, so that neither the machine nor the model has a say. A pass back costs
twice a pass forward in multiplications (Kaplan et al. 2020, section 2.1), three times where activations are computed
again (Chen et al. 2016, section 4): more is a slow gradient.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np

from forerun.core import Answer, Array, Finding, Range, Table, Undecided

LATEST = 512  # records that are looked at: ours
_FEWEST = 20  # records before anything is said: ours
_CHANCE = 1e-4  # of a finding where the median ratio stands at its bound, a look


@dataclass(frozen=True)
class Usual:
    """How long a part takes at most beside others.

    Args:
        part: which.
        beside: those it is held against, together.
        times: how many times as long it takes at most.
        way_out: what to look at where it takes longer.
    """

    part: str
    beside: tuple[str, ...]
    times: float
    way_out: str


USUAL = (
    Usual("data", ("forward", "backward", "optimizer"), 0.25, "load ahead, in more processes"),  # ours
    Usual("backward", ("forward",), 4.0, "a gradient written by hand, or of scattered sums"),  # 3, and noise
    Usual("forward", ("backward",), 1.5, "what is computed there without being learned from"),  # ours
    Usual("optimizer", ("forward", "backward"), 1.0, "a fused or a foreach optimizer, state kept off the disk"),  # ours
)


class StepTimes:
    """Seconds that the parts of the latest steps took.

    Args:
        usual: what parts are held to.

    Example:
        >>> times = StepTimes()
        >>> for i in range(30):
        ...     times.add({"forward": 0.010, "backward": 0.071 + i / 1e6}, steps=1)
        >>> print(times.answer().says)
        backward takes 88% of a step's 81 ms
        >>> [finding.message.partition(":")[0] for finding in times.findings("step", 30.0)]
        ['backward takes 7.1 times as long as forward; 4 is usual']
    """

    def __init__(self, usual: tuple[Usual, ...] = USUAL) -> None:
        self._usual = usual
        self._latest: deque[Mapping[str, float]] = deque(maxlen=LATEST)
        self._found: dict[str, Finding] = {}

    def add(self, spent: Mapping[str, float], steps: float) -> None:
        """What parts took over so many steps."""
        if spent and steps > 0:
            self._latest.append({part: seconds / steps for part, seconds in spent.items()})

    def answer(self) -> Answer | Undecided:
        """Where the time goes: seconds a step by part with 80% ranges of the median, the longest first."""
        times, n = self._columns()
        if not times or n < _FEWEST:
            return Undecided(f"{n} timed records", f"{_FEWEST}, with Watcher.part around parts of a step")
        medians = {part: _median(values, 0.1, "seconds") for part, values in times.items()}
        ranked = sorted(medians, key=lambda part: -medians[part].estimate)
        whole = sum(one.estimate for one in medians.values())
        first, rest = ranked[0], ranked[1:]
        if rest and medians[first].low <= medians[rest[0]].high:
            return Undecided(f"{first} and {rest[0]} take as long", "more records")
        share = {part: medians[part].estimate / whole for part in ranked}
        says = f"{first} takes {share[first]:.0%} of a step's {_short(whole)}"
        columns = {"seconds": [medians[part].estimate for part in ranked], "share": [share[part] for part in ranked]}
        rows = Table({"part": ranked} | {name: np.array(values) for name, values in columns.items()})
        return Answer("step_times", "1", says, medians, rows)

    def findings(self, axis: str, x: float) -> tuple[Finding, ...]:
        """Parts that take longer than such parts do, each told once, as of where it was first."""
        times, n = self._columns()
        for usual in self._usual:
            if usual.part in times and all(part in times for part in usual.beside) and usual.part not in self._found:
                ratio = _median(times[usual.part] / sum(times[part] for part in usual.beside), _CHANCE, "times")
                if n >= _FEWEST and ratio.low > usual.times:
                    self._found[usual.part] = _finding(usual, ratio, axis, x)
        return tuple(self._found.values())

    def _columns(self) -> tuple[dict[str, Array], int]:
        """By part that every one of the latest records has; and how many those are."""
        latest = list(self._latest)  # at once: another thread may ask
        parts = [part for part in (latest[-1] if latest else ()) if all(part in one for one in latest)]
        return {part: np.array([one[part] for one in latest]) for part in parts}, len(latest)


def _median(values: Array, chance: float, unit: str) -> Range:
    """The median, with the values between which it lies, each end missed with a chance at most: order statistics."""
    from scipy.stats import binom

    ordered, n = np.sort(values), values.size
    k = int(cast(float, binom.ppf(chance, n, 0.5))) - 1  # pyright: ignore[reportUnknownMemberType]
    # P(at most k of n below the median) < chance
    low, high = (ordered[k], ordered[n - 1 - k]) if k >= 0 else (-np.inf, np.inf)
    return Range(float(np.median(ordered)), float(low), float(high), unit)


def _finding(usual: Usual, ratio: Range, axis: str, x: float) -> Finding:
    beside = " and ".join(usual.beside)
    message = (
        f"{usual.part} takes {ratio.estimate:.2g} times as long as {beside}; {usual.times:g} is usual: "
        f"look for {usual.way_out}"
    )
    promise = f"at most one false alarm per {1 / _CHANCE:,.0f} looks at a part whose median stands at its bound"
    return Finding(
        kind="slow_part", metric=f"seconds/{usual.part}", axis=axis, start=x, end=None, alarm=x,
        statistic=ratio.estimate, threshold=usual.times, promise=promise, detector="slow_part", message=message,
        evidence={"low": ratio.low, "part": usual.part},
    )  # fmt: skip


def _short(seconds: float) -> str:
    return f"{seconds * 1e3:.0f} ms" if seconds < 1.0 else f"{seconds:.2g} s"
