"""A benchmark's score at larger scale in two steps: its loss by parameters and tokens, its score by its loss."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forerun.core import Answer, BadInput, Card, Range, Table, Undecided
from forerun.laws.fitter import Fit, Prediction, fit, misfit
from forerun.laws.question import Question, in_words, parted

CARD = Card(
    name="ladder",
    does="A benchmark's score at larger scale in two steps: its loss by size and tokens, its score by its loss.",
    source="Bhagia et al. 2024 (OLMo ladder); the laws are chinchilla and sigmoid",
    assumes="Models of one kind; at one loss of the task, one score.",
    needs="Columns params, tokens, loss and score of runs; rows without a score are predicted.",
    promises="The largest scale of the OLMo ladder held back: evidence/laws/ladder.md.",
    known_answer="Points of both steps give the largest score.",
    control="Shuffled losses predict no better than the mean.",
)
_WORTH = 2000  # samples through both steps
_PERFECT = 0.01  # weight, in shares of the points, of the one point known without a run: no loss scores 1; arbitrary
_LAST = 5  # evaluations that are averaged, those before included; the published ladder's
_FAR = 2.0  # greatest losses at which a score counts to be chance, where that is given; arbitrary
_SCORES = 0.01  # where Huber's loss of scores turns linear; about the noise of an evaluation


@dataclass(frozen=True, eq=False)
class Ladder:
    """Both steps: ``first`` says the loss, ``second`` the score at a loss."""

    first: Fit
    second: Fit

    def predict(self, table: Table, *, level: float = 0.8, seed: int = 0) -> Prediction | Undecided:
        """The score at every row of a table, with intervals through both steps.

        What is not known of the loss is drawn, and what is not known of the score is drawn at each such loss: so an
        interval on the flat end of the sigmoid is narrow although the loss is not known well.

        Args:
            table: columns params and tokens.
            level: mass of the interval.
        """
        loss = self.first.predict(table, level=level)
        if isinstance(loss, Undecided):
            return loss
        score = self.second.predict(Table({"loss": loss.y}))
        assert isinstance(score, Prediction)  # the sigmoid refuses nothing
        drawn = self._drawn(loss, np.random.default_rng(seed))
        low, high = np.quantile(drawn, [0.5 - level / 2, 0.5 + level / 2], axis=0)
        warnings = tuple(dict.fromkeys([*loss.warnings, *score.warnings]))
        return Prediction(score.y, np.minimum(low, score.y), np.maximum(high, score.y), level, drawn, warnings)

    def _drawn(self, loss: Prediction, rng: np.random.Generator) -> np.ndarray:
        sd = np.log(loss.high / loss.low) / 2.0 / misfit.quantile(0.5 + loss.level / 2.0)
        shape = (_WORTH, loss.y.size)
        at = loss.y * np.exp(sd * rng.standard_t(misfit.DF, shape))
        scores = self.second.predict(Table({"loss": at.ravel()}))
        assert isinstance(scores, Prediction)
        wide = (scores.high - scores.y) / misfit.quantile(0.5 + scores.level / 2.0)
        return np.clip(scores.y + wide * rng.standard_t(misfit.DF, wide.size), 0.0, 1.0).reshape(shape)


def fit_ladder(
    runs: Table, checkpoints: Table | None = None, *, chance: float | None = None, draws: int = 200, seed: int = 0
) -> Ladder | Undecided:
    """Fit both steps of a benchmark.

    Args:
        runs: finished runs: columns params, tokens, loss (of the benchmark's right answers) and score.
        checkpoints: more pairs of loss and score for the second step, such as evaluations within the runs, and a
            column run that says what varies together; by default the finished runs alone. Evaluations within runs are
            noisy: `smoothed` first.
        chance: the score of guessing, which models of a great loss have; without it the scores alone tell the floor.

    Returns:
        `Ladder`, or `Undecided` where a step has no more points than parameters.

    Raises:
        BadInput: a column is missing, or a loss is not positive.

    Source: Bhagia et al. 2024 (OLMo ladder). The first step is the law `chinchilla`, the second `sigmoid`.

    Example:
        >>> N, D = (grid.ravel() for grid in np.meshgrid(np.geomspace(2e8, 3e9, 4), np.geomspace(4e9, 3e11, 5)))
        >>> loss = 0.5 + 60 * N**-0.3 + 100 * D**-0.3
        >>> score = 0.25 + 0.75 / (1 + np.exp(6 * (loss - 0.8)))
        >>> runs = Table({"params": N, "tokens": D, "loss": loss, "score": score})
        >>> fit_ladder(runs).predict(Table({"params": [1e10], "tokens": [4e12]})).y.round(2).tolist()
        [0.84]
    """
    pairs = runs if checkpoints is None else checkpoints
    for table, wanted in ((runs, ("params", "tokens", "loss", "score")), (pairs, ("loss", "score"))):
        missing = [name for name in wanted if name not in table.columns]
        if missing:
            raise BadInput(f"the ladder reads {', '.join(wanted)}; missing among {', '.join(table.columns)}: {missing}")
    inputs = {name: runs.columns[name] for name in ("params", "tokens")}
    first = fit("chinchilla", Table({**inputs, "y": runs.columns["loss"]}), draws=draws, seed=seed)
    second = _second(pairs, chance, draws, seed)
    if isinstance(first, Undecided) or isinstance(second, Undecided):
        return first if isinstance(first, Undecided) else second  # type: ignore[return-value]
    return Ladder(first, second)


def _second(pairs: Table, chance: float | None, draws: int, seed: int) -> Fit | Undecided:
    """The sigmoid through the pairs and what is known without a run: no loss scores 1, a great one scores by chance."""
    n, loss = pairs.n_rows, np.asarray(pairs.columns["loss"], float)
    known = {"perfect": (0.0, 1.0)} | ({} if chance is None else {"chance": (_FAR * float(loss.max()), chance)})
    at, scores = zip(*known.values(), strict=True)
    link = {"loss": [*loss, *at], "y": [*pairs.columns["score"], *scores]}
    group = [*(pairs.columns["run"] if "run" in pairs.columns else range(n)), *known]
    weight = [1.0] * n + [_PERFECT * n] * len(known)
    return fit("sigmoid", Table(link), weight=weight, group=group, draws=draws, delta=_SCORES, seed=seed)


def smoothed(checkpoints: Table, *, last: int = _LAST) -> Table:
    """Loss and score of every evaluation as means of the last few of its run up to it.

    Args:
        checkpoints: columns run, loss and score, the rows of each run in order.
        last: evaluations averaged.

    Source: Bhagia et al. 2024, released code: moving averages of five in both steps.

    Example:
        >>> smoothed(Table({"run": ["a"] * 3, "loss": [3.0, 2.0, 1.0], "score": [0, 0, 3]}), last=2).columns["loss"]
        array([3. , 2.5, 1.5])
    """
    run = np.asarray([str(one) for one in checkpoints.columns["run"]])
    means = {name: np.asarray(checkpoints.columns[name], float).copy() for name in ("loss", "score")}
    for own in (run == one for one in np.unique(run)):
        count = np.minimum(np.arange(1, int(own.sum()) + 1), last)
        for column in means.values():
            total = np.concatenate([[0.0], np.cumsum(column[own])])
            ends = np.arange(1, count.size + 1)
            column[own] = (total[ends] - total[ends - count]) / count
    return Table({**checkpoints.columns, **means})


def answer(table: Table, *, level: float = 0.8, chance: float | None = None, seed: int = 0) -> Answer | Undecided:
    """The scores of the rows that have none, and how the fit does on those that have one."""
    known, wanted = parted(table, "score")
    if not wanted.n_rows:
        return Undecided("every row has its score", "rows of params and tokens without a score, to predict")
    made = fit_ladder(known, chance=chance, seed=seed)
    if isinstance(made, Undecided):
        return made
    prediction = made.predict(wanted, level=level, seed=seed)
    if isinstance(prediction, Undecided):
        return prediction
    fitted = made.predict(known, level=level, seed=seed)
    assert not isinstance(fitted, Undecided)  # what holds further out holds there
    flops = [6.0 * np.asarray(part.columns["params"]) * np.asarray(part.columns["tokens"]) for part in (known, wanted)]
    measured = np.concatenate([np.asarray(known.columns["score"], float), np.full(wanted.n_rows, np.nan)])
    rows = {"flops": np.concatenate(flops), "measured": measured}
    rows |= {"predicted": np.concatenate([fitted.y, prediction.y])}
    rows |= {
        "low": np.concatenate([fitted.low, prediction.low]),
        "high": np.concatenate([fitted.high, prediction.high]),
    }
    last = int(np.argmax(flops[1]))
    score = Range(float(prediction.y[last]), float(prediction.low[last]), float(prediction.high[last]), "score")
    says = f"a score of {in_words(score)} at {flops[1][last]:.3g} FLOPs"
    table = Table(rows).take(np.argsort(rows["flops"], kind="stable"))
    return Answer(CARD.name, "1", says, {"score": score}, table, prediction.warnings)


QUESTION = Question(card=CARD, version="1", columns=("params", "tokens", "loss", "score"), answer=answer)
