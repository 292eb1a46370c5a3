"""Trainings on the ladder's brackets that are made once: a file each, so that a study that was stopped goes on."""

from __future__ import annotations

import csv
import io
import json
import lzma
import tempfile
import time
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from forerun.core import Array, Schedule

if TYPE_CHECKING:
    from torch import Tensor

    from forerun.lab.text import Text

COLUMNS = "job", "seed", "step", "rate", "y"
Curve = tuple[Array, Array, Array]
"""Steps, rates and losses."""
Curves = dict[tuple[str, int], Curve]
"""By job and seed."""


@cache
def corpus() -> tuple[Text, Tensor]:
    """The ladder's, grown once."""
    import train

    return train.corpus()


def curve(out: Path, job: str, seed: int, width: int, settings: Mapping[str, Any], schedule: Schedule) -> Curve:
    """Train, or read what was trained; ``out`` keeps it with the seconds of one core that it took."""
    place = out / f"{job.replace('/', '_')},seed={seed}.json"
    if not place.exists():
        import train

        from forerun.schedules.written import written

        began = time.process_time()
        with tempfile.TemporaryDirectory() as folder:
            plan = Path(folder) / "plan.json"
            plan.write_text(written(schedule, "json"), "utf-8")
            told = {**settings, "steps": round(schedule.end), "schedule": str(plan)}
            records = train.trained(*corpus(), width, seed, told)
        points = [[int(one["step"]), one["lr"], one["loss"]] for one in records]
        out.mkdir(parents=True, exist_ok=True)
        part = place.with_suffix(".part")
        part.write_text(json.dumps({"seconds": time.process_time() - began, "points": points}), "utf-8")
        part.replace(place)
    step, rate, y = np.array(json.loads(place.read_text("utf-8"))["points"], float).T
    return step, rate, y


def seconds(out: Path) -> float:
    """Of one core, over all that was trained."""
    return sum(json.loads(place.read_text("utf-8"))["seconds"] for place in out.glob("*.json"))


def write(curves: Curves, file: Path) -> None:
    """Every point of every curve, as compressed rows."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(COLUMNS)
    for (job, seed), points in curves.items():
        for step, rate, y in zip(*points, strict=True):
            rows.writerow([job, seed, int(step), f"{rate:.5g}", f"{y:.5f}"])
    file.write_bytes(lzma.compress(text.getvalue().encode("utf-8")))


def read(file: Path) -> Curves:
    """As `write` wrote them."""
    found: dict[tuple[str, int], list[list[float]]] = {}
    for row in csv.DictReader(io.StringIO(lzma.decompress(file.read_bytes()).decode("utf-8"))):
        found.setdefault((row["job"], int(row["seed"])), []).append([float(row[name]) for name in COLUMNS[2:]])
    return {key: tuple(np.array(points).T) for key, points in found.items()}


def ends(curves: Curves, job: str, seeds: Iterable[int]) -> list[float]:
    """The last loss of a job, seed by seed."""
    return [float(curves[job, seed][2][-1]) for seed in seeds]
