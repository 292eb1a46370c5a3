"""Forecasts of TaskSet curves of tasks nothing was learned from: beside MCMC over eleven families, and the PFN.

    python evidence/forecast/taskset.py DATA --date YYYY-MM-DD --work DIR [--curves 150] [--mcmc 24] [--seed 0]
        [--keep-times]

The tasks of every source are cut in two halves (SHA-1, as `backtest --leave-out half`); `auto` learned from one half
(DIR is where beside.py left that) and is judged, alone and beside five runs of the task, on validation losses of
TaskSet tasks of the other that improve by more than 0.05. Every later epoch is a target. CRPS is in the metric's unit;
log-likelihood is that of the density between quantiles (half-normal beyond the outermost, clipped at -50). Times are of
one thread, in a batch of 1,000 and alone; on a busy machine those of the file are kept. Writes taskset.json beside
itself.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np

from forerun import api
from forerun.core import LEVELS, Curve, Forecast, part
from forerun.evaluate.forecasts import backtest as protocol
from forerun.evaluate.forecasts.beside import with_others
from forerun.forecast import FORECASTERS
from forerun.forecast.forecaster import Sibling
from forerun.stats import scores

HERE = Path(__file__).parent
OURS = ("auto", "auto beside 5")
SHARES = (0.2, 0.4, 0.6)
FINE = (np.arange(100) + 0.5) / 100


def log_likelihood(q: np.ndarray, y: float) -> float:
    """Log density of one outcome under one set of quantiles."""
    q = q + 1e-9 * np.arange(q.size) * max(abs(float(q[0])), 1e-12)
    if q[0] <= y <= q[-1]:
        i = min(max(int(np.searchsorted(q, y)), 1), q.size - 1)
        density = (LEVELS[i] - LEVELS[i - 1]) / max(q[i] - q[i - 1], 1e-12)
        return float(np.log(density))
    edge, inner, mass = (q[0], q[1], LEVELS[0]) if y < q[0] else (q[-1], q[-2], 1 - LEVELS[-1])
    scale = max(abs(edge - inner), 1e-12)
    return float(
        max(-50.0, np.log(mass * 2) - 0.5 * np.log(2 * np.pi) - np.log(scale) - 0.5 * ((y - edge) / scale) ** 2)
    )


def judged(answer: Any, curve: Curve, n: int) -> dict[str, float]:
    if not isinstance(answer, Forecast):
        return {}
    q, y = answer.quantiles, curve.y[n:]
    low, high = scores.interval(LEVELS, q, 0.9)
    return {
        "crps": float(scores.crps(FINE, scores.at_levels(LEVELS, q, FINE), y).mean()),
        "ll": float(np.mean([log_likelihood(row, v) for row, v in zip(q, y, strict=True)])),
        "mae_end": float(abs(answer.median - y[-1])),
        "cover_90": float(((low <= y) & (y <= high)).mean()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--date", required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--curves", type=int, default=150)
    parser.add_argument("--mcmc", type=int, default=24)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep-times", action="store_true")
    asked = parser.parse_args()
    pasts = [past for run in api.read(asked.data / "taskset") for past in api.pasts_of(run)]
    losses = [past for past in pasts if past.curve.metric == "valid_loss" and protocol.fold_of(past, 2) == 0]
    good = [past for past in losses if np.isfinite(past.curve.y).all() and past.curve.y[0] - past.curve.y[-1] > 0.05]
    rng = np.random.default_rng(asked.seed)
    curves = with_others([good[i] for i in rng.permutation(len(good))[: asked.curves]], losses, 5)
    auto = json.loads((asked.work / "half0.json").read_text())
    auto["siblings"] = json.loads((asked.work / "siblings0.json").read_text())
    states = dict.fromkeys(OURS, auto) | {
        name: FORECASTERS.load(name).default() for name in ("last_value", "parametric", "pfn", "mcmc")
    }
    found: dict[str, Any] = {"date": asked.date, "seed": asked.seed, "curves": len(curves), "shares": {}, "times": {}}
    for share in SHARES:
        found["shares"][str(share)] = at_share(share, curves, states, asked.mcmc)
        print(share, json.dumps(found["shares"][str(share)]), flush=True)
    known = json.loads((HERE / "taskset.json").read_text())["times"] if asked.keep_times else None
    found["times"] = known or times(states, [one.curve for one in curves])
    (HERE / "taskset.json").write_text(json.dumps(found, indent=1) + "\n", "utf-8")


def at_share(share: float, curves: list[protocol.Past], states: dict[str, Any], n_mcmc: int) -> dict[str, Any]:
    """Mean scores of every method, over all curves and over those MCMC was run on, and paired differences to ours."""
    told: dict[str, list[dict[str, float]]] = {}
    for name, state in states.items():
        chosen = curves[:n_mcmc] if name == "mcmc" else curves
        answers = answered(name, state, chosen, [round(share * len(one.curve)) for one in chosen])
        told[name] = [
            judged(a, one.curve, round(share * len(one.curve))) for a, one in zip(answers, chosen, strict=True)
        ]
    rows: dict[str, Any] = {}
    for name, cases in told.items():
        rows[name] = {key: round(float(np.mean([c[key] for c in cases if c])), 4) for key in cases[0]}
        rows[name]["n"] = sum(bool(c) for c in cases)
        for own in OURS:
            pairs = [(a, b) for a, b in zip(told[own], cases, strict=False) if a and b]
            for key in ("crps", "ll"):
                gap = np.array([a[key] - b[key] for a, b in pairs])
                rows[name][f"{own}_minus_{key}"] = [
                    round(float(gap.mean()), 4),
                    round(float(gap.std() / len(gap) ** 0.5), 4),
                ]
    for own in OURS:
        some = told[own][:n_mcmc]
        rows[f"{own}_on_mcmc_subset"] = {key: round(float(np.mean([c[key] for c in some])), 4) for key in some[0]}
    return rows


def answered(name: str, state: Any, pasts: list[protocol.Past], ns: list[int]) -> list[Any]:
    """What a method says of every later epoch, given the first ``ns`` points of each curve."""
    beside = name == OURS[1]
    siblings = [[Sibling(b.run, b.curve, b.schedule) for b in one.beside] if beside else [] for one in pasts]
    seen = [part(one.curve, slice(0, n)) for one, n in zip(pasts, ns, strict=True)]
    at = [one.curve.x[n:] for one, n in zip(pasts, ns, strict=True)]
    return FORECASTERS.load(name.split()[0]).predict(state, seen, at, siblings=siblings)


def times(states: dict[str, Any], curves: list[Curve]) -> dict[str, Any]:
    """Milliseconds a curve of 20 points, 31 points asked: in a batch of 1,000, and alone (median of 50)."""
    seen = [part(curves[i % len(curves)], slice(0, 20)) for i in range(1000)]
    at = [curves[i % len(curves)].x[20:] for i in range(1000)]
    found: dict[str, Any] = {}
    for name, state in states.items():
        if name == OURS[1]:
            continue
        n = {"mcmc": 2, "pfn": 200, "parametric": 200}.get(name, 1000)
        predict = FORECASTERS.load(name.split()[0]).predict
        begin = time.process_time()
        predict(state, seen[:n], at[:n])
        batch = (time.process_time() - begin) / n * 1e3
        end_only = time.process_time()
        predict(state, seen[:n], [a[-1:] for a in at[:n]])
        last = (time.process_time() - end_only) / n * 1e3
        alone = []
        for i in range(2 if name == "mcmc" else 50):
            begin = time.perf_counter()
            predict(state, seen[i : i + 1], at[i : i + 1])
            alone.append((time.perf_counter() - begin) * 1e3)
        found[name] = {
            "batch_ms": round(batch, 3),
            "batch_end_ms": round(last, 3),
            "alone_ms": round(float(np.median(alone)), 3),
        }
    return found


if __name__ == "__main__":
    main()
