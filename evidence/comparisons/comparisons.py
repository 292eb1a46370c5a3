"""How often intervals of a difference hold: items drawn of real answers, and several tries of made ones.

    python evidence/comparisons/comparisons.py DATA

DATA holds measurement/zeroeval_gsm_correct.csv. Writes comparisons.json and README.md. Of real answers, 41 models that
answered all of 1,319 items, a set is two models and n items drawn with replacement; the difference over all items is
the truth. Made answers are of two kinds that the interval for several tries was not chosen on.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from forerun.api import read_scores
from forerun.evaluate.items.score_matrix import score_matrix
from forerun.stats.proportions import paired_shares, proportion_interval

HERE = Path(__file__).parent
SETS = 10_000
ITEMS = (20, 30, 50, 100, 200, 400)
Array = NDArray[np.float64]
Interval = Callable[[Array, float], tuple[Array, Array]]


def student(d: Array, tries: float) -> tuple[Array, Array]:
    n = d.shape[1]
    half = special.stdtrit(n - 1, 0.975) * d.std(axis=1, ddof=1) / np.sqrt(n)
    return d.mean(axis=1) - half, d.mean(axis=1) + half


def ours(d: Array, tries: float) -> tuple[Array, Array]:
    low, high, _ = paired_shares(d.sum(axis=1), (d**2).sum(axis=1), d.shape[1], tries=tries)
    return low, high


def held(d: Array, truth: Array | float, tries: float, interval: Interval) -> list[float]:
    low, high = interval(d, tries)
    count = int(((low <= truth) & (truth <= high)).sum())
    ends = proportion_interval(count, len(d))
    return [count / len(d), float(ends[0]), float(ends[1]), float((high - low).mean())]


def of_models(data: Path) -> dict[str, Any]:
    table = read_scores(data / "measurement" / "zeroeval_gsm_correct.csv").table
    values = score_matrix(table, "zeroeval_gsm_correct", "correct").values
    values = values[np.isfinite(values).all(axis=1)]
    rows: dict[str, Any] = {}
    for n in ITEMS:
        rng = np.random.default_rng(n)
        pairs = np.array([rng.choice(len(values), 2, replace=False) for _ in range(SETS)])
        chosen = rng.integers(0, values.shape[1], (SETS, n))
        a, b = (np.take_along_axis(values[pairs[:, i]], chosen, axis=1) for i in (0, 1))
        truth = values[pairs[:, 0]].mean(axis=1) - values[pairs[:, 1]].mean(axis=1)
        rows[str(n)] = {name: held(a - b, truth, 1, by) for name, by in (("ours", ours), ("student", student))}
    return rows


def few_differ(n: int, tries: int, rng: np.random.Generator) -> tuple[Array, float]:
    """One item of ten is easier for the first (0.7 to 0.4), the others nearly always right."""
    odd = rng.random((SETS, n)) < 0.1
    first, second = (rng.binomial(tries, np.where(odd, p, 0.995)) / tries for p in (0.7, 0.4))
    return first - second, 0.03


def many_differ(n: int, tries: int, rng: np.random.Generator) -> tuple[Array, float]:
    """Rates of both from one Beta(0.8, 0.8) an item, the second's half of the time from another."""
    rate, other = rng.beta(0.8, 0.8, (2, SETS, n))
    second = np.where(rng.random((SETS, n)) < 0.5, rate, other)
    return (rng.binomial(tries, rate) - rng.binomial(tries, second)) / tries, 0.0


def of_tries() -> dict[str, Any]:
    rows: dict[str, Any] = {}
    for world in (few_differ, many_differ):
        for tries in (2, 4, 8, 16):
            for n in ITEMS:
                d, truth = world(n, tries, np.random.default_rng(1000 * tries + n))
                rows[f"{world.__name__}/{tries}/{n}"] = {
                    name: held(d, truth, tries, by) for name, by in (("ours", ours), ("student", student))
                }
    return rows


def page(result: dict[str, Any]) -> str:
    lines = [(HERE / "template.md").read_text("utf-8").strip()]
    lines += ["", "## Two models, items drawn of GSM8K", "", "| items | Bonett-Price | width | Student's t | width |",
              "|---|---|---|---|---|"]  # fmt: skip
    lines += [f"| {n} | {_cell(row['ours'])} | {_cell(row['student'])} |" for n, row in result["models"].items()]
    for world, says in (("few_differ", few_differ.__doc__), ("many_differ", many_differ.__doc__)):
        lines += ["", "## Several tries", "", str(says), "",
                  "| tries | items | ours | width | Student's t | width |", "|---|---|---|---|---|---|"]  # fmt: skip
        for name, row in result["tries"].items():
            of, tries, n = name.split("/")
            if of == world:
                lines.append(f"| {tries} | {n} | {_cell(row['ours'])} | {_cell(row['student'])} |")
    every = [row["ours"][0] for row in result["models"].values()]
    several = {name: row["ours"][0] for name, row in result["tries"].items()}
    to_eight = [rate for name, rate in several.items() if "/16/" not in name]
    of_sixteen = [rate for name, rate in several.items() if "/16/" in name]
    lines += ["", f"Of one try {min(every):.1%} to {max(every):.1%} hold; of 2 to 8 tries {min(to_eight):.1%} or more; "
              f"of 16 at least {min(of_sixteen):.1%}."]  # fmt: skip
    return "\n".join(lines) + "\n"


def _cell(one: list[float]) -> str:
    return f"{one[0]:.1%} | {one[3]:.3f}"


if __name__ == "__main__":
    result = {"sets": SETS, "models": of_models(Path(sys.argv[1])), "tries": of_tries()}
    (HERE / "comparisons.json").write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    (HERE / "README.md").write_text(page(result), "utf-8")
