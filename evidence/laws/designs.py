"""How low a designed schedule's loss is by its law: beside other searches, and with falls at once allowed.

    python evidence/laws/designs.py DATA

DATA holds multipowerlaw, 100M. `multi_power` is fitted to the source's three runs, or to all nine; a schedule of 24,000
steps is designed as shipped, with more knots, and for the fitted parameters alone; also where the rate may fall within
a step, by the published way (the stand-in of benchmarks/schedule_design.py, which has the times). All are judged
by the fitted law, summed over every step. Writes designs.json.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from schedules import roles, tasks_of
from scipy import optimize

from benchmarks.schedule_design import LOWEST, PEAK, STEPS, WARMUP, every_step, published
from forerun import api
from forerun.core import Range, Schedule
from forerun.laws.design import Constraints, optimum
from forerun.laws.design.weighing import weigh
from forerun.laws.fitter import Fit

HERE = Path(__file__).parent
SLOW = 0.3  # of the peak, where the slow decay ends from which every fall is set free
WITHIN = Constraints(steps=STEPS, peak=PEAK, warmup=WARMUP)
USUAL = {"peak": PEAK, "steps": STEPS, "warmup": WARMUP}
BESIDE = {
    "cooldown over a sixth, to a tenth": Schedule("wsd", {**USUAL, "cooldown": 4_000, "final": 0.1}),
    "cooldown over a fifth": Schedule("wsd", {**USUAL, "cooldown": STEPS // 5}),
}
SEARCHES: dict[str, Callable[[Fit], Any]] = {
    "designed": lambda made: optimum(made, WITHIN),
    "designed, 48 knots": lambda made: optimum(made, WITHIN, knots=48),
    "designed, 64 knots": lambda made: optimum(made, WITHIN, knots=64),
    "designed for the fitted parameters alone": lambda made: optimum(made, WITHIN, draws=0),
    "the same, falls within a step allowed": lambda made: optimum(
        made, replace(WITHIN, sudden=True), knots=64, draws=0
    ),
}


def every_fall_free(params: dict[str, float]) -> np.ndarray:
    """The rates of the steps 1 to n of lowest loss, by L-BFGS-B on the log fall of every step after the warmup."""
    p, n = params, STEPS - WARMUP
    behind, top = PEAK * (WARMUP + 1) / 2.0, torch.tensor([PEAK], dtype=torch.float64)

    def rates_of(falls: torch.Tensor) -> torch.Tensor:
        return PEAK * torch.exp(-torch.cumsum(falls, 0) / n)

    def loss(falls: np.ndarray) -> tuple[float, np.ndarray]:
        at = torch.tensor(falls, requires_grad=True)
        rate = rates_of(at)
        area = torch.flip(torch.cumsum(torch.flip(rate, (0,)), 0), (0,))
        to = torch.clamp(rate, min=LOWEST * PEAK)
        share = 1.0 - (1.0 + p["C"] * to ** -p["gamma"] * area) ** -p["beta"]
        drop = ((torch.cat([top, rate[:-1]]) - rate) * share).sum()
        y = p["L0"] + p["A"] * (behind + area[0]) ** -p["alpha"] - p["B"] * drop
        y.backward()
        assert at.grad is not None
        return y.item(), at.grad.numpy()

    start = np.full(n, -np.log(SLOW))
    options = {"maxiter": 2_000, "maxfun": 4_000, "ftol": 1e-12, "gtol": 1e-10}
    scipy: Any = optimize
    end = scipy.minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0.0, None)] * n, options=options)
    rise = PEAK * np.arange(1, WARMUP + 1) / WARMUP
    return np.concatenate([rise, rates_of(torch.tensor(end.x)).numpy()])


def judged(params: dict[str, float], rates: np.ndarray) -> dict[str, float]:
    """A schedule's loss by the law; its largest fall within two steps, of the peak, and after which share of them."""
    falls = (rates[WARMUP - 1 : -2] - rates[WARMUP + 1 :]) / PEAK
    after = (WARMUP + falls.argmax()) / STEPS
    return {"loss": round(every_step(params, rates), 6), "fall": round(float(falls.max()), 4), "after": round(after, 4)}


def designs(made: Fit) -> dict[str, Any]:
    params, at = dict(made.params), np.arange(1, STEPS + 1)
    plans: dict[str, Schedule] = BESIDE | {name: search(made) for name, search in SEARCHES.items()}
    found = {name: judged(params, plan.lr(at)) for name, plan in plans.items()}
    found["published way: Adam on every step's fall (a stand-in)"] = judged(params, published(params))
    found["every step's fall free, from a slow decay"] = judged(params, every_fall_free(params))
    gains: dict[str, list[float]] = {}
    for name, plan in BESIDE.items():
        gain = weigh({"designed": plans["designed"], name: plan}, made)[1].behind
        assert isinstance(gain, Range)
        gains[name] = [round(value, 5) for value in (gain.estimate, gain.low, gain.high)]
    return {"params": params, "schedules": found, "gains": gains}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    given = parser.parse_args()
    torch.set_num_threads(1)
    runs = tasks_of(list(api.read(given.data / "multipowerlaw")))["100M"]
    result: dict[str, Any] = {"fits": {}}
    for name, fitted in (("the source's three runs", roles(runs)[0]), ("all nine", runs)):
        made = api.fit("multi_power", fitted)
        assert isinstance(made, Fit)
        result |= {"law": made.law, "version": made.version}
        result["fits"][name] = designs(made)
        print(name, json.dumps(result["fits"][name], indent=1), flush=True)
    (HERE / "designs.json").write_text(json.dumps(result, indent=1, allow_nan=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
