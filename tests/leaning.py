"""A forecaster that leans on all it is shown, and a folder of logs whose runs lie beside one another."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from forerun.core import LEVELS, Array, Card
from forerun.forecast.forecaster import Fan, Forecaster, Request, each, leaned_on

CARD = Card(
    name="leaning",
    does="The mean of where siblings stand then, those shown first weighing most; alone the last value.",
    source="tests",
    assumes="Siblings reach the points asked.",
    needs="4 points.",
    promises="Nothing.",
    known_answer="Beside two that end at 1 and 4 a run is forecast at 2.",
    control="Alone it stays where it is.",
)


def _quantiles(request: Request) -> Fan:
    spread = 0.01 * np.linspace(-1.0, 1.0, LEVELS.size)
    alone = np.full(request.at.size, request.y[-1])
    if not request.siblings:
        return Fan(alone[:, None] + spread)
    weights = 1.0 / np.arange(1, len(request.siblings) + 1)
    ends: list[Array] = [np.interp(request.at, one.curve.x, one.curve.y) for one in request.siblings]
    middle = np.average(ends, axis=0, weights=weights)
    return Fan(middle[:, None] + spread, leaned_on(request.siblings, weights) | {"alone": float(alone[-1])})


LEANING = Forecaster(card=CARD, version="1", quantiles=each(_quantiles), least=4, heeds_siblings=True)


def sweep(folder: Path, *, over: int = 3, n: int = 40) -> Path:
    """Runs ``run-1`` to that many that are over, and after them one that goes on and has come half of the way."""
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(1, over + 2):
        lines: list[object] = [{"config": {"max_steps": n, "seed": i}}]
        lines += [{"step": x, "val_loss": 1 + 0.1 * i + 1 / x} for x in range(1, (n if i <= over else n // 2) + 1)]
        (folder / f"run-{i}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder
