"""Time of designing a schedule against the multi-power law, beside the published way of it, in one run.

    python benchmarks/schedule_design.py DATA [--task 100M] [--runs fit|all] [--repeats 3]

DATA holds multipowerlaw. The published way is a stand-in written from its description (Luo et al. 2025 and their
released settings): the falls of the rate at every step after the warm-up are the parameters, from 0; Adam with a
learning rate of 5e-9 takes 10,000 steps on the law's loss at the end, summed over every step, and falls below 0 are
set to 0 after each. Both optimise the same fitted law from the same peak, warm-up and length, on one thread, and both
schedules are judged by that sum. Seconds are of CPU: what else runs does not count. An edit is a schedule weighed anew:
loss, interval and difference from another.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from forerun import api
from forerun.core import Schedule
from forerun.laws.design import Constraints, optimum
from forerun.laws.design.weighing import behind, ending, expected
from forerun.laws.fitter import Fit
from forerun.laws.path.multi_power import loss_drop

STEPS, WARMUP, PEAK = 24_000, 2_160, 3e-4
LOWEST = 1e-4  # of the peak, below which both count a rate as this: the law takes powers of it


def every_step(params: dict[str, float], rate: np.ndarray) -> float:
    """The law's loss at the end of rates (n,) of the steps 1 to n, summed over every fall after the warm-up."""
    p = params
    area = np.cumsum(rate[::-1])[::-1]
    later = np.arange(WARMUP, rate.size)
    to = np.maximum(rate[later], LOWEST * PEAK)
    drop = loss_drop(p["C"], p["beta"], p["gamma"], area[later][None], to, rate[later - 1] - rate[later])
    return float(p["L0"] + p["A"] * area[0] ** -p["alpha"] - p["B"] * drop[0])


def published(params: dict[str, float]) -> np.ndarray:
    """The rates of the steps 1 to n after 10,000 steps of Adam on the falls."""
    p, n = params, STEPS - WARMUP
    before, top = PEAK * (WARMUP + 1) / 2.0, torch.tensor([PEAK], dtype=torch.float64)
    falls = torch.zeros(n, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adam([falls], lr=5e-9)
    for _ in range(10_000):
        rate = torch.clamp(PEAK - torch.cumsum(falls, 0), min=LOWEST * PEAK)
        area = torch.flip(torch.cumsum(torch.flip(rate, (0,)), 0), (0,))
        fallen = torch.cat([top, rate[:-1]]) - rate  # of what was not clamped
        dropped = (fallen * (1.0 - (1.0 + p["C"] * rate ** -p["gamma"] * area) ** -p["beta"])).sum()
        loss = p["L0"] + p["A"] * (before + area[0]) ** -p["alpha"] - p["B"] * dropped
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            falls.clamp_(min=0.0)
    rise = PEAK * np.arange(1, WARMUP + 1) / WARMUP
    return np.concatenate([rise, np.maximum(PEAK - np.cumsum(falls.detach().numpy()), 0.0)])


def timed(run: Callable[[], Any], repeats: int) -> tuple[list[float], Any]:
    seconds, answer = [], None
    for _ in range(repeats):
        began = time.process_time()
        answer = run()
        seconds.append(round(time.process_time() - began, 4))
    return seconds, answer


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--task", default="100M")
    parser.add_argument("--runs", choices=("fit", "all"), default="fit")
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args()
    torch.set_num_threads(1)
    runs = [run for run in api.read(given.data / "multipowerlaw") if run.task == given.task]
    if given.runs == "fit":
        runs = [run for run in runs if run.config.get("mpl_paper_role") == "fit"]
    made = api.fit("multi_power", runs)
    assert isinstance(made, Fit)
    params, at = dict(made.params), np.arange(1, STEPS + 1)
    within = Constraints(steps=STEPS, peak=PEAK, warmup=WARMUP)
    usual = Schedule("wsd", {"peak": PEAK, "steps": STEPS, "warmup": WARMUP, "cooldown": 4_000, "final": 0.1})
    base = ending(made, usual)

    def edit() -> Any:
        end = ending(made, usual.with_params(cooldown=5_000))
        return expected(made, end), behind(made, end, base)  # type: ignore[arg-type]

    seconds, losses = {}, {"wsd_to_a_tenth": every_step(params, usual.lr(at))}
    ways = {
        "designed": lambda: optimum(made, within),
        "fitted_parameters_alone": lambda: optimum(made, within, draws=0),
        "sudden": lambda: optimum(made, replace(within, sudden=True), knots=64, draws=0),
    }
    for name, way in ways.items():
        seconds[name], plan = timed(way, given.repeats)
        losses[name] = every_step(params, plan.lr(at))
    seconds["edit"], _ = timed(edit, 10 * given.repeats)
    seconds["published"], rates = timed(lambda: published(params), 1)
    losses["published"] = every_step(params, rates)
    median = {name: statistics.median(times) for name, times in seconds.items()}
    result = {
        "task": given.task, "fitted_to": [run.id for run in runs], "params": params, "repeats": given.repeats,
        "seconds": {name: times if name != "edit" else [median["edit"]] for name, times in seconds.items()},
        "loss": {name: round(loss, 6) for name, loss in losses.items()},
        "times_faster": {name: round(median["published"] / median[name], 1) for name in ways},
    }  # fmt: skip
    out = Path(__file__).parent / "results" / f"schedule_design_{given.task}_{given.runs}.json"
    out.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    print(json.dumps(result))


if __name__ == "__main__":
    main()
