"""Forecasts of TaskSet curves of tasks nothing was learned from: beside MCMC over eleven families, and the PFN.

    python evidence/forecast/taskset.py DATA --date YYYY-MM-DD [--curves 150] [--mcmc 24] [--seed 0]

The tasks of every source are cut in two halves (SHA-1, as `backtest --leave-out half`); `auto` learns from one half and
is judged on validation losses of TaskSet tasks of the other that improve by more than 0.05. Every later epoch is a
target. CRPS is in the metric's unit; log-likelihood is that of the density between quantiles (half-normal beyond the
outermost, clipped at -50). Times are of one thread, in a batch of 1,000 and alone. Writes taskset.json beside itself.
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
from forerun.forecast import FORECASTERS
from forerun.stats import scores

HERE = Path(__file__).parent
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
    parser.add_argument("--curves", type=int, default=150)
    parser.add_argument("--mcmc", type=int, default=24)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    folders = sorted(folder for folder in asked.data.iterdir() if any(folder.glob("*.parquet")))
    runs = [run for folder in folders for run in api.read(folder)]
    pasts = protocol.choose((past for run in runs for past in api.pasts_of(run)), 2000)
    learn = [past for past in pasts if protocol.fold_of(past, 2) == 1]
    auto = FORECASTERS.load("auto")
    state = api.learned_from(auto, learn)
    held = [
        run.curves["valid_loss"]
        for run in runs
        if run.source == "taskset" and "valid_loss" in run.curves and fold_of(run) == 0
    ]
    good = [c for c in held if np.isfinite(c.y).all() and c.y[0] - c.y[-1] > 0.05]
    rng = np.random.default_rng(asked.seed)
    curves = [good[i] for i in rng.permutation(len(good))[: asked.curves]]
    states = {"auto": state} | {n: FORECASTERS.load(n).default() for n in ("last_value", "parametric", "pfn", "mcmc")}
    found: dict[str, Any] = {"date": asked.date, "seed": asked.seed, "curves": len(curves), "shares": {}, "times": {}}
    for share in SHARES:
        found["shares"][str(share)] = at_share(share, curves, states, asked.mcmc)
        print(share, json.dumps(found["shares"][str(share)]), flush=True)
    found["times"] = times(states, curves)
    print(found["times"])
    (HERE / "taskset.json").write_text(json.dumps(found, indent=1) + "\n", "utf-8")


def fold_of(run: Any) -> int:
    return protocol.fold_of(protocol.Past(run.source, run.task, run.id, next(iter(run.curves.values()))), 2)


def at_share(share: float, curves: list[Curve], states: dict[str, Any], n_mcmc: int) -> dict[str, Any]:
    """Mean scores of every method, over all curves and over those MCMC was run on, and paired differences to auto."""
    told: dict[str, list[dict[str, float]]] = {}
    for name, state in states.items():
        chosen = curves[:n_mcmc] if name == "mcmc" else curves
        ns = [round(share * len(c)) for c in chosen]
        seen = [part(c, slice(0, n)) for c, n in zip(chosen, ns, strict=True)]
        answers = FORECASTERS.load(name).predict(state, seen, [c.x[n:] for c, n in zip(chosen, ns, strict=True)])
        told[name] = [judged(a, c, n) for a, c, n in zip(answers, chosen, ns, strict=True)]
    rows: dict[str, Any] = {}
    for name, cases in told.items():
        rows[name] = {key: round(float(np.mean([c[key] for c in cases if c])), 4) for key in cases[0]}
        rows[name]["n"] = sum(bool(c) for c in cases)
        pairs = [(a, b) for a, b in zip(told["auto"], cases, strict=False) if a and b]
        for key in ("crps", "ll"):
            gap = np.array([a[key] - b[key] for a, b in pairs])
            rows[name][f"auto_minus_{key}"] = [
                round(float(gap.mean()), 4),
                round(float(gap.std() / len(gap) ** 0.5), 4),
            ]
    rows["auto_on_mcmc_subset"] = {
        key: round(float(np.mean([c[key] for c in told["auto"][:n_mcmc]])), 4) for key in told["auto"][0]
    }
    return rows


def times(states: dict[str, Any], curves: list[Curve]) -> dict[str, Any]:
    """Milliseconds a curve of 20 points, 31 points asked: in a batch of 1,000, and alone (median of 50)."""
    seen = [part(curves[i % len(curves)], slice(0, 20)) for i in range(1000)]
    at = [curves[i % len(curves)].x[20:] for i in range(1000)]
    found: dict[str, Any] = {}
    for name, state in states.items():
        n = {"mcmc": 2, "pfn": 200, "parametric": 200}.get(name, 1000)
        predict = FORECASTERS.load(name).predict
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
