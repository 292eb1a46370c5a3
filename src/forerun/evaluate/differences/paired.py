"""Is one arm better than another? The paired difference over seeds, with an interval and what could have been seen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forerun.core import BadInput, Direction
from forerun.evaluate.differences.comparison import Comparison, by_student


def paired(
    first: Sequence[float],
    second: Sequence[float],
    *,
    direction: Direction,
    margin: float | None = None,
    level: float = 0.95,
    power: float = 0.8,
) -> Comparison:
    """Compare two arms that were run on the same seeds.

    Differences are taken to be normal, so the interval is Student's; a pair without a finite difference (an arm that
    diverged) is bad input: say what it is worth before comparing.

    Args:
        first, second: shape (n,), n ≥ 2, the i-th of each from the same seed.
        direction: which way the metric is better.
        margin: asks for equivalence too: the interval within ± margin, in the metric's unit.

    Raises:
        BadInput: lengths differ, fewer than 2 pairs, or a value that is not finite.

    Source: Student 1908; equivalence by the interval (Schuirmann 1987, with the same two-sided level throughout).

    Example:
        >>> difference = paired([0.91, 0.93, 0.92, 0.94], [0.89, 0.90, 0.90, 0.91], direction="max")
        >>> difference.verdict, round(difference.estimate, 3), round(difference.low, 3)
        ('better', 0.025, 0.016)
    """
    a, b = np.asarray(first, float), np.asarray(second, float)
    if a.shape != b.shape or a.ndim != 1 or a.size < 2:
        raise BadInput(f"needs as many values of each arm, at least 2, but got {a.size} and {b.size}", where="paired")
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        i = int(np.argmax(~np.isfinite(a) | ~np.isfinite(b)))
        raise BadInput(f"pair {i} is {a[i]} and {b[i]}; say what a run without a value is worth", where="paired")
    sign = 1.0 if direction == "max" else -1.0
    difference = sign * (a - b)
    estimate, n = float(difference.mean()), a.size
    error = float(difference.std(ddof=1) / np.sqrt(n))
    return by_student(n, estimate, error, n - 1, margin=margin, level=level, power=power)
