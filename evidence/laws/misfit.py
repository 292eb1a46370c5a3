"""How the constants of the fitter's intervals were chosen, and what they hold on a source that had no say.

    python evidence/laws/misfit.py DATA [--seed 0]

Cases as in beyond.py. A held-out log error is taken to be t-distributed with sd² = parameters² + noise² +
M² (edge + d)² at distance d beyond the fitted sizes, and M² the mean of the tables' own cuts and of ``worth`` times the
prior (prior × spread)² (1 + few / runs beyond the parameters). ``prior``, ``few``, ``worth`` and ``edge`` maximise
the mean log density, each source counting the same; then again without each source in turn, and its coverage is
measured with what the others chose. Writes misfit.json beside itself.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from beyond import LEVELS, edges
from recorded import Recorded, recorded
from scipy import optimize, stats

from forerun.laws import LAWS
from forerun.laws.fitter import misfit, search
from forerun.laws.fitter.coordinates import outward, scaled
from forerun.laws.law import MISFIT

HERE = Path(__file__).parent
START = np.log([0.12, 20.0, 8.0, 0.07])
SHIPPED = np.log([MISFIT, misfit._FEW, misfit._WORTH, misfit._EDGE])
DELTA = 1e-3


def judged(law: Any, data: search.Observed, edge: float, draws: int, rng: np.random.Generator) -> dict[str, Any] | None:
    """Errors beyond an edge, and what a fit within it says of them."""
    size = law.size(data.X)
    known, asked = data.part(size <= edge), data.part(size > edge)
    if known.y.size < len(law.parameters) + 2 or asked.y.size == 0:
        return None
    theta = search.descend(known, None, DELTA).theta
    drawn = outward(law, search.draw(known, theta, draws, DELTA, rng))
    middle = scaled(law, law.predict(outward(law, theta), asked.X)[0])
    off = np.abs(scaled(law, law.predict(drawn, asked.X)[0]) - middle)
    kept = misfit.support_of(known)
    return {
        "error": middle - scaled(law, asked.y),
        "told": np.median(off, axis=0) ** 2 / 0.6745**2 + misfit.noise_of(known, theta) ** 2,
        "distance": misfit.beyond(kept, law.size(asked.X)),
        "free": misfit.free(known),
        "spread": kept["spread"],
    }


def case(one: Recorded, edge: float, rng: np.random.Generator) -> dict[str, Any] | None:
    law = LAWS.load(one.law)
    data = search.observed(law, one.table, None, None)
    whole = judged(law, data, edge, 100, rng)
    if whole is None:
        return None
    known = data.part(law.size(data.X) <= edge).thinned()
    inner = [judged(law, known, float(np.quantile(law.size(known.X), cut)), 40, rng) for cut in misfit._CUTS]
    own = law.misfit / MISFIT  # a law's own prior, in shares of the common one
    return (
        whole
        | {"spread": whole["spread"] * own}
        | {"inner": [cut for cut in inner if cut is not None], "source": one.source}
    )


def sd(one: dict[str, Any], constants: np.ndarray) -> np.ndarray:
    prior, few, worth, edge = np.exp(constants)
    total = worth * (prior * one["spread"]) ** 2 * (1.0 + few / one["free"])
    for cut in one["inner"]:
        grown = (edge + cut["distance"]) ** 2
        total += max(float(((cut["error"] ** 2 - cut["told"]) * grown).sum() / (grown**2).sum()), 0.0)
    return np.sqrt(one["told"] + total / (worth + len(one["inner"])) * (edge + one["distance"]) ** 2)


def density(constants: np.ndarray, cases: list[dict[str, Any]]) -> float:
    """Mean log density of the errors, each source the same."""
    each: dict[str, list[float]] = {}
    for one in cases:
        width = sd(one, constants)
        each.setdefault(one["source"], []).append(
            float(np.mean(stats.t.logpdf(one["error"] / width, misfit.DF) - np.log(width)))
        )
    return float(np.mean([np.mean(values) for values in each.values()]))


def chosen(cases: list[dict[str, Any]]) -> np.ndarray:
    def cost(x: np.ndarray) -> float:
        return -density(x, cases) + 0.002 * float(((x - START) ** 2).sum())  # a weak pull, where the cases do not tell

    return optimize.minimize(cost, START, method="Nelder-Mead", options={"maxfev": 150, "xatol": 0.03, "fatol": 2e-4}).x


def coverage(constants: np.ndarray, cases: list[dict[str, Any]]) -> dict[str, float]:
    reach = {level: stats.t.ppf(0.5 + level / 2.0, misfit.DF) for level in LEVELS}
    return {
        f"{level:g}": float(np.mean([(np.abs(one["error"]) <= far * sd(one, constants)).mean() for one in cases]))
        for level, far in reach.items()
    }


def named(constants: np.ndarray) -> dict[str, float]:
    return dict(zip(("prior", "few", "worth", "edge"), np.exp(constants).round(3).tolist(), strict=True))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    told = parser.parse_args()
    rng = np.random.default_rng(told.seed)
    found = [case(one, edge, rng) for one in recorded(told.data) for edge in edges(one)]
    cases = [one for one in found if one is not None and np.isfinite(one["error"]).all()]
    sources = list(dict.fromkeys(one["source"] for one in cases))
    left_out = {}
    for source in sources:
        inside, others = ([one for one in cases if (one["source"] == source) == same] for same in (True, False))
        constants = chosen(others) if len(sources) > 1 else SHIPPED
        left_out[source] = {
            "cases": len(inside),
            "chosen_without": named(constants),
            "coverage": coverage(constants, inside),
        }
        print(source, left_out[source], flush=True)
    mean = {
        level: float(np.mean([row["coverage"][level] for row in left_out.values()])) for level in ("0.5", "0.8", "0.9")
    }
    best = named(chosen(cases))
    result = {
        "seed": told.seed,
        "df": misfit.DF,
        "chosen_with_all": best,
        "shipped": named(SHIPPED),
        "left_out": left_out,
        "mean_left_out": mean,
    }
    (HERE / "misfit.json").write_text(json.dumps(result, indent=1) + "\n")
    print(best, mean)


if __name__ == "__main__":
    main()
