"""What laws along a learning rate's path are worth at another peak rate than the fitted one, models left out.

    python evidence/laws/peaks.py DATA [--seed 0]
    python evidence/laws/peaks.py --kept    # what follows from the cases kept in peaks.json

Models of lr_scheduling that were trained at several peaks. Laws are fitted at one peak, to the choices of runs that
path_constants.py makes there, and asked with ``transfer=True`` for the last loss of every run at the others: it is
taken for the same schedule at the fitted peak. Misfits per factor e between the peaks (`_PER_PEAK`) are chosen by the
greatest mean log density over the other models; a model is one observation, the mean over its pairs of peaks. Doing
nothing is the last loss of the fitted run nearest in steps; the control is the law at the rates as they are. Writes
peaks.json.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from path_constants import Setting, asked_of, left_out, most, scored, settings

from forerun import api
from forerun.core import Run, Undecided
from forerun.laws import fitter
from forerun.laws.fitter import misfit
from forerun.laws.fitter.coordinates import outward
from forerun.laws.fitter.ensemble import ALONG_PATHS
from forerun.laws.path import multi_power
from forerun.laws.path.base import law as along
from forerun.stats.mixture import mixture_quantiles

HERE = Path(__file__).parent
PER_PEAK = 0.0, 0.5, 1.0, 2.0, 3.0, 4.5, 6.0, 9.0, 12.0, 20.0


def model_of(setting: str) -> str:
    """A setting's name without its peaks."""
    return setting.split(" at ")[0].split("@")[0]


def pairs(data: Path) -> Iterator[tuple[str, Setting, Setting]]:
    """Model, the setting that is fitted, and one of another peak that is asked about."""
    every = [one for one in settings(data) if one[1] is not None]
    for fitted in every:
        for asked in every:
            if model_of(fitted[0]) == model_of(asked[0]) and fitted is not asked:
                yield model_of(fitted[0]), fitted, asked


def case(model: str, fitted: Setting, asked: Setting, chosen: list[Run], seed: int) -> dict[str, Any] | None:
    """What every law says of the last losses at the other peak, and what its sd is made of."""
    table = api.law_table("multi_power", chosen, metric=fitted[1])
    fits = {law: fitter.fit(law, table, seed=seed) for law in ALONG_PATHS}
    if any(isinstance(made, Undecided) for made in fits.values()):
        return None
    X = multi_power.LAW.read(table)
    runs = list(asked_of(multi_power.LAW, X, asked[1], asked[2]))
    y = np.array([float(y[i]) for _, _, y, i in runs])
    return {
        "model": model, "fitted": [run.id for run in chosen], "runs": [one[0].id for one in runs], "y": y.tolist(),
        "direction": f"{fitted[0]} to {asked[0].split(' at ')[1]}",
        "last_value": [as_long(X, np.asarray(table.columns["y"], float), path, i) for _, path, _, i in runs],
        **{law: parts(made, runs) for law, made in fits.items()},
    }  # fmt: skip


def as_long(X: Any, y: np.ndarray, path: Any, i: int) -> float:
    """Doing nothing: the last loss of the fitted run whose number of steps is nearest."""
    ends = [int(np.flatnonzero((run == X.run) & np.isfinite(y))[-1]) for run in np.unique(X.run)]
    return float(y[min(ends, key=lambda end: abs(np.log(X.step[end] / path.step[i])))])


def parts(made: Any, runs: list[Any]) -> dict[str, list[float]]:
    """Log errors, and sds: parameters and noise, the law's own error there, and its own error for each factor e."""
    found: dict[str, list[float]] = {"error": [], "as_it_is": [], "explained": [], "own": [], "per_peak": []}
    law = made.formula
    for _, path, y, i in runs:
        last = path.take(np.array([i]))
        said, (same, farther, _) = made.errors_at(last, transfer=True), law.transfer(made.support, last)
        own = misfit.law_error(made.misfit, misfit.distance_of(law, made.support, same))
        params = float(np.median(np.abs(said.draws - said.middle)) / 0.6745)
        found["error"].append(float(said.middle[0] - np.log(y[i])))
        found["as_it_is"].append(loss_of(law, made.theta, last) - float(y[i]))
        found["explained"].append(float(np.hypot(params, made.noise)))
        found["own"].append(float(own[0]))
        found["per_peak"].append(float(made.misfit * farther[0] / along._PER_PEAK))
    return found


def loss_of(law: Any, theta: np.ndarray, last: Any) -> float:
    return float(law.predict(outward(law, theta), last)[0][0])


def sd(law: dict[str, Any], per_peak: float) -> np.ndarray:
    own = np.array(law["own"]) + per_peak * np.array(law["per_peak"])
    return np.hypot(np.array(law["explained"]), own)


def alone(one: dict[str, Any], per_peak: float) -> dict[str, float]:
    wide = sd(one["multi_power"], per_peak)
    width = float(np.mean(2.0 * misfit.quantile(0.9) * wide))
    return scored(np.array(one["multi_power"]["error"]), wide) | {"width": width}


def together(one: dict[str, Any], per_peak: float) -> dict[str, float]:
    """The ensemble's, with its weights as shipped."""
    error = np.array([one[law]["error"] for law in ALONG_PATHS])
    wide, weights = np.array([sd(one[law], per_peak) for law in ALONG_PATHS]), np.array(list(ALONG_PATHS.values()))
    low, middle, high = mixture_quantiles(weights, error, wide, np.array([0.1, 0.5, 0.9])).T
    return {"inside": float(((low <= 0) & (high >= 0)).mean()), "error": off(middle)}


def over_pairs(cases: list[dict[str, Any]]) -> float:
    """The mean over pairs of peaks, of the mean over a pair's choices of runs."""
    names = dict.fromkeys(one["direction"] for one in cases)
    return float(np.mean([np.mean([one["of"] for one in cases if one["direction"] == name]) for name in names]))


def per_model(cases: list[dict[str, Any]], of: Callable[[dict[str, Any]], float]) -> dict[str, float]:
    found = [{"model": one["model"], "direction": one["direction"], "of": of(one)} for one in cases]
    names = dict.fromkeys(one["model"] for one in found)
    return {name: over_pairs([one for one in found if one["model"] == name]) for name in names}


def followed(cases: list[dict[str, Any]]) -> dict[str, Any]:
    """What models left out choose, and what that and the shipped constant hold."""
    shipped = along._PER_PEAK

    def each(of: Callable[[dict[str, Any]], float]) -> dict[str, float]:
        return per_model(cases, of)

    def mean(of: dict[str, float]) -> float:
        return float(np.mean(list(of.values())))

    said = {k: {key: each(lambda one, k=k, key=key: alone(one, k)[key]) for key in ("density", "inside", "width")}
            for k in PER_PEAK}  # fmt: skip
    densities = {k: of["density"] for k, of in said.items()}
    chosen = left_out(densities, most, list(densities[shipped]))
    columns = {
        "error": each(lambda one: off(one["multi_power"]["error"])),
        "bias": each(lambda one: float(np.mean(one["multi_power"]["error"]))),
        "error_as_it_is": each(lambda one: off(np.array(one["multi_power"]["as_it_is"]) / one["y"])),
        "last_value": each(lambda one: off(np.log(np.array(one["last_value"]) / one["y"]))),
        "inside_80_of_that": {name: said[k]["inside"][name] for name, k in chosen.items()},
        "width_80_of_that": {name: said[k]["width"][name] for name, k in chosen.items()},
        "inside_80": said[shipped]["inside"],
        "inside_80_if_none": said[0.0]["inside"],
        "ensemble_error": each(lambda one: together(one, shipped)["error"]),
        "ensemble_inside_80": each(lambda one: together(one, shipped)["inside"]),
    }
    own = {name: [one for one in cases if one["model"] == name] for name in chosen}
    rows = {
        name: {"pairs": len({one["direction"] for one in own[name]}), "fits": len(own[name]),
               "runs": sum(len(one["runs"]) for one in own[name]), "chosen_without": chosen[name],
               **{key: of[name] for key, of in columns.items()}}
        for name in chosen
    }  # fmt: skip
    best = most({k: mean(of) for k, of in densities.items()})
    return {
        "shipped": shipped, "chosen_with_all": best, "models": rows,
        "mean": {key: mean(of) for key, of in columns.items()},
    }  # fmt: skip


def off(errors: Any) -> float:
    return float(np.mean(np.abs(errors)))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kept", action="store_true")
    told = parser.parse_args()
    path = HERE / "peaks.json"
    if told.kept:
        before = json.loads(path.read_text("utf-8"))
        seed, cases = before["seed"], before["cases"]
    else:
        seed = told.seed
        made = [case(*pair, chosen, seed) for pair in pairs(told.data) for chosen in pair[1][3]]
        cases = [one for one in made if one is not None]
    found = {"seed": seed, **followed(cases)}
    path.write_text(json.dumps(found | {"cases": cases}, indent=None) + "\n")
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
