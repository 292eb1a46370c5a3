"""Constants of the laws along a learning rate's path, each chosen without the model and peak that it is judged on.

    python evidence/laws/path_constants.py DATA [--seed 0]
    python evidence/laws/path_constants.py --kept    # what follows from the cases kept in path_constants.json

A setting is one model, data set and peak rate (multipowerlaw, lr_scheduling). In each, laws are fitted to several
choices of runs (a constant one and one cooldown; the three that a source fits; one run alone where there is no constant
one) and asked for the last loss of every other run. Errors of one setting share a sign, so a setting counts as one
observation, whatever it has of runs and choices.

* prior: of the centers tried for `multi_power`, the one of least mean absolute log error over the other settings;
* own error: the share of the misfit that counts, of greatest mean log density over the other settings of 20 runs and
  more: one or two runs are held or not, whatever the share;
* ensemble: weight of `multi_power` and a factor on its members' own errors, likewise.

Doing nothing is the last loss of the fitted run that ends nearest in LR area. Writes path_constants.json.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from schedules import VAL, tasks_of
from scipy import stats

from forerun import api
from forerun.core import Run, Undecided
from forerun.laws import LAWS, fitter
from forerun.laws.fitter import misfit, search
from forerun.laws.fitter.coordinates import outward
from forerun.laws.fitter.ensemble import ALONG_PATHS
from forerun.laws.fitter.fit import DELTA
from forerun.laws.path import multi_power
from forerun.laws.path.base import leaves
from forerun.stats.mixture import mixture_quantiles

HERE = Path(__file__).parent
SOURCE_FITS = ("constant_24000", "cosine_24000", "wsdcon_9")
COOLED = "wsdld_20000_24000", "wsdcon_3", "wsd_20000_24000"
SHIPPED = (0.1, 1.0, 0.15, 1.0, 0.6, 0.15)
PRIORS = (
    (0.1, 2.0, 0.15, 1.0, 0.64, 0.2), SHIPPED, (0.05, 1.0, 0.15, 1.0, 0.6, 0.15), (0.1, 1.0, 0.15, 1.0, 0.8, 0.15),
    (0.1, 6.0, 0.15, 3.0, 0.6, 0.6),
)  # fmt: skip
"""Of B as a share of the loss, β and γ: center and sd each; the first are those of before, the last hardly any."""
SHARES = {law: LAWS.load(law).misfit_share for law in ALONG_PATHS}
BEFORE = dict.fromkeys(ALONG_PATHS, 0.7), 1.0
"""Of version 2: the shares within the ensemble, and that of `multi_power` alone."""
LARGE = 20
SHIPPED_WEIGHT = ALONG_PATHS["multi_power"]
FACTORS = 0.35, 0.5, 0.7, 1.0, 1.4, 2.0
WEIGHTS = 1 / 3, 0.5, 0.6, 0.7, 0.8, 0.9
Setting = tuple[str, str | None, list[Run], list[list[Run]]]


def settings(data: Path) -> Iterator[Setting]:
    """Name, metric, runs, and the choices of runs that laws are fitted to."""
    for task, runs in tasks_of(list(api.read(data / "multipowerlaw"))).items():
        named = {run.id.split("/")[-1]: run for run in runs}
        pairs = [("constant_24000", name) for name in COOLED] + [("cosine_24000", "wsdcon_9")]
        yield task, None, runs, [[named[name] for name in names] for names in (SOURCE_FITS, *pairs)]
    for task, runs in tasks_of(list(api.read(data / "lr_scheduling"))).items():
        logged = [run for run in runs if len(run.curves.get(VAL, ())) > 3 and run.schedule is not None]
        for peak in sorted({peak_of(run) for run in logged}):
            same = [run for run in logged if peak_of(run) == peak]
            choices = choices_of(same)
            if choices:
                yield f"{task} at {peak:g}", VAL, same, choices


def peak_of(run: Run) -> float:
    return float(run.id.split("_lr")[1].split("_")[0])


def choices_of(runs: list[Run]) -> list[list[Run]]:
    """The longest constant run with cooldowns of several shares; without one, the shortest run from the beginning."""
    steps = lambda run: float(run.config["iterations"])  # noqa: E731
    wsd = [run for run in runs if run.config.get("scheduler") == "wsd"]
    constant = [run for run in wsd if run.config["wsd_fract_decay"] == 0]
    if not constant:
        whole = [run for run in runs if run.curves[VAL].x[0] == 0]
        return [[min(whole, key=steps)]] if whole else []
    trunk, choices = max(constant, key=steps), list[list[Run]]()
    for share, most in ((0.1, 1), (0.2, 2), (0.4, 1)):
        cooled = [r for r in wsd if r.config["wsd_fract_decay"] == share and r.config.get("decay_type") != "sqrt"]
        choices += [[trunk, run] for run in sorted(cooled, key=steps)[:most]]
    return choices


def law_of(prior: Sequence[float]) -> Any:
    gain, gain_sd, beta, beta_sd, gamma, gamma_sd = prior

    def beliefs(X: Any, y: Any) -> dict[str, tuple[float, float]]:
        B = gain * float(np.median(y)) / float(np.median(X.peak))
        return {"B": (B, gain_sd), "beta": (beta, beta_sd), "gamma": (gamma, gamma_sd)}

    return replace(multi_power.LAW, prior=beliefs)


def asked_of(law: Any, known: Any, metric: str | None, runs: list[Run]) -> Iterator[tuple[Run, Any, np.ndarray, int]]:
    for run in runs:
        table = api.law_table("multi_power", [run], metric=metric)
        y = np.asarray(table.columns["y"], float)
        yield run, law.read(table), y, int(np.flatnonzero(np.isfinite(y))[-1])


def case(setting: Setting, chosen: list[Run], seed: int) -> dict[str, Any] | None:
    """What every law and every prior says of the last loss of the runs that were not chosen.

    Losses after the branch are judged on multipowerlaw alone: logs of the other source begin in the early phase, where
    no law holds.
    """
    name, metric, runs, _ = setting
    table = api.law_table("multi_power", chosen, metric=metric)
    X = multi_power.LAW.read(table)
    rest = [run for run in runs if run not in chosen]
    asked = list(asked_of(multi_power.LAW, X, metric, rest))
    if not asked:
        return None
    fits = {law: fitter.fit(law, table, seed=seed) for law in ALONG_PATHS}
    if any(isinstance(made, Undecided) for made in fits.values()):
        return None
    found: dict[str, Any] = {
        "setting": name,
        "fitted": [run.id for run in chosen],
        "runs": [one[0].id for one in asked],
    }
    found["y"] = [float(y[i]) for _, _, y, i in asked]
    found["last_value"] = [nearest(X, np.asarray(table.columns["y"], float), path, i) for _, path, _, i in asked]
    branch = [leaves(X, path) if metric is None else np.inf for _, path, _, _ in asked]
    for law, made in fits.items():
        found[law] = columns([told(made, path, y, i, at) for (_, path, y, i), at in zip(asked, branch, strict=True)])
    found["priors"] = [columns(errors(law_of(prior), table, asked, branch)) for prior in PRIORS]
    return found


def columns(rows: list[dict[str, float | None]]) -> dict[str, list[float | None]]:
    return {key: [row[key] for row in rows] for key in rows[0]}


def told(made: Any, path: Any, y: np.ndarray, i: int, branch: float) -> dict[str, float | None]:
    last = path.take(np.array([i]))
    said = made.errors_at(last, transfer=True)
    explained = float(np.median(np.abs(said.draws - said.middle)) / 0.6745) ** 2 + made.noise**2
    own = float(misfit.law_error(made.misfit, misfit.distance_of(made.formula, made.support, last))[0])
    return {
        "error": float(said.middle[0] - np.log(y[i])), "explained": explained, "own": own / made.formula.misfit_share,
        **post_branch(made.formula.predict(outward(made.formula, made.theta), path)[0], path, y, branch),
    }  # fmt: skip


def post_branch(predicted: np.ndarray, path: Any, y: np.ndarray, branch: float) -> dict[str, float | None]:
    """Mean absolute error and R² from the branch on; None where there are two points or fewer."""
    after = np.isfinite(y) & (path.step >= branch)
    if after.sum() <= 2:
        return {"mae_post_branch": None, "r2_post_branch": None}
    off = predicted[after] - y[after]
    total = float(((y[after] - y[after].mean()) ** 2).sum())
    return {"mae_post_branch": float(np.abs(off).mean()), "r2_post_branch": 1.0 - float((off**2).sum()) / total}


def nearest(X: Any, y: np.ndarray, path: Any, i: int) -> float:
    """Doing nothing: the last loss of the fitted run that ends nearest in LR area."""
    ends = [int(np.flatnonzero((run == X.run) & np.isfinite(y))[-1]) for run in np.unique(X.run)]
    return float(y[min(ends, key=lambda end: abs(np.log(X.area[end] / path.area[i])))])


def errors(law: Any, table: Any, asked: list[Any], branch: list[float]) -> list[dict[str, float | None]]:
    data = search.observed(law, table, None, None)
    params = outward(law, search.descend(data, None, DELTA).theta)
    predicted = [law.predict(params, path)[0] for _, path, _, _ in asked]
    return [{"error": float(np.log(said[i] / y[i])), **post_branch(said, path, y, at)}
            for said, (_, path, y, i), at in zip(predicted, asked, branch, strict=True)]  # fmt: skip


def per_setting(cases: list[dict[str, Any]], of: Callable[[dict[str, Any]], float]) -> dict[str, float]:
    names = dict.fromkeys(one["setting"] for one in cases)
    return {name: float(np.mean([of(one) for one in cases if one["setting"] == name])) for name in names}


def mixed(
    one: dict[str, Any], weight: float, factor: float, shares: dict[str, float]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Weights, errors and sds of the ensemble's members, (laws, runs)."""
    rest = (1.0 - weight) / (len(ALONG_PATHS) - 1)
    weights = np.array([weight if law == "multi_power" else rest for law in ALONG_PATHS])
    off = np.array([one[law]["error"] for law in ALONG_PATHS])
    return weights, off, np.array([sd(one[law], factor * shares[law]) for law in ALONG_PATHS])


def sd(law: dict[str, Any], factor: float) -> np.ndarray:
    return np.sqrt(np.array(law["explained"]) + (factor * np.array(law["own"])) ** 2)


def alone(one: dict[str, Any], factor: float) -> dict[str, float]:
    return scored(np.array(one["multi_power"]["error"]), sd(one["multi_power"], factor))


def scored(off: np.ndarray, wide: np.ndarray) -> dict[str, float]:
    """Mean log density of errors under these sds, and the share that 80% intervals hold."""
    density = stats.t.logpdf(off / wide, misfit.DF) - np.log(wide)
    return {"density": float(density.mean()), "inside": float((np.abs(off) <= misfit.quantile(0.9) * wide).mean())}


def together(one: dict[str, Any], weight: float, factor: float, shares: dict[str, float] = SHARES) -> dict[str, float]:
    weights, off, wide = mixed(one, weight, factor, shares)
    density = np.log((weights[:, None] * stats.norm.pdf(off / wide) / wide).sum(axis=0) + 1e-12)
    low, middle, high = mixture_quantiles(weights, off, wide, np.array([0.1, 0.5, 0.9])).T
    return {"density": float(density.mean()), "inside": float(((low <= 0) & (high >= 0)).mean()),
            "error": float(np.abs(middle).mean())}  # fmt: skip


def left_out(
    scores: dict[Any, dict[str, float]], best: Callable[[dict[Any, float]], Any], among: Any
) -> dict[str, Any]:
    """The choice that the other settings make for each.

    Args:
        best: from the mean score of every choice to one of them.
        among: the settings that choose.
    """

    def chosen(out: str) -> Any:
        return best({c: float(np.mean([of[name] for name in among if name != out])) for c, of in scores.items()})

    return {name: chosen(name) for name in next(iter(scores.values()))}


def least(means: dict[Any, float]) -> Any:
    return min(means, key=lambda c: means[c])


def most(means: dict[Any, float]) -> Any:
    return max(means, key=lambda c: means[c])


def narrowest(means: dict[Any, float]) -> Any:
    """The smallest share that holds what it promises."""
    return min(c for c, held in means.items() if held >= 0.8)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kept", action="store_true")
    asked = parser.parse_args()
    kept = HERE / "path_constants.json"
    if asked.kept:
        before = json.loads(kept.read_text("utf-8"))
        seed, every = before["seed"], before["cases"]
    else:
        seed, chosen = asked.seed, [(one, runs) for one in settings(asked.data) for runs in one[3]]
        every = [made for setting, runs in chosen if (made := case(setting, runs, seed))]
    found = {"seed": seed, **followed(every)}
    kept.write_text(json.dumps(found | {"cases": every}, indent=None) + "\n")
    print(json.dumps(found, indent=1))


def followed(every: list[dict[str, Any]]) -> dict[str, Any]:
    """What follows from the cases: choices, what they hold, and what is shipped."""
    cases = [one for one in every if len(one["fitted"]) > 1]
    names = dict.fromkeys(one["setting"] for one in cases)
    runs = {name: sum(len(one["runs"]) for one in cases if one["setting"] == name) for name in names}
    large = [name for name in names if runs[name] >= LARGE]
    off = {str(p): per_setting(cases, lambda one, i=i: float(np.mean(np.abs(one["priors"][i]["error"]))))
           for i, p in enumerate(PRIORS)}  # fmt: skip
    density, inside = (
        {f: per_setting(cases, lambda one, f=f, key=key: alone(one, f)[key]) for f in FACTORS}
        for key in ("density", "inside")
    )
    mixes = {(w, f): per_setting(cases, lambda one, w=w, f=f: together(one, w, f)["density"])
             for w in WEIGHTS for f in FACTORS}  # fmt: skip
    rules = {
        "density, every setting alike": (density, most, list(names)),
        "density, settings of 20 and more": (density, most, large),
        "the smallest that holds 80% in settings of 20 and more": (inside, narrowest, large),
    }
    priors, mix = left_out(off, least, list(names)), left_out(mixes, most, large)
    shares = {rule: left_out(*parts) for rule, parts in rules.items()}
    factors = shares["density, settings of 20 and more"]
    own = {name: [one for one in cases if one["setting"] == name] for name in names}
    of = {name: judged(own[name], priors[name], off[priors[name]][name], factors[name], mix[name]) for name in names}
    fixed = {"version 2": BEFORE[1], "as shipped": SHARES["multi_power"]}
    rows = {
        rule: held({name: inside[f][name] for name, f in chosen.items()}, runs, sorted(set(chosen.values())))
        for rule, chosen in (shares | {rule: dict.fromkeys(names, f) for rule, f in fixed.items()}).items()
    }
    one_run = {
        name: judged([one for one in every if one["setting"] == name], None, None, 1.0, (SHIPPED_WEIGHT, 1.0))
        for name in dict.fromkeys(one["setting"] for one in every if len(one["fitted"]) == 1)
    }
    return {"priors": off, "settings": of, "one_run": one_run, "rules": rows, "mean": summary(of)}


def held(inside: dict[str, float], runs: dict[str, int], shares: list[float]) -> dict[str, Any]:
    weights, large = [runs[name] for name in inside], [inside[name] for name in inside if runs[name] >= LARGE]
    values = list(inside.values())
    return {"shares": shares, "runs": float(np.average(values, weights=weights)), "largest": float(np.mean(large)),
            "settings": float(np.mean(values))}  # fmt: skip


def judged(
    own: list[dict[str, Any]], prior: Any, error: Any, factor: float, mix: tuple[float, float]
) -> dict[str, Any]:
    """One setting: with what the others chose, and as shipped."""
    mean = lambda of: float(np.mean([of(one) for one in own]))  # noqa: E731
    law = [one["multi_power"] for one in own]
    of_that = [] if prior is None else [one["priors"][[str(p) for p in PRIORS].index(prior)] for one in own]
    post = {key + which: known(key, of) for key in ("mae_post_branch", "r2_post_branch")
            for which, of in (("", law), ("_of_that_prior", of_that))}  # fmt: skip
    return {
        "runs": sum(len(one["runs"]) for one in own), "fits": len(own), "prior": prior, "error_of_that_prior": error,
        "error": mean(lambda one: float(np.mean(np.abs(one["multi_power"]["error"])))),
        "bias": mean(lambda one: float(np.mean(one["multi_power"]["error"]))),
        "last_value": mean(lambda one: float(np.mean(np.abs(np.log(np.array(one["last_value"]) / one["y"]))))),
        "factor": factor, "inside_80_of_that_factor": mean(lambda one: alone(one, factor)["inside"]),
        "inside_80": mean(lambda one: alone(one, SHARES["multi_power"])["inside"]),
        "inside_80_before": mean(lambda one: alone(one, BEFORE[1])["inside"]),
        "inside_80_of_a_design": mean(lambda one: alone(one, float(np.sqrt(2.0)))["inside"]),
        "mix": list(mix), "inside_80_of_that_mix": mean(lambda one: together(one, *mix)["inside"]),
        "ensemble_inside_80": mean(lambda one: together(one, SHIPPED_WEIGHT, 1.0)["inside"]),
        "ensemble_inside_80_before": mean(lambda one: together(one, SHIPPED_WEIGHT, 1.0, BEFORE[0])["inside"]),
        "ensemble_error": mean(lambda one: together(one, SHIPPED_WEIGHT, 1.0)["error"]),
        **post,
    }  # fmt: skip


def known(key: str, of: list[dict[str, Any]]) -> float | None:
    """The mean over those runs of all fits that have it."""
    values = [value for one in of for value in one[key] if value is not None]
    return float(np.mean(values)) if values else None


def summary(of: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Means over settings, and over runs."""
    keys = ("error", "error_of_that_prior", "last_value", "inside_80_of_that_factor", "inside_80", "inside_80_before",
            "inside_80_of_a_design", "inside_80_of_that_mix", "ensemble_inside_80", "ensemble_inside_80_before",
            "ensemble_error")  # fmt: skip
    weights = [one["runs"] for one in of.values()]
    return {
        "settings": {key: float(np.mean([one[key] for one in of.values()])) for key in keys},
        "runs": {key: float(np.average([one[key] for one in of.values()], weights=weights)) for key in keys},
        "largest": {key: float(np.mean([one[key] for one in of.values() if one["runs"] >= LARGE])) for key in keys},
    }


if __name__ == "__main__":
    main()
