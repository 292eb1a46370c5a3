"""From a folder of finished runs to the schedule of the next, which ends where the law said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from forerun.cli.app import run

pytest.importorskip("torch")

STEPS, SEEDS = 120, range(10, 15)
SMALL = ["--set", "size=s", "--set", "batch=8", "--set", f"warmup={STEPS // 20}", "--set", "eval_every=10"]


def json_of(capsys: pytest.CaptureFixture[str], *words: str | Path) -> dict[str, Any]:
    assert run([*map(str, words), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_run_of_a_designed_schedule_ends_inside_its_interval(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Three finished runs of two schedules; one designed, exported, trained with five seeds of their own.

    With a coverage of 80% fewer than 3 of 5 are inside once in 17 times; the seeds are fixed, and 13 of 15 were
    inside in evidence/laws/designed_runs.md.
    """
    logs, plan, longer = tmp_path / "logs", tmp_path / "plan.json", 2 * STEPS
    length = ["--set", f"steps={STEPS}", "--out", str(logs)]
    train = ["lab", "run", "charlm", *SMALL]
    assert run([*train, *length, "--set", "schedule=wsd", "--set", f"cooldown={STEPS // 5}", "--seeds", "2"]) == 0
    assert run([*train, *length, "--set", "schedule=constant"]) == 0
    capsys.readouterr()

    designed = json_of(capsys, "schedule", "design", logs, "--metric", "val/loss", "--steps", str(longer), "-o", plan)
    assert designed["status"] == "designed"
    loss = designed["candidates"][0]["loss"]
    shown = json_of(capsys, "schedule", "show", plan)
    assert shown["steps"] == longer and max(shown["lr"]) == pytest.approx(3e-3)

    ends = [_trained(tmp_path / "next", plan, longer, seed) for seed in SEEDS]
    assert sum(loss["low"] <= end <= loss["high"] for end in ends) >= 3
    assert np.mean(ends) < min(_ends(logs))  # the longer run is worth its steps


def _trained(out: Path, plan: Path, steps: int, seed: int) -> float:
    """What a run by the exported schedule ends at; it has the rates of the schedule."""
    from forerun.lab.job import Job
    from forerun.lab.runner import run as train
    from forerun.schedules.written import read_schedule

    settings = {"size": "s", "batch": 8, "eval_every": 10, "steps": steps, "schedule": str(plan)}
    job = Job("charlm", settings, seed)
    result = train(job, out)
    lines = (out / job.folder() / "metrics.jsonl").read_text("utf-8").splitlines()
    logged = {row["step"]: row["lr"] for row in map(json.loads, lines) if "lr" in row and "step" in row}
    at = np.array(sorted(logged))
    assert [logged[step] for step in at] == pytest.approx(read_schedule(plan).lr(at - 0.5).tolist())
    return float(result.metrics["val/loss"])


def _ends(logs: Path) -> list[float]:
    return [json.loads(path.read_text("utf-8"))["metrics"]["val/loss"] for path in logs.rglob("result.json")]
