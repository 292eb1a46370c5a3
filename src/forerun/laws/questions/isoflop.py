"""The best size for a compute budget, two ways: a parabola through each budget's lowest losses, and a fitted law.

Approach 2 of Hoffmann et al. 2022 takes the lowest point of a parabola in log N at each budget (here through the best
run and its three neighbours on each side) and a power N* = k C^a through those points. The loss is not a parabola, and
budgets are not sampled evenly around their best sizes, so it is biased even without noise, the more the wider the
parabola; approach 3 (`chinchilla`) is not, where its law holds. `compare` measures that bias on one's own sizes:
approach 2 applied to the losses of the fitted law, against that law's own exponent.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forerun.core import Answer, Array, BadInput, Card, Range, Table, Undecided
from forerun.core.frozen import Noun
from forerun.laws.fitter import Fit, fit
from forerun.laws.law import columns
from forerun.laws.question import Question, in_words
from forerun.laws.size import chinchilla

CARD = Card(
    name="isoflop",
    does="Best size by compute budget, N* = k C^a: parabolas through each budget, beside a fitted law.",
    source="Hoffmann et al. 2022, approaches 2 and 3; the bias of the first measured on one's own sizes",
    assumes="Runs of one budget differ in size alone; the lowest loss lies inside the sizes.",
    needs="Columns flops (the same number for runs of one budget), params and y; with tokens, a law is fitted too.",
    promises="Exponents beside the published ones: evidence/laws/isoflop.md.",
    known_answer="Parabolas in log N at N* = 0.1 C^0.5 give the exponent 0.5.",
    control="Budgets without a minimum inside their sizes are left out.",
)
_DRAWS = 400
_LEAST = 4  # points of a budget
_NEAR = 3  # neighbours of the best run, on each side; wider parabolas are more biased, narrower ones noisier


@dataclass(frozen=True, eq=False)
class IsoFLOP(Noun):
    """Best sizes by budget, and the power through them.

    Args:
        flops, params: shape (b,), budgets with a minimum inside their sizes, and N* there.
        exponent: a of N* = k C^a, 80% over resampled budgets; ``coefficient``: k.
        left_out: budgets without a minimum inside.
    """

    flops: Array
    params: Array
    exponent: Range
    coefficient: float
    left_out: tuple[float, ...]

    def best_params(self, flops: float) -> float:
        """N* at a budget."""
        return self.coefficient * flops**self.exponent.estimate


@dataclass(frozen=True, eq=False)
class ExponentComparison(Noun):
    """Approach 2 against approach 3 on the same points.

    Args:
        parabola: approach 2.
        law: the fit of approach 3; ``exponent``: its a = β/(α + β), 80% of the draws.
        bias: what approach 2 adds to a law's exponent on these sizes when there is no noise.
        flops: a budget; ``factor``: N* there by approach 2 over N* by approach 3.
    """

    parabola: IsoFLOP
    law: Fit
    exponent: Range
    bias: float
    flops: float
    factor: float


def parabola(table: Table, *, seed: int = 0) -> IsoFLOP | Undecided:
    """Approach 2: N*(C) from parabolas in log N.

    Args:
        table: columns flops (the same number for runs of one budget), params and y.
        seed: of the resampling of budgets.

    Returns:
        An `IsoFLOP`; `Undecided` where fewer than 3 budgets have a minimum inside their sizes.

    Raises:
        BadInput: a column is missing or not positive.

    Example:
        >>> C, N = (grid.ravel() for grid in np.meshgrid(np.geomspace(1e18, 1e21, 5), np.geomspace(0.2, 5, 9)))
        >>> N = N * 0.1 * C**0.5
        >>> y = 2 + 0.05 * (np.log(N) - np.log(0.1 * C**0.5)) ** 2
        >>> found = parabola(Table({"flops": C, "params": N, "y": y}))
        >>> round(found.exponent.estimate, 3)
        0.5
    """
    X = columns(table, ("flops", "params", "y"), "isoflop")
    return _through(X["flops"], X["params"], X["y"], seed)


def _through(flops: Array, params: Array, y: Array, seed: int) -> IsoFLOP | Undecided:
    budgets = np.unique(flops)
    best = np.array([_lowest(np.log(params[flops == C]), y[flops == C]) for C in budgets])
    inside = np.isfinite(best)
    if inside.sum() < 3:
        return Undecided(f"{inside.sum()} of {budgets.size} budgets have their lowest loss inside their sizes", "3")
    x, log_N = np.log(budgets[inside]), best[inside]
    a, log_k = np.polyfit(x, log_N, 1)
    which = np.random.default_rng(seed).integers(x.size, size=(_DRAWS, x.size))
    drawn = _slopes(x[which], log_N[which])
    low, high = np.quantile(drawn[np.isfinite(drawn)], [0.1, 0.9])
    exponent = Range(float(a), float(low), float(high), "exponent")
    return IsoFLOP(budgets[inside], np.exp(log_N), exponent, float(np.exp(log_k)), tuple(budgets[~inside].tolist()))


def _lowest(log_N: Array, y: Array) -> float:
    """Where a parabola through the best run and its neighbours has its minimum; NaN where that is not inside."""
    order = np.argsort(log_N)
    best = int(np.argmin(y[order]))
    if y.size < _LEAST or best in (0, y.size - 1):
        return np.nan
    near = order[max(best - _NEAR, 0) : best + _NEAR + 1]
    x, middle = log_N[near], float(log_N[near].mean())
    bend, slope, _ = (float(c) for c in np.polyfit(x - middle, y[near], 2))
    at = middle - slope / (2.0 * bend) if bend > 0 else np.nan
    return at if x.min() < at < x.max() else np.nan


def _slopes(x: Array, y: Array) -> Array:
    off = x - x.mean(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        return (off * y).sum(axis=1) / (off**2).sum(axis=1)


def compare(table: Table, *, flops: float | None = None, seed: int = 0) -> ExponentComparison | Undecided:
    """Approach 2 and approach 3 on the same runs, and the bias of the first on their sizes.

    Args:
        table: columns flops, params, tokens and y.
        flops: the budget to compare N* at; 100 times the largest by default.

    Raises:
        BadInput: a column is missing or not positive.
    """
    X = columns(table, ("flops", "params", "tokens", "y"), "isoflop")
    parabolas, made = parabola(table, seed=seed), fit("chinchilla", table, seed=seed, judge_beyond=False)
    if isinstance(parabolas, Undecided) or isinstance(made, Undecided):
        return parabolas if isinstance(parabolas, Undecided) else made  # pyright: ignore[reportReturnType]
    theta = made.sampled()[0]
    clean = _through(X["flops"], X["params"], chinchilla.predict(theta, X)[0], seed)
    if isinstance(clean, Undecided):
        return Undecided(f"by the fitted law {clean.why}, so that the bias is not told", clean.needs)
    exponent = made.derived(lambda p: p[:, 4] / (p[:, 3] + p[:, 4]), "exponent")
    at = flops if flops is not None else 100.0 * float(X["flops"].max())
    per_token = float(np.median(X["flops"] / (X["params"] * X["tokens"])))
    factor = parabolas.best_params(at) / best_params(made, at, per_token)
    return ExponentComparison(parabolas, made, exponent, clean.exponent.estimate - exponent.estimate, at, factor)


def best_params(made: Fit, flops: float, flops_per_param_token: float = 6.0) -> float:
    """Approach 3: the size at which a fitted Chinchilla law is lowest at a budget.

    Raises:
        BadInput: the fit of another law.

    Example:
        >>> N, D = (grid.ravel() for grid in np.meshgrid(np.geomspace(1e7, 1e9, 5), np.geomspace(1e9, 1e11, 5)))
        >>> made = fit("chinchilla", Table({"params": N, "tokens": D, "y": 1.7 + 400 * N**-0.34 + 400 * D**-0.34}))
        >>> round(best_params(made, 6e20) / 1e10, 3)
        1.0
    """
    if made.law != "chinchilla":
        raise BadInput(f"a fit of law 'chinchilla' is needed, but this is one of {made.law!r}")
    A, B, alpha, beta = (made.params[name] for name in ("A", "B", "alpha", "beta"))
    G = (alpha * A / (beta * B)) ** (1.0 / (alpha + beta))
    return G * (flops / flops_per_param_token) ** (beta / (alpha + beta))


def answer(table: Table, *, flops: float | None = None, seed: int = 0) -> Answer | Undecided:
    """Best sizes by budget, and at one budget (100 times the largest by default)."""
    sizes = parabola(table, seed=seed)
    if isinstance(sizes, Undecided):
        return sizes
    at = flops if flops is not None else 100.0 * float(sizes.flops.max())
    values = {
        "exponent": sizes.exponent,
        "coefficient": sizes.coefficient,
        "best_params": sizes.best_params(at),
    }
    warnings = [f"budget {C:g} has no lowest loss inside its sizes" for C in sizes.left_out]
    comparison = compare(table, flops=at, seed=seed) if "tokens" in table.columns else None
    if isinstance(comparison, ExponentComparison):
        values |= {"law_exponent": comparison.exponent, "parabola_bias": comparison.bias}
        values |= {"parabola_over_law": comparison.factor}
    elif comparison is not None:
        warnings.append(comparison.why)
    rows = {"flops": sizes.flops, "measured": sizes.params}
    rows["predicted"] = sizes.coefficient * sizes.flops**sizes.exponent.estimate
    says = f"the best size grows as compute to the {in_words(sizes.exponent)}; {values['best_params']:.3g} at {at:.3g}"
    return Answer(CARD.name, "1", says, values, Table(rows), tuple(warnings))


QUESTION = Question(card=CARD, version="1", columns=("flops", "params", "y"), answer=answer)
