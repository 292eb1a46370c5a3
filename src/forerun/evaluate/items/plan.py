"""How many questions it takes to see a difference, and which difference so many questions would show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from forerun.core import BadInput


@dataclass(frozen=True)
class ItemVariance:
    """Where the variance of the difference of two systems comes from, in the squared unit of the score.

    Args:
        questions: ω², variance over questions of the difference of expected scores.
        first, second: σ², variance of one system's score over tries of one question; 0 where answers never change.
    """

    questions: float
    first: float = 0.0
    second: float = 0.0

    def per_question(self, tries_first: int = 1, tries_second: int = 1) -> float:
        """Variance that a question adds, each system's score the mean over its tries.

        Raises:
            BadInput: a variance below 0, or fewer tries than 1.
        """
        if min(self.questions, self.first, self.second) < 0.0:
            raise BadInput(f"variances must be 0 or more, but are {self.questions:g}, {self.first:g}, {self.second:g}")
        if min(tries_first, tries_second) < 1:
            raise BadInput(f"tries must be 1 or more, but are {tries_first} and {tries_second}")
        return self.questions + self.first / tries_first + self.second / tries_second


def questions_needed(
    effect: float,
    variance: ItemVariance,
    *,
    tries_first: int = 1,
    tries_second: int = 1,
    level: float = 0.95,
    power: float = 0.8,
) -> int:
    """Questions that show a true difference with this power.

    Args:
        effect: the difference to be seen, in the score's unit, above 0.
        variance: as known, or from a pilot (`stats.variance_components`).
        tries_first, tries_second: of each question.
        level: of the two-sided interval.
        power: how often the difference is to be seen.

    Raises:
        BadInput: an effect of 0 or less, or a variance below 0.

    Source: Miller 2024, sample-size formula.

    Example:
        >>> questions_needed(0.03, ItemVariance(1 / 9))
        969
    """
    if not effect > 0.0:
        raise BadInput(f"the effect must be above 0, but is {effect:g}")
    per_question = variance.per_question(tries_first, tries_second)
    return max(2, int(np.ceil(_reach(level, power) ** 2 * per_question / effect**2)))


def detectable_effect(
    n: int,
    variance: ItemVariance,
    *,
    tries_first: int = 1,
    tries_second: int = 1,
    level: float = 0.95,
    power: float = 0.8,
) -> float:
    """The least true difference that n questions show with this power, in the score's unit.

    Args:
        n: questions, 1 or more.
        variance: as known, or from a pilot.
        tries_first, tries_second: of each question.
        level: of the two-sided interval.
        power: how often the difference is to be seen.

    Raises:
        BadInput: no question, or a variance below 0.

    Source: Miller 2024, the sample-size formula solved for the difference.

    Example:
        >>> round(detectable_effect(969, ItemVariance(1 / 9)), 4)
        0.03
    """
    if n < 1:
        raise BadInput(f"questions must be 1 or more, but are {n}")
    return _reach(level, power) * float(np.sqrt(variance.per_question(tries_first, tries_second) / n))


def _reach(level: float, power: float) -> float:
    return float(special.ndtri(0.5 + level / 2) + special.ndtri(power))
