"""How wrong a law is where it was not fitted, measured on the data it was fitted to and drawn to what others showed.

Parameter spread and noise say nothing of a law that is not quite the right one. So the law is fitted to the smaller
part of the data and judged on the larger, at several cuts; what the errors hold beyond spread and noise, per distance
from the fitted sizes, is the misfit. The errors of one cut go together, so a cut counts as one observation, and the
misfit is drawn to what recorded scaling data showed: more where few runs are left beyond the parameters. Some of it
is there at the largest fitted size already. How the constants were chosen: evidence/laws/misfit.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy import special

from forerun.core import Array
from forerun.laws.fitter.coordinates import outward, scaled
from forerun.laws.fitter.search import Observed, descend, draw
from forerun.laws.law import Law, Mask
from forerun.stats.robust import robust_sd

_FEW = 20.0  # its variance is (1 + this / runs beyond the parameters) times as large
_WORTH = 8.0  # cuts that the prior counts as
_EDGE = 0.07  # distance at which a point at the largest fitted size, or within, counts to lie
_BOUND = 1.5  # times as large where a parameter ended at a bound: the data ask for what the law cannot be; beyond.md
_CUTS = 0.5, 0.65, 0.8  # shares of the points, smallest first, that are fitted to
_DRAWS = 40
DF = 5.0  # of the t distribution of errors


def sizes(size: Array, z: Array) -> dict[str, float]:
    """What is kept of the fitted sizes: lowest, highest, and the span of the scaled y, 10th to 90th percentile."""
    low, high = np.quantile(z, [0.1, 0.9])
    return {"least": float(size.min()), "most": float(size.max()), "spread": float(high - low)}


def beyond(support: Mapping[str, Any], size: Array) -> Array:
    """How far beyond the largest fitted size, in spans of the fitted sizes (both logarithmic); 0 within.

    Example:
        >>> beyond({"least": 1.0, "most": 100.0}, np.array([50.0, 1e4])).tolist()
        [0.0, 1.0]
    """
    span = max(np.log(support["most"] / support["least"]), np.log(2.0))
    return np.maximum(np.log(size / support["most"]), 0.0) / span


def spread(drawn: Array, middle: Array, noise: float, misfit: float, distance: Array) -> Array:
    """Sd of a measured log y around the prediction: parameters (b, m) around (m,), noise, and misfit by distance."""
    off = (drawn - middle) if len(drawn) else np.zeros((1, middle.size))
    params = np.median(np.abs(off), axis=0) / 0.6745
    return np.sqrt(params**2 + noise**2 + law_error(misfit, distance) ** 2)


def law_error(misfit: float, distance: Array) -> Array:
    """Sd of what the law itself gets wrong at these distances."""
    return misfit * (_EDGE + distance)


def from_rule(law: Law[Any], support: Mapping[str, Any], X: Any, middle: Array) -> tuple[Array, float]:
    """How far off a law's simpler rule is from its prediction (0 where it says nothing), and the rule's share."""
    if law.rule is None:
        return np.zeros_like(middle), 0.0
    return np.nan_to_num(law.rule.predict(support, X) - middle), law.rule.share(support)


def quantile(p: float) -> float:
    """The t quantile by which intervals reach out from the prediction, in units of `spread`."""
    return float(special.stdtrit(DF, p))


def noise_of(data: Observed, theta: Array) -> float:
    """Sd of log residuals, corrected for the parameters fitted: between the robust one, that tails do not enter, and
    the root mean square, that they rule (their geometric mean)."""
    law = data.law
    rest = scaled(law, law.predict(outward(law, theta), data.X)[0]) - scaled(law, data.y)
    rms = float(np.sqrt(np.mean(rest**2)))
    return float(np.sqrt(rms * (robust_sd(rest) or rms) * data.y.size / max(data.y.size - theta.size, 1)))


def distance_of(law: Law[Any], support: Mapping[str, Any], X: Any) -> Array:
    """How far points lie from what was fitted: the law's own measure, or `beyond` in size."""
    return beyond(support, law.size(X)) if law.distance is None else law.distance(support, X)


def measured(data: Observed, delta: float, rng: np.random.Generator, *, at_bound: bool = False) -> float:
    """Misfit at distance 1, in log units; wider where a parameter of the whole fit ended ``at_bound``."""
    law = data.law
    expected = law.misfit * sizes(law.size(data.X), scaled(law, data.y))["spread"]
    total = _WORTH * expected**2 * (1.0 + _FEW / free(data))
    worth = _WORTH
    for small, large in _cuts(law.size(data.X)) if law.folds is None else law.folds(data.X):
        if small.sum() < len(law.parameters) + 2 or not large.any():
            continue
        total += _judge(data.part(small), data.part(large), delta, rng)
        worth += 1.0
    wider = _BOUND if at_bound and not law.whole_runs else 1.0
    return law.misfit_share * wider * float(np.sqrt(total / worth))


def free(data: Observed) -> int:
    """Runs beyond the parameters, at least 1; points, where the law's own folds leave out runs."""
    law = data.law
    return max((data.groups if law.folds is None else data.y.size) - len(law.parameters), 1)


def _cuts(size: Array) -> list[tuple[Mask, Mask]]:
    """The smaller part of the data, and the larger, at several cuts."""
    edges = (float(np.quantile(size, cut)) for cut in _CUTS)
    return [(size <= edge, size > edge) for edge in edges]


def _judge(small: Observed, large: Observed, delta: float, rng: np.random.Generator) -> float:
    """Squared misfit at distance 1 that a fit showed where it was not told, less what spread and noise explain."""
    law = small.law
    theta = descend(small, None, delta).theta
    distance = distance_of(law, support_of(small), large.X)
    middle = scaled(law, law.predict(outward(law, theta), large.X)[0])
    drawn = scaled(law, law.predict(outward(law, draw(small, theta, _DRAWS, delta, rng)), large.X)[0])
    explained = spread(drawn, middle, noise_of(small, theta), 0.0, distance) ** 2
    excess, grown = (middle - scaled(law, large.y)) ** 2 - explained, (_EDGE + distance) ** 2
    return max(float((excess * grown).sum() / (grown**2).sum()), 0.0)


def support_of(data: Observed) -> dict[str, Any]:
    """What is kept of the fitted points, to judge new ones by."""
    law = data.law
    own = {} if law.support is None else law.support(data.X)
    rule = {} if law.rule is None else law.rule.fit(data.X, data.y)
    return {**sizes(law.size(data.X), scaled(law, data.y)), **own, **rule}
