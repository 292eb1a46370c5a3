"""A benchmark's score at larger compute from the scores of its items by smaller models (COD).

One curve through the whole benchmark mixes items that rise, items long solved and items never touched. So items are
clustered by difficulty, the law `cod` is fitted to each cluster, clusters whose curve can be carried on are, and a
monotone curve leads from their score to that of the whole benchmark (Xu et al. 2025).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from forerun.core import Answer, Array, BadInput, Card, Range, Table, Undecided
from forerun.laws.downstream import cod
from forerun.laws.fitter import Fit, fit
from forerun.laws.fitter.coordinates import outward
from forerun.laws.question import Question, crossed, in_words
from forerun.stats.difficulty import DIAMETER, SMALLEST, cluster

CARD = Card(
    name="suite",
    does="A benchmark's score at larger compute, from the scores of its items by smaller models.",
    source="Xu et al. 2025 (COD); clusters and checks ours",
    assumes="Items of like difficulty follow one curve of the law `cod`.",
    needs="Columns item, flops and rate, one row an item and model; 5 models or more; setting at (FLOPs).",
    promises="Two points where items follow the law: evidence/laws/cod.md. Missed where they do not (other_truths.md), "
    "and on a trained suite (trained_suite.md).",
    known_answer="A suite in two humps is predicted within two points.",
    control="Items whose scores no size changes are refused.",
)
LEAST_B, MOST_C = 0.1, 1.0
"""What makes a curve one to carry on, besides that it rises (Xu et al. 2025; their a > 1 has no unit here)."""
_SHARE = 0.1  # of the items that must lie in such clusters; arbitrary
_STIFF = 0.003  # variance of scores below which no slope of the other items is believed; arbitrary
_NOISE = 2.5  # sds of sampling that widen a cluster; chosen on generated suites with 20 samples, evidence/laws
_FOLDS = 3
_DF = 8.0  # of the t distribution of errors; arbitrary
_NOTHING, _WITHOUT_END = 1e-9, 1e12  # compute of "no training" and of "training without end", in shares of what is seen
_FAITH = 0.02  # weight of the belief that training without end solves an item; arbitrary


@dataclass(frozen=True, eq=False)
class SuiteScore:
    """A predicted score with its interval, and what went into it.

    Args:
        y, low, high: the score, and the interval of mass ``level``.
        share: of the items, that lie in clusters which were carried on.
        checked: root mean square error on held-out items by the largest fitted model, held back too.
    """

    y: float
    low: float
    high: float
    level: float
    share: float
    checked: float
    warnings: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Suite:
    """A benchmark whose clusters are fitted.

    Args:
        flops: shape (models,). label: shape (items,), cluster of each item, -1 for outliers.
        curves: fit of each cluster; ``carried``: those that can be carried on.
        weight: share of each carried cluster among them; ``share``: of carried items among all.
        line: level and slope of the other items' score along that of the carried; ``off``: sd of the map so made.
    """

    flops: Array
    label: NDArray[np.int_]
    curves: tuple[Fit, ...]
    carried: tuple[int, ...]
    weight: Array
    share: float
    line: tuple[float, float]
    off: float

    def score(self, flops: float) -> tuple[float, Array]:
        """The whole's score at a compute, and draws of it (b,)."""
        X = {"flops": np.array([flops])}
        params = [np.array([list(self.curves[i].params.values())]) for i in self.carried]
        drawn = [outward(cod.LAW, self.curves[i].draws) for i in self.carried]
        middle = sum(w * cod.predict(p, X)[0][0, 0] for w, p in zip(self.weight, params, strict=True))
        spread = sum(w * cod.predict(d, X)[0][:, 0] for w, d in zip(self.weight, drawn, strict=True))
        scores = _mapped(np.append(np.asarray(spread), middle), self.share, self.line)
        return float(scores[-1]), scores[:-1]


def fit_suite(
    flops: ArrayLike,
    rates: ArrayLike,
    *,
    chance: float | None = None,
    samples: float | None = None,
    smallest: int = SMALLEST,
    draws: int = 100,
    seed: int = 0,
) -> Suite | Undecided:
    """Cluster a benchmark's items and fit the law to each cluster.

    Args:
        flops: shape (models,), training compute.
        rates: shape (items, models), rates of success.
        chance: score of guessing, where known.
        samples: tries that a rate is of, where known: the fewer, the wider clusters may be.

    Returns:
        `Suite`, or `Undecided` where too few items lie in clusters that can be carried on.

    Raises:
        BadInput: shapes that do not fit, or rates outside 0 to 1.
    """
    C, v = np.asarray(flops, float), np.asarray(rates, float)
    if v.ndim != 2 or v.shape[1] != C.size or (C <= 0).any():
        raise BadInput(f"rates must be (items, {C.size}) for {C.size} positive compute values, but are {v.shape}")
    if np.unique(C).size < 5:
        return Undecided(f"{np.unique(C).size} sizes do not tell a cluster's curve", "5 sizes or more")
    order = np.argsort(C)
    return _fitted(C[order], v[:, order], chance, samples, smallest, draws, seed)


def _fitted(
    C: Array, v: Array, chance: float | None, samples: float | None, smallest: int, draws: int, seed: int
) -> Suite | Undecided:
    """As `fit_suite`, models in order of compute."""
    label = cluster(v, diameter=_diameter(v, samples), smallest=smallest)
    curves = tuple(_curve(C, v[label == name], chance, draws, seed) for name in range(int(label.max()) + 1))
    carried = tuple(i for i, curve in enumerate(curves) if _carries(curve, v[label == i]))
    share = float(np.isin(label, carried).mean())
    if share < _SHARE:
        return Undecided(
            f"{share:.0%} of the items lie in clusters whose scores rise with compute along a curve",
            f"{_SHARE:.0%}: larger models, or more samples of each item",
        )
    weight = np.array([(label == i).sum() for i in carried], float)
    weight /= weight.sum()
    part = np.einsum("c,cm->m", weight, np.array([v[label == i].mean(axis=0) for i in carried]))
    rest = v[~np.isin(label, carried)].mean(axis=0) if share < 1.0 else np.zeros(C.size)
    line = _rest(part, rest)
    off = float(np.sqrt(((_mapped(part, share, line) - v.mean(axis=0)) ** 2).mean()))
    return Suite(C, label, curves, carried, weight, share, line, off)


def predict_suite(
    flops: ArrayLike,
    rates: ArrayLike,
    at: float,
    *,
    chance: float | None = None,
    level: float = 0.8,
    samples: float | None = None,
    smallest: int = SMALLEST,
    seed: int = 0,
) -> SuiteScore | Undecided:
    """The score of a model of more compute on a benchmark, from smaller models' scores of its items.

    The interval holds the larger of the curves' spread and the error made, within the data, on items held out of
    clustering by the largest model held out of fitting, grown with the distance.

    Args:
        flops, rates, chance, samples: as for `fit_suite`.
        at: compute of the model to be predicted.
        level: mass of the interval.

    Returns:
        `SuiteScore`, or `Undecided` where no cluster can be carried on, or its error cannot be checked.

    Example:
        >>> C, rng = np.geomspace(1e19, 1e22, 8), np.random.default_rng(0)
        >>> true = np.repeat(np.exp(-np.array([[4e3], [2e4]]) * np.append(C, 1e23) ** -0.2), 60, axis=0)
        >>> score = predict_suite(C, rng.binomial(100, true[:, :-1]) / 100, 1e23)
        >>> bool(abs(score.y - true[:, -1].mean()) < 0.03)
        True
    """
    C, v = np.asarray(flops, float), np.asarray(rates, float)
    suite = fit_suite(C, v, chance=chance, samples=samples, smallest=smallest, seed=seed)
    if isinstance(suite, Undecided):
        return suite
    checked = checked_error(C, v, chance=chance, samples=samples, smallest=smallest, seed=seed)
    if isinstance(checked, Undecided):
        return checked
    y, drawn = suite.score(at)
    before, largest = np.sort(C)[-2:].tolist()
    distance = max(np.log(at / largest) / max(np.log(largest / before), 0.5), 0.0)
    curves = float(np.median(np.abs(drawn - y)) / 0.6745)
    sd = np.sqrt(suite.off**2 + max(curves**2, checked**2 * distance))
    wide = float(special.stdtrit(_DF, 0.5 + level / 2)) * sd
    warnings = ["items are clustered by the models that are fitted to; `checked` is of items and a model held out"]
    if suite.share < 0.5:
        warnings.append(f"only {suite.share:.0%} of the items lie in clusters that can be carried on")
    return SuiteScore(y, max(y - wide, 0.0), min(y + wide, 1.0), level, suite.share, float(checked), tuple(warnings))


def checked_error(
    flops: ArrayLike,
    rates: ArrayLike,
    *,
    chance: float | None = None,
    samples: float | None = None,
    smallest: int = SMALLEST,
    seed: int = 0,
) -> float | Undecided:
    """Root mean square error on items held out of clustering and fitting, by the largest model, held out too.

    Compared are rises over the next smaller model: so it hardly counts which items happen to be held out.
    """
    C, v = np.asarray(flops, float), np.asarray(rates, float)
    *others, largest = np.argsort(C)
    before = others[-1]
    fold = np.random.default_rng(seed).permutation(len(v)) % _FOLDS
    errors: list[float] = []
    for i in range(_FOLDS):
        suite = fit_suite(
            C[others],
            v[fold != i][:, others],
            chance=chance,
            samples=samples,
            smallest=smallest,
            draws=0,
            seed=seed,
        )
        if isinstance(suite, Undecided):
            return Undecided(f"without the largest model, {suite.why}", "one more size, or more items")
        rise = (v[fold == i, largest] - v[fold == i, before]).mean()
        errors.append(suite.score(float(C[largest]))[0] - v[fold != i, before].mean() - rise)
    return float(np.sqrt(np.mean(np.square(errors))))


def _diameter(v: Array, samples: float | None) -> float:
    """The cap on clusters, wider by what sampling alone puts between items alike."""
    noise = 0.0 if samples is None else float((v * (1.0 - v)).mean()) / samples
    return float(np.sqrt(DIAMETER**2 + (_NOISE**2) * noise))


def _curve(C: Array, v: Array, chance: float | None, draws: int, seed: int) -> Fit:
    """The law through a cluster's scores: at chance without training and, lightly, at 1 with training without end."""
    noise = np.sqrt(np.maximum(v.mean(axis=0) * (1.0 - v.mean(axis=0)), 0.01))
    at, y = [*C, C[-1] * _WITHOUT_END], [*v.mean(axis=0), 1.0]
    weight = [*(noise.min() / noise) ** 2, _FAITH / C.size]
    if chance is not None:
        at, y, weight = [*at, C[0] * _NOTHING], [*y, chance], [*weight, 1.0]
    made = fit(
        "cod", Table({"flops": at, "y": y}), weight=weight, draws=draws, judge_beyond=False, delta=0.1, seed=seed
    )
    assert isinstance(made, Fit)  # 5 sizes and an anchor are more than its 4 parameters
    return made


def _carries(curve: Fit, v: Array) -> bool:
    """Whether a cluster's curve can be carried on: it rises beyond the items' own spread, and along the law."""
    half = v.shape[1] // 2
    rise = v[:, -half:].mean(axis=1) - v[:, :half].mean(axis=1)
    rises = rise.mean() > 2.0 * rise.std() / np.sqrt(rise.size) + 1e-9
    return bool(rises and curve.params["b"] > LEAST_B and curve.params["c"] < MOST_C)


def _rest(part: Array, rest: Array) -> tuple[float, float]:
    """Level and slope (≥ 0) of the other items' score along that of the carried ones."""
    slope = float(np.cov(part, rest, bias=True)[0, 1] / (part.var() + _STIFF))
    slope = max(slope, 0.0)
    return float(rest.mean() - slope * part.mean()), slope


def _mapped(part: Array, share: float, line: tuple[float, float]) -> Array:
    """The whole's score: carried items by their curves, the others along a line that stays within 0 to 1."""
    return share * part + (1.0 - share) * np.clip(line[0] + line[1] * part, 0.0, 1.0)


def answer(
    table: Table,
    *,
    at: float,
    chance: float | None = None,
    samples: float | None = None,
    level: float = 0.8,
    seed: int = 0,
) -> Answer | Undecided:
    """The score at a compute; ``chance`` is that of guessing, ``samples`` the tries that a rate is of."""
    _, flops, (rates,) = crossed(table, "item", "flops", ("rate",))
    score = predict_suite(flops, rates, at, chance=chance, level=level, samples=samples, seed=seed)
    if isinstance(score, Undecided):
        return score
    whole = Range(score.y, score.low, score.high, "score")
    values = {"score": whole, "share": score.share, "checked": score.checked}
    nothing = np.full(flops.size, np.nan)
    rows = {"flops": np.append(flops, at), "measured": np.append(rates.mean(axis=0), np.nan)}
    ends = {"predicted": score.y, "low": score.low, "high": score.high}
    rows |= {name: np.append(nothing, value) for name, value in ends.items()}
    says = f"a score of {in_words(whole)} at {at:.3g} FLOPs"
    return Answer(CARD.name, "1", says, values, Table(rows), score.warnings)


QUESTION = Question(card=CARD, version="1", columns=("item", "flops", "rate"), answer=answer)
