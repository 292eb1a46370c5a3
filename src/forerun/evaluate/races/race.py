"""Who trains fastest: the score of each submission of a field, how sure that is, and every two beside each other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from forerun.core import Array, BadInput
from forerun.core.frozen import Noun
from forerun.evaluate.differences.comparison import Verdict, verdict
from forerun.evaluate.races.profile import counted, medians, ratios, scores_of_ratios
from forerun.evaluate.races.rules import RaceTargets, Rules, most_seconds
from forerun.evaluate.races.times import By, RaceTrial, StudyTimes, study_times
from forerun.stats.proportions import mcnemar

_FEW_STUDIES = 10  # below it a resampled median has few values, and its interval is coarse


@dataclass(frozen=True)
class RaceScore:
    """A submission's score in this field; it changes with who else is in it.

    Args:
        submission: name. score: 0 to 1. low, high: interval over studies. p_first: chance that it comes first, when
            each submission is run again. reached: base workloads on which its median is at the target. n: of so many.
    """

    submission: str
    score: float
    low: float
    high: float
    p_first: float
    reached: int
    n: int


@dataclass(frozen=True)
class RacePair:
    """Two submissions: the difference of their scores, and studies run against each other.

    Args:
        a, b: names, the higher score first. difference, low, high: of scores, over studies. wins, losses: pairs of
            studies of one workload in which the first, or the second, was faster. p_value: of these, by the sign test.
            speedup: share of time that the first saves, geometric mean over base workloads; a run that never reached
            its target counts as one that took the longest allowed. verdict: of the difference of scores.
    """

    a: str
    b: str
    difference: float
    low: float
    high: float
    wins: int
    losses: int
    p_value: float
    speedup: float | None
    verdict: Verdict


@dataclass(frozen=True, eq=False)
class RaceResult(Noun):
    """A field of submissions, the highest score first.

    Args:
        scores, pairs: of each, and of every two. workloads: that scores are the mean over. ratios: shape (submissions,
            workloads), time over the fastest's, inf where it does not count; profiles are drawn of them. medians:
            seconds, of the same shape. method: how scores and intervals were made. warnings: what they do not cover.
    """

    scores: tuple[RaceScore, ...]
    pairs: tuple[RacePair, ...]
    workloads: tuple[str, ...]
    ratios: Array
    medians: Array
    method: str
    warnings: tuple[str, ...]

    @property
    def profiles(self) -> dict[str, Array]:
        """Ratios by submission, as `forerun.figures.profiles.profiles_chart` draws them."""
        return {one.submission: row for one, row in zip(self.scores, self.ratios, strict=True)}


def run_race(
    trials: Iterable[RaceTrial],
    targets: RaceTargets,
    rules: Rules,
    *,
    by: By = "index",
    exact: bool = False,
    budget: float = 1.0,
    level: float = 0.95,
    draws: int = 2000,
    seed: int = 0,
) -> RaceResult:
    """Score a field.

    Args:
        trials: every run of every submission.
        targets: what was to be reached.
        rules: of the round.
        by: which trial stands for its study, as in `study_times`.
        exact: as in `scores_of_ratios`.
        budget: of speed-ups, as in `speed_up`; scores do not know it.
        level: mass of the intervals.
        draws: of studies, with replacement, within each submission and workload.
        seed: of the draws; the same seed gives the same result.

    Raises:
        BadInput: no run of a workload that counts, or a budget of 0 or less.

    Source: Dahl et al. 2023, sections 4 and 5.

    Example:
        >>> from forerun.evaluate.races.rules import RULES, RaceTarget
        >>> targets = RaceTargets(("wmt",), {}, {"wmt": RaceTarget("bleu", 30.8, "max")})
        >>> runs = [RaceTrial(name, "wmt", str(study), "1", 1, time + study) for study in range(3)
        ...         for name, time in (("a", 100.0), ("b", 250.0))]
        >>> field = run_race(runs, targets, RULES["v0.6"])
        >>> [(one.submission, round(one.score, 2), one.p_first) for one in field.scores]
        [('a', 1.0, 1.0), ('b', 0.5, 0.0)]
    """
    if not budget > 0.0:
        raise BadInput(f"is a multiple of the longest time, above 0, not {budget:g}", where="budget")
    times = study_times(trials, by=by)
    workloads = counted(targets, rules)
    if not set(workloads) & set(times.workloads):
        raise BadInput(f"no run of {', '.join(workloads)}; there are {', '.join(times.workloads)}")
    relative = ratios(times, targets, rules)
    points = scores_of_ratios(relative, rules, exact=exact)
    drawn = _drawn(times, targets, rules, exact=exact, draws=draws, rng=np.random.default_rng(seed))
    middle = _of_workloads(times, workloads)
    order: list[int] = np.argsort(-points, kind="stable").tolist()
    scores = _scores(times.submissions, points, drawn, middle, level)
    pairs = tuple(
        _pair(times, workloads, middle, points, drawn, i, j, level, budget) for i, j in combinations(order, 2)
    )
    method = f"{rules.name}, trial by {by}, {'integral' if exact else '100 points'}; studies drawn {draws} times"
    warnings = tuple(_warnings(times, targets, rules, workloads))
    return RaceResult(
        tuple(scores[i] for i in order), pairs, workloads, relative[order], middle[order], method, warnings
    )


def _scores(names: tuple[str, ...], points: Array, drawn: Array, middle: Array, level: float) -> list[RaceScore]:
    """Each submission's score with what the drawn fields say of it."""
    low, high = np.quantile(drawn, [0.5 - level / 2, 0.5 + level / 2], axis=0).tolist()
    reached = np.isfinite(middle).sum(axis=1).tolist()
    rows = zip(names, points.tolist(), low, high, _first(drawn).tolist(), reached, strict=True)
    return [RaceScore(name, score, a, b, p_first, n, middle.shape[1]) for name, score, a, b, p_first, n in rows]


def _drawn(
    times: StudyTimes, targets: RaceTargets, rules: Rules, *, exact: bool, draws: int, rng: np.random.Generator
) -> Array:
    """Scores of fields whose studies were drawn again, shape (draws, submissions)."""
    n = np.maximum((~np.isnan(times.seconds)).sum(axis=-1, keepdims=True), 1)  # studies stand first in their row
    scores: list[Array] = []
    for start in range(0, draws, 250):
        chosen = (rng.random((min(250, draws - start), *times.seconds.shape)) * n).astype(np.intp)
        blank = np.isnan(times.seconds)
        again = np.take_along_axis(np.broadcast_to(times.seconds, chosen.shape), chosen, axis=-1)
        relative = ratios(times, targets, rules, seconds=np.where(blank, np.nan, again))
        scores.append(scores_of_ratios(relative, rules, exact=exact))
    return np.concatenate(scores)


def _first(drawn: Array) -> Array:
    """How often each is first; those that tie share it."""
    top = drawn >= drawn.max(axis=1, keepdims=True)
    return (top / top.sum(axis=1, keepdims=True)).mean(axis=0)


def _of_workloads(times: StudyTimes, workloads: tuple[str, ...]) -> Array:
    """Median seconds of each submission on each base workload, inf where nobody ran it."""
    middle = dict(zip(times.workloads, medians(times.seconds).T, strict=True))
    return np.stack([middle.get(name, np.full(len(times.submissions), np.inf)) for name in workloads], axis=1)


def _pair(
    times: StudyTimes,
    workloads: tuple[str, ...],
    middle: Array,
    points: Array,
    drawn: Array,
    i: int,
    j: int,
    level: float,
    budget: float,
) -> RacePair:
    low, high = np.quantile(drawn[:, i] - drawn[:, j], [0.5 - level / 2, 0.5 + level / 2]).tolist()
    a, b = times.seconds[i], times.seconds[j]
    wins, losses = int((a < b).sum()), int((b < a).sum())
    speedup, p_value = speed_up(middle[i], middle[j], workloads, budget=budget), float(mcnemar(wins, losses))
    names, difference = (times.submissions[i], times.submissions[j]), float(points[i] - points[j])
    return RacePair(*names, difference, low, high, wins, losses, p_value, speedup, verdict(low, high))


def speed_up(first: Array, second: Array, workloads: tuple[str, ...], *, budget: float = 1.0) -> float | None:
    """Share of time that the first saves over the second: 1 less the geometric mean of ratios of medians.

    Args:
        first, second: seconds, shape (workloads,), inf where the target was not reached.
        workloads: names; a run that never reached its target counts as the longest allowed and a second.
        budget: times that the longest: by the rules of external tuning 1, of self-tuning 3 and in v0.6 1.5.

    Returns:
        None where it is not known how long a run was allowed to take.

    Example:
        >>> speed_up(np.array([50.0]), np.array([100.0]), ("wmt",))
        0.5
    """
    most = [most_seconds(name) for name in workloads]
    if any(limit is None for limit in most) and not np.isfinite([first, second]).all():
        return None
    longest = np.array([(limit or 0.0) * budget + 1.0 for limit in most])
    log_ratio = np.log(np.where(np.isfinite(first), first, longest) / np.where(np.isfinite(second), second, longest))
    return float(1.0 - np.exp(log_ratio.mean()))


def _warnings(times: StudyTimes, targets: RaceTargets, rules: Rules, workloads: tuple[str, ...]) -> list[str]:
    n = (~np.isnan(times.seconds)).sum(axis=-1)
    nobody = [name for name in workloads if name not in times.workloads]
    variants = [name for name in targets.variants if name not in times.workloads] if rules.variants else []
    uncounted = [name for name in targets.base if name not in workloads]
    few = int((n[n > 0] < rules.studies).sum())
    return [
        *([f"nobody ran {', '.join(nobody)}: they count as reached by none"] if nobody else []),
        *([f"nobody ran {', '.join(variants)}: their base workloads count as reached by none"] if variants else []),
        *([f"{', '.join(uncounted)}: in the targets, not in the scores of {rules.name}"] if uncounted else []),
        *([f"{few} cells have fewer than {rules.studies} studies"] if few else []),
        *([f"{int(n.max())} studies: a drawn median has few values, and the intervals are coarse"]
          if n.max() < _FEW_STUDIES else []),
        "a score is relative to the field: it changes with who else is in it",
    ]  # fmt: skip
