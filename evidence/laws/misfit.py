"""How the constants of the fitter's intervals were chosen, and what they hold on a source that had no say.

    python evidence/laws/misfit.py DATA [--seed 0]

Cases and fits as in beyond.py. A held-out log error is taken to be t-distributed with sd² = parameters² + noise² +
M² (edge + d)² at distance d beyond the fitted sizes, and M² the mean of the tables' own cuts and of ``worth`` times the
prior (prior × spread)² (1 + few / runs beyond the parameters), M being ``bound`` times as large where a parameter of
the fit ended at a bound. The five maximise the mean log density, each source counting the same; then again without
each source in turn, and its coverage is measured with what the others chose. Writes misfit.json beside itself.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from beyond import LEVELS, edges, interval
from recorded import Recorded, recorded, rows_of
from scipy import optimize, stats

from forerun.core import Undecided
from forerun.laws import LAWS
from forerun.laws.fitter import fit, misfit, search
from forerun.laws.fitter.coordinates import outward, scaled
from forerun.laws.fitter.fit import DELTA
from forerun.laws.law import MISFIT

HERE = Path(__file__).parent
NAMES = "prior", "few", "worth", "edge", "bound"
SHIPPED = np.log([MISFIT, misfit._FEW, misfit._WORTH, misfit._EDGE, misfit._BOUND])
START = SHIPPED
INNER_DRAWS = 40


def case(one: Recorded, edge: float, seed: int) -> dict[str, Any] | None:
    """Errors beyond an edge, what a fit within it says of them, and what its own cuts show."""
    law = LAWS.load(one.law)
    size = law.size(law.read(one.table))
    made = fit(law, rows_of(one.table, size <= edge), judge_beyond=False, seed=seed)
    if isinstance(made, Undecided) or not (size > edge).any():
        return None
    held = rows_of(one.table, size > edge)
    said = made.errors(held)
    assert not isinstance(said, Undecided)
    known = search.observed(law, rows_of(one.table, size <= edge), None, None).thinned()
    rng = np.random.default_rng(seed)
    inner = [cut(known, float(np.quantile(law.size(known.X), share)), rng) for share in misfit._CUTS]
    return {
        "source": one.source, "name": one.name, "group": group(one), "at_bound": bool(made.report.at_bound),
        "error": said.middle - scaled(law, np.asarray(held.columns["y"], float)), "told": said.sd**2,
        "distance": misfit.distance_of(law, made.support, law.read(held)),
        "free": misfit.free(known), "spread": made.support["spread"],
        "inner": [one for one in inner if one is not None],
    }  # fmt: skip


def group(one: Recorded) -> str:
    """The source, and of fine-tuning the task: two that are little alike."""
    return f"{one.source}/{one.name.split('/')[0]}" if one.law == "rectified" else one.source


def cut(known: search.Observed, edge: float, rng: np.random.Generator) -> dict[str, Any] | None:
    """What a fit to the smaller of the fitted points themselves shows beyond an edge."""
    law, size = known.law, known.law.size(known.X)
    small, large = known.part(size <= edge), known.part(size > edge)
    if small.y.size < len(law.parameters) + 2 or large.y.size == 0:
        return None
    theta = search.descend(small, None, DELTA).theta
    distance = misfit.distance_of(law, misfit.support_of(small), large.X)
    middle = scaled(law, law.predict(outward(law, theta), large.X)[0])
    drawn = outward(law, search.draw(small, theta, INNER_DRAWS, DELTA, rng))
    told = misfit.spread(
        scaled(law, law.predict(drawn, large.X)[0]), middle, misfit.noise_of(small, theta), 0.0, distance
    )
    return {"error": middle - scaled(law, large.y), "told": told**2, "distance": distance}


def sd(one: dict[str, Any], constants: np.ndarray) -> np.ndarray:
    prior, few, worth, edge, bound = np.exp(constants)
    total = worth * (prior * one["spread"]) ** 2 * (1.0 + few / one["free"])
    for part in one["inner"]:
        grown = (edge + part["distance"]) ** 2
        total += max(float(((part["error"] ** 2 - part["told"]) * grown).sum() / (grown**2).sum()), 0.0)
    wider = bound if one["at_bound"] else 1.0
    return np.sqrt(one["told"] + wider**2 * total / (worth + len(one["inner"])) * (edge + one["distance"]) ** 2)


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

    return optimize.minimize(cost, START, method="Nelder-Mead", options={"maxfev": 250, "xatol": 0.03, "fatol": 2e-4}).x


def inside(constants: np.ndarray, one: dict[str, Any], level: float) -> float:
    reach = stats.t.ppf(0.5 + level / 2.0, misfit.DF)
    return float((np.abs(one["error"]) <= reach * sd(one, constants)).mean())


def coverage(constants: np.ndarray, cases: list[dict[str, Any]]) -> dict[str, float]:
    return {f"{level:g}": float(np.mean([inside(constants, one, level) for one in cases])) for level in LEVELS}


def named(constants: np.ndarray) -> dict[str, float]:
    return dict(zip(NAMES, np.exp(constants).round(3).tolist(), strict=True))


def mean(rows: list[dict[str, Any]], which: str) -> dict[str, float]:
    return {f"{level:g}": float(np.mean([row[which][f"{level:g}"] for row in rows])) for level in LEVELS}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    told = parser.parse_args()
    found = [case(one, edge, told.seed) for one in recorded(told.data) for edge in edges(one)]
    cases = [one for one in found if one is not None and np.isfinite(one["error"]).all()]
    sources = list(dict.fromkeys(one["source"] for one in cases))
    without = {source: chosen([one for one in cases if one["source"] != source]) for source in sources}
    groups = {}
    for name in dict.fromkeys(one["group"] for one in cases):
        own = [one for one in cases if one["group"] == name]
        constants = without[own[0]["source"]]
        groups[name] = {
            "cases": len(own), "chosen_without": named(constants),
            "coverage": coverage(constants, own), "as_shipped": coverage(SHIPPED, own),
        }  # fmt: skip
    each = np.array([inside(without[one["source"]], one, 0.8) for one in cases])
    names, rng = [f"{one['source']}/{one['name']}" for one in cases], np.random.default_rng(told.seed)
    result = {
        "seed": told.seed,
        "df": misfit.DF,
        "chosen_with_all": named(chosen(cases)),
        "shipped": named(SHIPPED),
        "left_out": groups,
        "over_groups": {which: mean(list(groups.values()), which) for which in ("coverage", "as_shipped")},
        "over_cases": {
            "cases": len(cases),
            "coverage": {
                f"{level:g}": float(np.mean([inside(without[one["source"]], one, level) for one in cases]))
                for level in LEVELS
            },
            "as_shipped": coverage(SHIPPED, cases),
            "range_80": interval(each, names, rng),
        },
    }
    (HERE / "misfit.json").write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
