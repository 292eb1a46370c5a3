"""What a comparison of two says: a difference with an interval, what could have been seen, and one of four verdicts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from scipy import special

Verdict = Literal["better", "worse", "equivalent", "cannot tell"]


@dataclass(frozen=True)
class Comparison:
    """What pairs say of the difference first - second, turned so that positive means the first is better.

    Args:
        n: pairs. estimate: mean difference, in the metric's unit. low, high: 95% confidence interval.
        minimum_detectable_effect: the difference that a comparison of this n and spread finds four times in five.
        margin: differences inside of it count as none; None when that was not asked.
        verdict: better or worse where the interval excludes zero, equivalent where it lies within the margin, else
            cannot tell.
        p_value: how often equals differ by as much, two-sided.
        method: how interval and p-value were made.
        warnings: what the interval does not cover.
        p_equivalent: how often a difference as large as the margin would look as small, two-sided as the interval is;
            1 where no margin was asked.
    """

    n: int
    estimate: float
    low: float
    high: float
    minimum_detectable_effect: float
    margin: float | None
    verdict: Verdict
    p_value: float
    method: str
    warnings: tuple[str, ...] = ()
    p_equivalent: float = 1.0


def by_student(
    n: int,
    estimate: float,
    error: float,
    df: float,
    *,
    margin: float | None,
    level: float,
    power: float,
    method: str = "Student's t",
    warnings: tuple[str, ...] = (),
) -> Comparison:
    """The comparison of a difference whose standard error has so many degrees of freedom.

    Args:
        n: pairs.
        estimate: the difference, positive where the first is better.
        error: its standard error.
        df: degrees of freedom of that.
        margin: asks for equivalence too, in the metric's unit.
        level: mass of the interval.
        power: how often the minimum detectable effect is found.
        method: the words for it.
        warnings: what the interval does not cover.
    """
    t, t_power = (float(special.stdtrit(df, q)) for q in (0.5 + level / 2, power))
    low, high = estimate - t * error, estimate + t * error
    p_value = 2.0 * float(special.stdtr(df, -abs(estimate) / error)) if error > 0.0 else float(estimate == 0.0)
    return Comparison(
        n, estimate, low, high, (t + t_power) * error, margin, verdict(low, high, margin), p_value, method, warnings,
        _p_equivalent(estimate, error, df, margin),
    )  # fmt: skip


def _p_equivalent(estimate: float, error: float, df: float, margin: float | None) -> float:
    """The two one-sided tests' p-value, doubled: at most 5% where the 95% interval lies within the margin."""
    if margin is None:
        return 1.0
    room = margin - abs(estimate)
    return min(1.0, 2.0 * float(special.stdtr(df, -room / error))) if error > 0.0 else float(room <= 0.0)


def verdict(low: float, high: float, margin: float | None = None) -> Verdict:
    """What an interval of the difference says.

    Example:
        >>> verdict(0.01, 0.03), verdict(-0.01, 0.03), verdict(-0.01, 0.03, margin=0.05)
        ('better', 'cannot tell', 'equivalent')
    """
    if margin is not None and -margin < low and high < margin:
        return "equivalent"
    if low > 0.0:
        return "better"
    return "worse" if high < 0.0 else "cannot tell"
