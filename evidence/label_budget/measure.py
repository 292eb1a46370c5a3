"""Cheap noisy labels or dear clean ones, on digits: ``python -m evidence.label_budget.measure``.

Writes ``weight.json``, ``pilots.json``, ``grid.json`` and ``picks.json`` beside this file; ``page.py`` makes its page.
The learner is kernel ridge regression on one-hot labels, in which a noisy label weighs less; the weight is chosen on
the validation images with other draws than those judged, and gold is looked at only for ``grid.json`` and for
``picks.json``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from scipy.linalg import cho_factor, cho_solve  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]

from forerun import api
from forerun.core import Answer, Array, Range, Table
from forerun.lab.worlds.digits import images

HERE = Path(__file__).parent
NOISES = (("random", 0.2), ("random", 0.4), ("neighbour", 0.4))
"""Share of labels that are wrong, and what stands instead: any digit, as the world `digits` plants it, or always the
same wrong one, 0 for 1, 1 for 0, 2 for 3 and so on, as where labellers mistake one thing for another."""
PRICES = (1, 3, 10, 30, 100)  # of a clean label, in noisy ones
BUDGET = 1000  # in noisy labels: all training images
SHARES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)  # of the budget, on clean labels
CLEAN, NOISY = (0, 3, 10, 30, 100, 300), (0, 30, 100, 300, 900)
SEEDS, PILOT_SEEDS, WEIGHT_SEEDS = range(40), range(100, 105), range(200, 210)
WEIGHTS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
_BANDWIDTH, _RIDGE = 3.5, 0.02  # of pixels from -1 to 1; set by hand before anything was measured

_X, _Y = (t.numpy() for t in images())
_SQUARES = (_X.astype(float) ** 2).sum(axis=1)
_KERNEL = np.exp(-(_SQUARES[:, None] + _SQUARES - 2.0 * _X.astype(float) @ _X.T) / (2.0 * _BANDWIDTH**2))
VALIDATION, GOLD = slice(1000, 1300), slice(1300, None)


def error(clean: int, noisy: int, noise: tuple[str, float], seed: int, weight: float, on: slice) -> float:
    """Of a learner from so many clean and so many noisy labels, of different images."""
    rng = np.random.default_rng(seed)
    taken = rng.permutation(1000)
    kind, share = noise
    others = rng.integers(10, size=1000) if kind == "random" else _Y[:1000] ^ 1
    labels = np.where(rng.random(1000) < share, others, _Y[:1000])
    rows = np.concatenate([taken[:clean], taken[1000 - noisy :]])
    y = np.concatenate([_Y[taken[:clean]], labels[taken[1000 - noisy :]]])
    ridge = _RIDGE / np.repeat([1.0, weight], [clean, noisy])
    kernel = _KERNEL[np.ix_(rows, rows)] + np.diag(ridge)
    solved: Array = np.asarray(cho_solve(cho_factor(kernel), np.eye(10)[y] - 0.1), np.float64)
    scores: Array = _KERNEL[on][:, rows] @ solved
    return float((scores.argmax(axis=1) != _Y[on]).mean())


def chosen_weight(noise: tuple[str, float]) -> tuple[float, dict[str, float]]:
    """Of a noisy label beside a clean one: where validation is best for 30 clean and 500 noisy labels."""
    means = {f"{w:g}": float(np.mean([error(30, 500, noise, s, w, VALIDATION) for s in WEIGHT_SEEDS])) for w in WEIGHTS}
    return float(min(means, key=means.__getitem__)), means


def picked(pilots: list[dict[str, Any]], noise: tuple[str, float], weight: float, name: str) -> list[dict[str, Any]]:
    """What `label_budget` would buy at every price, by these pilots, and what came of it on gold."""
    table = Table({column: [float(row[column]) for row in pilots] for column in ("clean", "noisy", "y")})
    rows: list[dict[str, Any]] = []
    for price in PRICES:
        answer = api.ask("label_budget", table, budget=float(BUDGET), clean_price=float(price), items=1000.0)
        assert isinstance(answer, Answer), answer
        clean, noisy = int(float(answer.values["clean"])), int(float(answer.values["noisy"]))  # pyright: ignore[reportArgumentType]
        expected = answer.values["error"]
        assert isinstance(expected, Range)
        errors = [error(clean, noisy, noise, seed, weight, GOLD) for seed in SEEDS]
        rows.append({
            "noise": " ".join(map(str, noise)), "pilots": name, "n_pilots": len(pilots), "price": price,
            "regime": answer.values["regime"], "clean": clean, "noisy": noisy,
            "expected": [expected.estimate, expected.low, expected.high], "errors": errors,
        })  # fmt: skip
    return rows


def main() -> None:
    weights, pilots, grid, picks = (list[dict[str, Any]]() for _ in range(4))
    for noise in NOISES:
        weight, means = chosen_weight(noise)
        weights.append({"noise": " ".join(map(str, noise)), "weight": weight, "validation_error": means})
        for clean in CLEAN:
            for noisy in NOISY:
                if clean + noisy == 0 or clean + noisy > 1000:
                    continue
                errors = [error(clean, noisy, noise, seed, weight, VALIDATION) for seed in PILOT_SEEDS]
                pilots.append(
                    {"noise": " ".join(map(str, noise)), "clean": clean, "noisy": noisy, "y": float(np.mean(errors))}
                )
        for price in PRICES:
            for clean in sorted({round(share * BUDGET / price) for share in SHARES}):
                noisy = BUDGET - clean * price
                if clean + noisy == 0 or noisy < 0:
                    continue
                errors = [error(clean, noisy, noise, seed, weight, GOLD) for seed in SEEDS]
                grid.append(
                    {
                        "noise": " ".join(map(str, noise)),
                        "price": price,
                        "clean": clean,
                        "noisy": noisy,
                        "errors": errors,
                    }
                )
        mine = [row for row in pilots if row["noise"] == " ".join(map(str, noise))]
        few = [row for row in mine if row["clean"] <= 10 and row["noisy"] <= 300]
        picks += picked(mine, noise, weight, "all") + picked(few, noise, weight, "small")
    for name, rows in (("weight", weights), ("pilots", pilots), ("grid", grid), ("picks", picks)):
        text = "[\n" + ",\n".join(json.dumps(row, allow_nan=False) for row in rows) + "\n]\n"
        (HERE / f"{name}.json").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
