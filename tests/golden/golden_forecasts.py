"""What forecasters, schedules, the default policy and invented curves answer: written to a file, and compared with one.

    python tests/golden/golden_forecasts.py DATA -o before.npz
    python tests/golden/golden_forecasts.py DATA -o after.npz --against before.npz

DATA is the folder of recorded runs. Right answers are asserted elsewhere; this says that a redesign moved none: on the
same machine quantiles within 1e-12 of their size, and words and draws equal.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from forerun import api
from forerun.core import Curve, Forecast, Schedule, part
from forerun.documents.advise import advise_document
from forerun.evaluate.forecasts import backtest
from forerun.forecast import FORECASTERS
from forerun.forecast.forecaster import Sibling
from forerun.schedules import value

SOURCES = (
    "deepobs", "dopamine", "gemstones", "lr_scheduling", "lumi_stability", "modded_nanogpt", "multipowerlaw",
    "olmo_ladder", "pythia", "taskset", "td3_curves",
)  # fmt: skip
CURVES = 200
SEEN = 0.6  # share of the points shown
SLOW = {"mcmc": 4}  # curves that a slow method answers
NOW = 1_750_000_000.0  # the clock of the decisions
LOGS = ("raw", "raw_more")

Found = dict[str, Any]


def chosen(data: Path) -> list[backtest.Past]:
    """The curves, alike from every source, those of lowest SHA-1."""
    runs = api.read([data / source for source in SOURCES])
    pasts = backtest.choose((past for run in runs for past in api.pasts_of(run)), CURVES // len(SOURCES) * 2)
    return sorted(pasts, key=lambda p: hashlib.sha1(f"{p.run}|{p.curve.metric}".encode()).hexdigest())[:CURVES]


def shown(past: backtest.Past) -> tuple[Curve, list[float]]:
    """The seen part and the points asked: the next one, one halfway and the last."""
    n = max(4, round(SEEN * len(past.curve)))
    x = past.curve.x
    return part(past.curve, slice(0, n)), sorted({float(x[n]), float(x[(n + len(x) - 1) // 2]), float(x[-1])})


def forecasts(pasts: list[backtest.Past]) -> Iterator[tuple[str, Any]]:
    """Quantiles of every forecaster as shipped, with the planned schedule and without."""
    yield "curves", json.dumps([f"{past.run}|{past.curve.metric}" for past in pasts])
    beside = [Sibling(past.run, past.curve) for past in pasts[:9]]
    for name in FORECASTERS.table:
        member = FORECASTERS.load(name)
        state = member.default()
        if name == "mcmc":
            state = state | {"steps": 120, "burn_in": 60}
        some = pasts[: SLOW.get(name, CURVES)]
        curves, at = zip(*[shown(past) for past in some], strict=True)
        for way, plans in (("planned", [past.schedule for past in some]), ("blind", None)):
            siblings = [beside if member.heeds_siblings else []] * len(curves)
            for i, answer in enumerate(member.predict(state, curves, at, schedule=plans, siblings=siblings)):
                key = f"forecast/{name}/{way}/{i}"
                yield key, answer.quantiles if isinstance(answer, Forecast) else f"{answer.why} | {answer.needs}"


def learned(pasts: list[backtest.Past]) -> Iterator[tuple[str, Any]]:
    """States learned anew from a few of the curves."""
    few = [past for past in pasts if past.schedule is not None][:12] + pasts[:12]
    for name in FORECASTERS.table:
        if name not in ("auto", "learned"):  # nets are the same on one machine only, and slow
            yield f"state/{name}", json.dumps(api.learned_from(FORECASTERS.load(name), few), sort_keys=True)


def schedules() -> Iterator[tuple[str, Any]]:
    t = np.linspace(0.0, 130.0, 1301)
    params = {"peak": 3e-4, "steps": 110.0, "warmup": 10.0, "final": 0.1}
    for name in ("constant", "linear", "cosine", "wsd"):
        more = params | ({"cooldown": 30.0} if name == "wsd" else {})
        for past_end in ("hold", "zero"):
            yield f"schedule/{name}/{past_end}", value(Schedule(name, more, past_end=past_end), t)
    yield "schedule/path", value(Schedule("path", {"x": [5.0, 20.0, 90.0], "value": [1.0, 0.5, 0.0]}), t)


def decisions(data: Path) -> Iterator[tuple[str, Any]]:
    examples = Path(__file__).resolve().parents[2] / "examples" / "runs"
    for name, path in (("examples", examples), *((log, data / log) for log in LOGS)):
        runs = list(api.read(path, now=NOW))
        made = advise_document(api.advise(runs))
        for decision in made["decisions"]:
            yield f"decision/{name}/{decision['run']}", json.dumps(decision, sort_keys=True)


def invented() -> Iterator[tuple[str, Any]]:
    """Draws of every source of made-up curves that shipped weights were learned from."""
    from forerun.forecast.nets.cases import Cases
    from forerun.forecast.nets.invented import invented
    from forerun.training.pfn import prior
    from forerun.training.prior.curves import curves
    from forerun.training.prior.lessons import lessons

    cases = Cases.of(invented(np.random.default_rng(3), 300))
    yield "invented/practice/features", cases.features
    yield "invented/practice/outcome", cases.outcome
    made = curves(200, np.random.default_rng(4))
    yield from ((f"invented/prior/{name}", getattr(made, name)) for name in ("y", "rate", "known"))
    told = lessons(made, 30, np.random.default_rng(5))
    yield from ((f"invented/lessons/{name}", getattr(told, name)) for name in ("tokens", "queries", "z"))
    yield "invented/pfn", prior(100, np.random.default_rng(6))


def practised(pasts: list[backtest.Past]) -> Iterator[tuple[str, Any]]:
    """Cases made of recorded curves, as they are and bent."""
    from forerun.forecast.nets import cases as training_cases

    for i, past in enumerate(pasts[:30]):
        rng = np.random.default_rng(i)
        for name, cases in (
            ("origins", training_cases.at_origins(past.curve, past.schedule)),
            ("random", training_cases.at_random(past.curve, past.schedule, rng, 3)),
            ("bent", training_cases.bent(past.curve, past.schedule, rng, 6)),
        ):
            described = training_cases.Cases.of(cases)
            yield f"cases/{i}/{name}", described.features
            yield f"cases/{i}/{name}/z", described.outcome


def everything(data: Path, only: list[str]) -> Found:
    """The answers of some parts, or of all."""
    wanted = only or list(PARTS)
    pasts = chosen(data) if {"cases", "forecasts", "states"} & set(wanted) else []
    found: Found = {}
    for name in wanted:
        found |= dict(PARTS[name](data, pasts))
    return found


PARTS: dict[str, Callable[[Path, list[backtest.Past]], Iterator[tuple[str, Any]]]] = {
    "schedules": lambda data, pasts: schedules(),
    "invented": lambda data, pasts: invented(),
    "cases": lambda data, pasts: practised(pasts),
    "forecasts": lambda data, pasts: forecasts(pasts),
    "states": lambda data, pasts: learned(pasts),
    "decisions": lambda data, pasts: decisions(data),
}


def differing(one: Found, two: Found) -> list[str]:
    """What is not equal, with how far off it is."""
    told = [f"{key}: only in one" for key in sorted(one.keys() ^ two.keys())]
    for key in sorted(one.keys() & two.keys()):
        a, b = np.asarray(one[key]), np.asarray(two[key])
        if a.dtype.kind in "US" or b.dtype.kind in "US" or a.shape != b.shape:
            told += [] if str(a) == str(b) else [f"{key}: {str(a)[:150]!r} is now {str(b)[:150]!r}"]
        elif not np.allclose(a, b, rtol=1e-12, atol=0.0, equal_nan=True):
            told.append(f"{key}: off by {np.nanmax(np.abs(a - b) / np.maximum(np.abs(a), 1e-300)):.2g}")
    return told


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--against", type=Path)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=[])
    options = parser.parse_args()
    found = everything(options.data, options.only)
    with options.out.open("wb") as file:
        np.savez_compressed(file, names=np.array(list(found)), **{f"v{i}": v for i, v in enumerate(found.values())})
    print(f"{len(found)} answers")
    if options.against is None:
        return 0
    with np.load(options.against, allow_pickle=False) as before:
        names = [str(name) for name in before["names"]]
        there = {name: before[f"v{i}"] for i, name in enumerate(names) if not options.only or name in found}
    told = differing(there, found)
    print("\n".join(told[:20]) or "all equal")
    if len(told) > 20:
        print(f"... and {len(told) - 20} more")
    return int(bool(told))


if __name__ == "__main__":
    raise SystemExit(main())
