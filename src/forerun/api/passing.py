"""`passk`: how often one of k tries passes, and how often all do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forerun.api.comparing import narrowed
from forerun.api.scoring import Scored, read_scores
from forerun.core import BadInput
from forerun.evaluate.items.item_answers import answered, itemised
from forerun.evaluate.items.passes import PassRate, pass_rates, tries_and_solved
from forerun.evaluate.items.passes_until import UntilRate, until_rate


@dataclass(frozen=True)
class Passes:
    """How often tries of one system pass on one benchmark.

    Args:
        system, benchmark, metric: of what. tasks: how many. tries: fewest and most of a task. rates: at each k. until:
            the rate where tries stopped at a success; None where that was not asked.
    """

    system: str
    benchmark: str
    metric: str
    tasks: int
    tries: tuple[int, int]
    rates: tuple[PassRate, ...]
    until: UntilRate | None = None


def passk(
    what: Scored,
    *,
    ks: Sequence[int] | None = None,
    benchmark: str | None = None,
    metric: str | None = None,
    until: bool = False,
    level: float = 0.95,
) -> tuple[Passes, ...]:
    """pass@k and pass^k of every system on every benchmark.

    Args:
        what: as in `read_scores`, a row a try, its score 0 or 1.
        ks: numbers of tries; default every one that all tasks had, to 16, and then its doubles. Beyond the tries made a
            Beta distribution of rates over tasks carries them on.
        benchmark, metric: only these.
        until: tries stopped when a task had succeeded so many times, so that shares of successes would be too high.
        level: mass of the intervals.

    Raises:
        BadInput: scores other than 0 and 1, or a k below 1.

    Example:
        >>> import tempfile, pathlib
        >>> file = pathlib.Path(tempfile.mkdtemp(), "agent.csv")
        >>> _ = file.write_text("task_id,trial,reward\\n1,0,1\\n1,1,0\\n2,0,1\\n2,1,1\\n")
        >>> [(rate.k, rate.any, rate.every) for rate in passk(file)[0].rates]
        [(1, 0.75, 0.75), (2, 1.0, 0.5)]
    """
    if ks is not None and min(ks, default=0) < 1:
        raise BadInput(f"k is 1 or more, but is {min(ks, default=0)}")
    table = itemised(narrowed(read_scores(what).table, benchmark, metric))
    passes: list[Passes] = []
    for name in answered(table):
        tries, _ = tries_and_solved(table, *name)
        fewest, most = int(tries.min()), int(tries.max())
        rates = () if until else pass_rates(table, *name, ks or _up_to(fewest), level=level)
        rate = until_rate(table, *name, level=level) if until else None
        passes.append(Passes(*name, int(np.size(tries)), (fewest, most), rates, rate))
    return tuple(passes)


def _up_to(fewest: int) -> list[int]:
    first = list(range(1, min(fewest, 16) + 1))
    while first[-1] * 2 <= fewest:
        first.append(first[-1] * 2)
    return first
