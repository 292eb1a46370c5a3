"""What an unseen mixture of data sources would score at a larger size, from how far it is from the validation data.

After Kang et al. 2023 (projektor). At one size the score is a regression on the distance d of optimal transport from
the mixture to the validation data, whose slope and level the shares r_i of the sources bend:
``V(r) = (b0 + Σ b_i r_i) d + c0 + Σ c_i r_i``. From two sizes follows a third without a parameter, by a straight line
in log size: ``V(N) = [V(N1) log(N/N0) - V(N0) log(N/N1)] / log(N1/N0)``. The distance needs samples of the sources and
no training, so that mixtures never trained on are told apart by it.

Ours: both sizes are one regression, in which every term may change with log size, and terms are shrunk as far as the
pilot runs do not carry them: those of the distance less than those of the shares, levels less than changes. Unshrunk
it is the line above. The paper's squares of the shares are left out, and the score is taken in its log unless told
otherwise, so that an error rate stays above 0.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from forerun.core import Answer, Array, BadInput, Card, Range, Table, Undecided
from forerun.core.frozen import Noun
from forerun.laws.fitter import Prediction, misfit
from forerun.laws.law import columns
from forerun.laws.question import Question, in_words, parted
from forerun.stats.ridge import Ridge, ridge
from forerun.stats.transport import labelled_cost, least_cost

CARD = Card(
    name="projection",
    does="Predicts the score of a mixture of data sources at a larger size, from its transport distance.",
    source="Kang et al. 2023 (projektor), terms and projection as in their released code; the shrinkage is ours",
    assumes="Validation data stand for the use; samples stand for their sources; all runs are trained alike.",
    needs="Columns of shares, distance, train_size and y; 5 mixtures or more at each of two sizes.",
    promises="Unseen mixtures at 4 times the size, closer than a fitted mixing law, evidence/laws/mixtures.md; its "
    "pick 0.0296 of error below equal shares, by loss not told: evidence/laws/mixture_pick.md.",
    known_answer="Scores that are a line in distance and a power of size are predicted exactly.",
    control="Distances dealt out anew among the mixtures lose what the distance gains.",
)
LEAST = 5
"""Mixtures at each size below which nothing is said."""
FAR = 2.0
"""Spans of the pilot sizes (logarithmic) beyond the larger of them from which nothing is said; arbitrary."""
MISFIT = 0.3
"""Sd of what the straight line misses one span ahead, in shares of the scores' spread; from digits, evidence/laws."""
_FREE = 10.0  # prior sd of the terms that are hardly shrunk, in units of the noise
_LEVELS, _CHANGES = (0.0, 0.1, 0.3, 1.0, 3.0), (0.0, 0.03, 0.1, 0.3, 1.0)  # prior sds of the shares' terms


def distance(x: Array, label: ArrayLike, source: ArrayLike, share: ArrayLike, to: Array, to_label: ArrayLike) -> float:
    """How far a mixture of sources is from the validation data: the root of the least labelled cost.

    Args:
        x: shape (n, d), samples of all sources, as features in which near means alike for the task: the outputs of a
            small model trained on the validation data do. label, source: shape (n,), their classes, and their sources
            counted from 0.
        share: shape (k,), of each source in the mixture.
        to, to_label: shapes (m, d) and (m,), the validation data. Shares are resolved to 1/m.

    Source:
        Kang et al. 2023, section 3; the cost is `forerun.stats.transport.labelled_cost`.

    Example:
        >>> x, kind = np.array([[0.0], [1.0]]), [0, 0]
        >>> [distance(x, kind, [0, 1], share, np.zeros((4, 1)), np.zeros(4)) for share in ([1, 0], [0.5, 0.5])]
        [0.0, 0.7071067811865476]
    """
    where, shares = np.asarray(source), np.asarray(share, float)
    weight = (shares / np.maximum(np.bincount(where, minlength=shares.size), 1))[where]
    return float(np.sqrt(least_cost(labelled_cost(x, label, to, to_label), weight)))


@dataclass(frozen=True, eq=False)
class Projection(Noun):
    """A fitted regression over mixtures and sizes.

    Args:
        sources: names of the columns of shares. sizes: smallest and largest pilot size.
        ridge: the regression. scale: of the score. spread: of the pilots' scores, 10th to 90th percentile, in it.
        nearest, farthest: distances of the pilot mixtures.
    """

    sources: tuple[str, ...]
    sizes: tuple[float, float]
    ridge: Ridge
    scale: Literal["log", "linear"]
    spread: float
    nearest: float
    farthest: float

    def predict(self, table: Table, *, level: float = 0.8, draws: int = 400, seed: int = 0) -> Prediction | Undecided:
        """Scores of mixtures at sizes.

        Args:
            table: a column of shares a source, ``distance`` and ``train_size``; one row a mixture.
            level: mass of the interval. draws: other regressions that the pilots allow. seed: of these.

        Returns:
            A `Prediction`, or `Undecided` for sizes too far beyond the pilots'.
        """
        X = _read(table, self.sources)
        low, high = np.log(self.sizes)
        ahead = (np.log(X["train_size"]) - high) / (high - low)
        if ahead.max(initial=0.0) > FAR + 1e-9:
            why = f"size {X['train_size'].max():g} is far beyond pilots of {self.sizes[0]:g} to {self.sizes[1]:g}"
            return Undecided(
                why, f"larger pilots, or sizes farther apart; these reach {np.exp(high + FAR * (high - low)):g}"
            )
        terms = _terms(X, self.sources, self.sizes)
        middle, sd = self.ridge.predict(terms)
        wide = misfit.quantile(0.5 + level / 2.0) * np.hypot(sd, MISFIT * self.spread * np.maximum(ahead, 0.0))
        drawn = self.ridge.draw(terms, draws, np.random.default_rng(seed))
        out = np.exp if self.scale == "log" else np.asarray
        return Prediction(out(middle), out(middle - wide), out(middle + wide), level, out(drawn), self._warnings(X))

    def _warnings(self, X: dict[str, Array]) -> tuple[str, ...]:
        beyond = (X["distance"] < 0.9 * self.nearest) | (X["distance"] > 1.1 * self.farthest)
        return (f"{beyond.sum()} mixtures are nearer or farther than any pilot",) if beyond.any() else ()


@dataclass(frozen=True, eq=False)
class Selection(Noun):
    """Mixtures in order.

    Args:
        order: rows of the candidates, the best first. chance: shape (m,), of each row to be the best of them, if the
            regression holds. prediction: of every row.
    """

    order: tuple[int, ...]
    chance: Array
    prediction: Prediction


def fit(table: Table, sources: Sequence[str], *, scale: Literal["log", "linear"] = "log") -> Projection | Undecided:
    """Fit to pilot runs at two sizes or more.

    Args:
        table: a column of shares a source, ``distance``, ``train_size`` and ``y``; one row a pilot run.
        sources: names of the columns of shares.
        scale: ``log``, for losses and error rates; ``linear``, the paper's, for scores far from their limits.

    Raises:
        BadInput: a column is missing, shares do not add up to 1, or y is not positive on a log scale.

    Example:
        >>> share, N = (grid.ravel() for grid in np.meshgrid(np.linspace(0.0, 1.0, 6), [100.0, 200.0]))
        >>> X = {"a": share, "b": 1.0 - share, "distance": 1.0 - 0.5 * share, "train_size": N}
        >>> made = fit(Table(X | {"y": np.exp(X["distance"]) * N**-0.5}), ["a", "b"])
        >>> asked = Table({"a": [0.5], "b": [0.5], "distance": [0.75], "train_size": [400.0]})
        >>> made.predict(asked).y.round(2).tolist(), round(float(np.exp(0.75) * 400**-0.5), 2)
        ([0.11], 0.11)
    """
    X = _read(table, sources) | columns(table, ("y",), CARD.name, positive=scale == "log")
    sizes, runs = np.unique(X["train_size"], return_counts=True)
    if sizes.size < 2 or runs.min() < LEAST:
        counts = ", ".join(f"{n} at size {size:g}" for size, n in zip(sizes, runs, strict=True))
        return Undecided(f"pilot runs: {counts}", f"at least {LEAST} mixtures at each of two sizes")
    ends = float(sizes[0]), float(sizes[-1])
    score = np.log(X["y"]) if scale == "log" else X["y"]
    low, high = np.quantile(score, [0.1, 0.9])
    regression = ridge(_terms(X, sources, ends), score, _scales(len(sources)))
    distances = float(X["distance"].min()), float(X["distance"].max())
    return Projection(tuple(sources), ends, regression, scale, float(high - low), *distances)


def candidates(low: ArrayLike, high: ArrayLike, n: int, rng: np.random.Generator) -> Array:
    """Mixtures (n, k) spread evenly over those whose shares lie between bounds.

    Args:
        low, high: shape (k,): what must be taken of each source, and what there is of it.

    Raises:
        BadInput: no mixture lies between the bounds, or hardly any.

    Example:
        >>> shares = candidates([0.2, 0.0, 0.0], [1.0, 0.5, 0.1], 4, np.random.default_rng(0))
        >>> bool((shares[:, 0] >= 0.2).all()), bool((shares[:, 2] <= 0.1).all())
        (True, True)
    """
    least, most = np.asarray(low, float), np.asarray(high, float)
    free = 1.0 - least.sum()
    if free < 0 or most.sum() < 1 or (most < least).any():
        raise BadInput(f"no shares between {least.tolist()} and {most.tolist()} add up to 1; loosen the bounds")
    shares = least + free * rng.dirichlet(np.ones(least.size), size=1000 * n)
    shares = shares[(shares <= most + 1e-12).all(axis=1)][:n]
    if len(shares) < n:
        raise BadInput(f"only {len(shares)} of {1000 * n} mixtures lie below {most.tolist()}; loosen the bounds")
    return shares


def select(projection: Projection, table: Table, *, direction: Literal["min", "max"] = "min") -> Selection | Undecided:
    """Candidate mixtures in the order of what they would score, with the chance of each to be the best.

    Args:
        table: as for `Projection.predict`; one row a candidate, all at the size of interest.
    """
    prediction = projection.predict(table)
    if isinstance(prediction, Undecided):
        return prediction
    sign = 1.0 if direction == "min" else -1.0
    first = np.argmin(sign * prediction.draws, axis=1)
    chance = np.bincount(first, minlength=prediction.y.size) / len(first)
    return Selection(tuple(np.argsort(sign * prediction.y, kind="stable").tolist()), chance, prediction)


def _terms(X: dict[str, Array], sources: Sequence[str], sizes: tuple[float, float]) -> Array:
    """Distance and size first, then the shares, and these times the distance, each also times the size."""
    d, r = X["distance"][:, None], np.stack([X[name] for name in sources], axis=1)
    u = np.log(X["train_size"] / np.sqrt(sizes[0] * sizes[1]))[:, None]
    mixed = np.hstack([r, r * d])
    return np.hstack([d, u, d * u, mixed, mixed * u])


def _scales(k: int) -> list[Array]:
    """Prior sds of the terms, by how much the shares' terms and the changes with size are believed in."""
    return [
        np.r_[_FREE, _FREE, _FREE * change, np.full(2 * k, level), np.full(2 * k, change)]
        for level, change in itertools.product(_LEVELS, _CHANGES)
    ]


def _read(table: Table, sources: Sequence[str]) -> dict[str, Array]:
    X = columns(table, (*sources, "distance"), CARD.name, positive=False) | columns(table, ("train_size",), CARD.name)
    r = np.stack([X[name] for name in sources], axis=1)
    wrong = (r < 0).any(axis=1) | (np.abs(r.sum(axis=1) - 1.0) > 1e-6)
    if wrong.any():
        i = int(np.argmax(wrong))
        raise BadInput(f"shares must be at least 0 and add up to 1, but those of row {i} are {r[i].tolist()}")
    return X


def answer(
    table: Table,
    *,
    sources: tuple[str, ...],
    direction: Literal["min", "max"] = "min",
    scale: Literal["log", "linear"] = "log",
) -> Answer | Undecided:
    """Rows with a y are pilot runs; the others are candidates, put in order by what they would score."""
    pilots, candidates = parted(table)
    made = fit(pilots, sources, scale=scale)
    if isinstance(made, Undecided) or not candidates.n_rows:
        return (
            made if isinstance(made, Undecided) else Undecided("every row has its y", "rows without y to choose among")
        )
    order = select(made, candidates, direction=direction)
    if isinstance(order, Undecided):
        return order
    said = order.prediction
    rows = {"distance": candidates.columns["distance"], "predicted": said.y, "low": said.low, "high": said.high}
    rows |= {"chance": order.chance} | {name: candidates.columns[name] for name in sources}
    first = order.order[0]
    best = Range(float(said.y[first]), float(said.low[first]), float(said.high[first]), "y")
    shares = {name: float(candidates.columns[name][first]) for name in sources}
    mixture = ", ".join(f"{share:.0%} {name}" for name, share in shares.items())
    says = f"of {candidates.n_rows} mixtures the best is {mixture}: {in_words(best)}"
    values = {"best": best, "chance": float(order.chance[first]), **shares}
    return Answer(CARD.name, "1", says, values, Table(rows).take(order.order), said.warnings)


QUESTION = Question(card=CARD, version="1", columns=("distance", "train_size", "y"), answer=answer)
