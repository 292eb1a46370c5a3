"""What a schedule costs a step of a PyTorch training, against PyTorch's own `CosineAnnealingLR`.

    python benchmarks/schedule_step.py [--steps N] [--turns N] [--date DATE]
        [--out benchmarks/results/schedule_step.json]

Microseconds a call of ``step()`` after an update of SGD on one weight, in the processor time of this thread; the two
take turns. ``ratio`` is the median over the turns of ours over PyTorch's in that turn, with the least and the largest.
``groups`` is of an optimizer with so many groups. Turns are shortened by nothing: what ours computes ahead is in them.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from forerun.adapters.torch import ScheduleLR
from forerun.core import Schedule

PLANS = {
    "cosine": Schedule("cosine", {"peak": 0.1, "steps": 1_000_000}),
    "wsd, warmup": Schedule("wsd", {"peak": 0.1, "steps": 1_000_000, "warmup": 1000, "cooldown": 200_000}),
}


def sgd(groups: int) -> torch.optim.SGD:
    """An optimizer whose weights have no gradient: an update is its bookkeeping alone."""
    return torch.optim.SGD([{"params": [torch.nn.Parameter(torch.zeros(1))]} for _ in range(groups)], lr=0.1)


def turn(optimizer: torch.optim.Optimizer, scheduler: Any, steps: int) -> float:
    """Microseconds a step of the scheduler, the optimizer's own left out."""
    spent = 0
    for _ in range(steps):
        optimizer.step()
        begun = time.thread_time_ns()
        scheduler.step()
        spent += time.thread_time_ns() - begun
    return spent / steps / 1000.0


def clock(steps: int) -> float:
    """What two looks at the clock cost by themselves, in microseconds."""
    spent = 0
    for _ in range(steps):
        begun = time.thread_time_ns()
        spent += time.thread_time_ns() - begun
    return spent / steps / 1000.0


def measured(plan: Schedule, groups: int, steps: int, turns: int) -> dict[str, Any]:
    """Every turn of both, and their ratio."""
    ours, theirs = sgd(groups), sgd(groups)
    pairs = [(ours, ScheduleLR(ours, plan)), (theirs, torch.optim.lr_scheduler.CosineAnnealingLR(theirs, 1_000_000))]
    rows = [[turn(*pair, steps) - clock(steps) for pair in pairs] for _ in range(turns)]
    ratios = [a / b for a, b in rows]
    return {
        "groups": groups,
        "us": [round(a, 3) for a, _ in rows],
        "us_cosine_annealing": [round(b, 3) for _, b in rows],
        "ratio": round(statistics.median(ratios), 3),
        "ratio_least": round(min(ratios), 3),
        "ratio_largest": round(max(ratios), 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=20_000)
    parser.add_argument("--turns", type=int, default=9)
    parser.add_argument("--date", default=datetime.now(UTC).date().isoformat())
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    result: dict[str, Any] = {"date": options.date, "python": platform.python_version(), "torch": torch.__version__}
    result |= {"steps": options.steps, "cases": {}}
    for name, plan in PLANS.items():
        for groups in (1, 8):
            case = measured(plan, groups, options.steps, options.turns)
            result["cases"][f"{name}, {groups} groups"] = case
            print(name, groups, case["ratio"], statistics.median(case["us"]), flush=True)
    if options.out:
        options.out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
