"""Runs trained with schedules that were designed from three shorter runs: do they end where the law said?

    python evidence/laws/designed_runs.py OUT [--name judged] [--first 5] [--stories 5] [--size s] [--steps 400]

A story: three runs of `charlm` of two schedules (a cooldown of a fifth twice, and a constant rate once, each with a
seed of its own) are trained over ``--steps`` steps; a schedule of twice as many is designed from their folder, the
loss being the validation loss that they logged; and two runs are trained with one further seed, by the design and by
the usual cooldown. Every seed has its own text and its own held-out text, so a story's four seeds are four samples of
everything. Writes designed_runs.json, under ``--name``: of each story the interval, what the run ended at, and the
gain predicted and measured. OUT keeps the runs; started again it goes on where it stood.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

from forerun import api
from forerun.core import Range
from forerun.lab.job import Job
from forerun.lab.runner import run
from forerun.laws.design import Design
from forerun.laws.fitter import Fit
from forerun.schedules.written import written

HERE = Path(__file__).parent
METRIC = "val/loss"
SEEDS = 4  # of a story: three finished runs, and the next one


def trained(out: Path, seed: int, settings: dict[str, Any], **schedule: Any) -> float:
    """What a run ends at."""
    return float(run(Job("charlm", settings | schedule, seed), out).metrics[METRIC])


def story(out: Path, first: int, size: str, steps: int) -> dict[str, Any]:
    folder, settings = out / f"story={first}", {"size": size, "warmup": steps // 20, "eval_every": 10}
    for seed, schedule in ((first, "wsd"), (first + 1, "constant"), (first + 2, "wsd")):
        trained(folder / "finished", seed, settings | {"steps": steps}, schedule=schedule, cooldown=steps // 5)
    made = api.fit("multi_power", folder / "finished", metric=METRIC)
    assert isinstance(made, Fit)
    design = api.design(made, steps=2 * steps)
    assert isinstance(design, Design)
    plan = folder / "plan.json"
    plan.write_text(written(design.schedule, "json"), "utf-8")
    longer, seed = settings | {"steps": 2 * steps}, first + 3
    ended = trained(folder / "next", seed, longer, schedule=str(plan))
    usual = trained(folder / "next", seed, longer, schedule="wsd", cooldown=2 * steps // 5)
    gain = next(one.behind for one in design.candidates if one.name == "wsd")
    assert isinstance(gain, Range)
    return {
        "story": first, "version": made.version, "loss": vars(design.loss) | {}, "ended": ended,
        "inside": design.loss.low <= ended <= design.loss.high,
        "gain_on_wsd": vars(gain) | {}, "gain_measured": usual - ended,
        "gain_inside": gain.low <= usual - ended <= gain.high, "says": design.says, "warnings": list(design.warnings),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("--name", default="judged")
    parser.add_argument("--first", type=int, default=5)
    parser.add_argument("--stories", type=int, default=5)
    parser.add_argument("--size", default="s")
    parser.add_argument("--steps", type=int, default=400)
    given = parser.parse_args()
    rows = []
    for i in range(given.first, given.first + given.stories):
        rows.append(story(given.out, SEEDS * i, given.size, given.steps))
        print(json.dumps(rows[-1]), flush=True)
    result = {
        "size": given.size, "steps": given.steps, "stories": len(rows),
        "inside": float(np.mean([row["inside"] for row in rows])),
        "gain_inside": float(np.mean([row["gain_inside"] for row in rows])),
        "error": float(np.mean([abs(row["ended"] - row["loss"]["estimate"]) for row in rows])),
        "half_width": float(np.mean([row["loss"]["high"] - row["loss"]["low"] for row in rows]) / 2.0),
        "gain_measured": float(np.mean([row["gain_measured"] for row in rows])), "rows": rows,
    }  # fmt: skip
    out = HERE / "designed_runs.json"
    whole = (json.loads(out.read_text("utf-8")) if out.exists() else {}) | {given.name: result}
    out.write_text(json.dumps(whole, indent=1, allow_nan=False) + "\n", "utf-8")
    print({name: value for name, value in result.items() if name != "rows"})


if __name__ == "__main__":
    main()
