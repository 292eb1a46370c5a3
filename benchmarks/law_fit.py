"""Time of fitting the multi-power law against its published fitting procedure, in one run.

    python benchmarks/law_fit.py DATA [--task 100M] [--repeats 3]

DATA holds multipowerlaw. The procedure is a stand-in written from its description (Luo et al. 2025 and their released
settings): 135 L-BFGS-B starts of the four-parameter surrogate ``L0 + A S^-α - B (η_max - η)`` on Huber losses of
logarithms, numeric gradients; then AdamW on the seven parameters of the exact law, every step's change of the rate in
the sum, learning rates 5e-2 (logarithms) and 5e-3 (exponents), weight decay 0.01, 200 steps at most, stopped after 20
without improvement. Ours as a user gets it, with the draws and folds that its intervals rest on (`with_intervals`); and
the bare fit from one start and from the law's own twelve. All single-threaded; medians of processor time.
"""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
import time
from pathlib import Path

import numpy as np
import torch
from scipy import optimize

from forerun import api
from forerun.core import Run
from forerun.laws import LAWS, fitter
from forerun.laws.fitter.minimise import huber

DELTA = 1e-3


def every_step(run: Run) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rates at every step, and the steps and losses logged."""
    table = api.law_table("multi_power", [run])
    step, rate, y = (np.asarray(table.columns[name], float) for name in ("step", "rate", "y"))
    known = np.isfinite(rate)
    grid = np.arange(int(step[-1]) + 1)
    seen = np.isfinite(y)
    return np.interp(grid, step[known], rate[known]), step[seen].astype(int), y[seen]


def published(curves: list[tuple[np.ndarray, np.ndarray, np.ndarray]]) -> tuple[float, int]:
    """The stand-in's objective and its AdamW steps."""
    area = [np.cumsum(eta) for eta, _, _ in curves]
    S = np.concatenate([a[step] for a, (_, step, _) in zip(area, curves, strict=True)])
    fell = np.concatenate([eta.max() - eta[step] for eta, step, _ in curves])
    log_y = np.log(np.concatenate([y for _, _, y in curves]))

    def surrogate(p: np.ndarray) -> float:
        L0, A, alpha, B = np.exp(p[0]), np.exp(p[1]), p[2], p[3]
        return float(huber(np.log(np.maximum(L0 + A * S**-alpha - B * fell, 1e-9)) - log_y, DELTA).sum())

    ends = [
        optimize.minimize(surrogate, [np.log(L0), np.log(A), alpha, B], method="L-BFGS-B")
        for L0, A, alpha, B in itertools.product(
            (1.5, 2.5, 3.2), (0.2, 0.5, 1.0), (0.2, 0.5, 0.8), (100, 300, 500, 700, 900)
        )
    ]
    L0, A, alpha, B = min(ends, key=lambda end: end.fun).x
    return adam(curves, area, [L0, A, np.log(B), np.log(2.0)], [alpha, 0.6, 0.6])


def adam(curves: list, area: list[np.ndarray], logs: list[float], exponents: list[float]) -> tuple[float, int]:  # type: ignore[type-arg]
    big = torch.tensor(logs, dtype=torch.float64, requires_grad=True)
    small = torch.tensor(exponents, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.AdamW([{"params": [big], "lr": 5e-2}, {"params": [small], "lr": 5e-3}], weight_decay=0.01)
    told = []
    for (eta, step, y), S in zip(curves, area, strict=True):
        since = np.maximum(S[step][:, None] - np.concatenate([[0.0], S[:-1]])[None, :], 0.0)[:, 1:]
        rate = np.maximum(eta[1:], 1e-12)
        told.append([torch.tensor(v) for v in (S[step], since, np.log(rate), eta[:-1] - eta[1:], np.log(y))])
    best, waited, steps = np.inf, 0, 0
    for steps in range(1, 201):  # noqa: B007
        optimizer.zero_grad()
        L0, A, B, C = big.exp()
        alpha, beta, gamma = small
        loss = torch.zeros((), dtype=torch.float64)
        for S, since, log_rate, drop, log_y in told:
            fallen = ((1 - (1 + C * torch.exp(-gamma * log_rate) * since) ** -beta) * drop).sum(dim=1)
            loss = loss + torch.nn.functional.huber_loss(
                torch.log(torch.clamp(L0 + A * S**-alpha - B * fallen, min=1e-9)), log_y, reduction="sum", delta=DELTA
            )
        loss.backward()
        optimizer.step()
        waited = 0 if loss.item() < best else waited + 1
        best = min(best, loss.item())
        if waited >= 20:
            break
    return best, steps


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--task", default="100M")
    parser.add_argument("--repeats", type=int, default=3)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    runs = [run for run in api.read(asked.data / "multipowerlaw") if run.task == asked.task]
    runs = [run for run in runs if run.config.get("mpl_paper_role") == "fit"]
    curves, table = [every_step(run) for run in runs], api.law_table("multi_power", runs)
    law = LAWS.load("multi_power")
    one = law.starts(law.read(table), np.nan_to_num(np.asarray(table.columns["y"]), nan=3.0))[:1]
    seconds: dict[str, list[float]] = {"published": [], "one_start": [], "twelve_starts": [], "with_intervals": []}
    objective: dict[str, float] = {}
    for _ in range(asked.repeats):
        for name in seconds:
            began = time.process_time()
            if name == "published":
                objective[name], steps = published(curves)
            elif name == "with_intervals":
                objective[name] = fitter.fit("multi_power", table).objective  # type: ignore[union-attr]
            else:
                made = fitter.fit(
                    "multi_power", table, draws=0, judge_beyond=False, start=one if name == "one_start" else None
                )
                objective[name] = made.objective  # type: ignore[union-attr]
            seconds[name].append(time.process_time() - began)
    median = {name: statistics.median(times) for name, times in seconds.items()}
    result = {
        "task": asked.task, "points": int(sum(len(y) for _, _, y in curves)), "repeats": asked.repeats,
        "adamw_steps": steps, "seconds": {k: [round(v, 4) for v in vs] for k, vs in seconds.items()},
        "objective": objective,
        "times_faster": {name: round(median["published"] / median[name], 1) for name in list(seconds)[1:]},
    }  # fmt: skip
    out = Path(__file__).parent / "results" / f"law_fit_{asked.task}.json"
    out.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    print(json.dumps(result))


if __name__ == "__main__":
    main()
