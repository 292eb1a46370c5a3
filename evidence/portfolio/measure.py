"""A universal mixture on simulated markets and over forecasters: ``python -m evidence.portfolio.measure DATA``.

Writes ``markets.json`` and ``forecasters.json`` beside this file. DATA is the folder of the recorded sources.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

from forerun.api.backtesting import table_runs
from forerun.core import Array, Forecast, part
from forerun.evaluate.replays.candidates import replay_tasks
from forerun.forecast import FORECASTERS
from forerun.stats.proportions import proportion_interval
from forerun.stats.universal import universal_mixture

HERE = Path(__file__).parent
MARKETS, ROUNDS = 40, 1000
METHODS = ("last_value_calibrated", "power_law", "exponential", "learned")


def market(drift: Array, volatility: float, rng: np.random.Generator) -> Array:
    """Growth of components whose logs are independent Student's t with 4 degrees, of a drift each a round."""
    noise = rng.standard_t(4, (ROUNDS, drift.size)) / np.sqrt(2.0)
    return np.exp(drift + volatility * noise)


def markets() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for components in (2, 5):
        for volatility in (0.05, 0.15):
            for gap in (0.0, 0.001, 0.01):
                over, ratio = [], []
                for seed in range(MARKETS):
                    rng = np.random.default_rng([seed, components])
                    growth = market(np.linspace(0.0, gap, components), volatility, rng)
                    mixture, alone = universal_mixture(growth, rng), np.log(growth)
                    best = alone.sum(axis=0).argmax()
                    steps = np.diff(mixture.log_wealth, prepend=0.0)
                    over.append(float(mixture.log_wealth[-1] - alone[:, best].sum()))
                    ratio.append(float(steps.mean() / steps.std() - alone[:, best].mean() / alone[:, best].std()))
                rows.append(_row({"components": components, "volatility": volatility, "gap": gap}, over, ratio))
    return rows


def _row(what: dict[str, Any], over: list[float], ratio: list[float]) -> dict[str, Any]:
    ahead = int(sum(one >= 0 for one in over))
    low, high = proportion_interval(ahead, len(over))
    return {
        **what, "n": len(over), "share_ahead": ahead / len(over), "low": float(low), "high": float(high),
        "median_over": float(np.median(over)), "least_over": float(min(over)),
        "median_risk_ratio_over": float(np.median(ratio)),
    }  # fmt: skip


def forecasters(data: Path) -> list[dict[str, Any]]:
    """Over curves of TaskSet, a round a curve: the density that was given to its end, forecast from 40% of it."""
    rows: list[dict[str, Any]] = []
    members = [FORECASTERS.load(name) for name in METHODS]
    for task in replay_tasks(table_runs(data / "taskset", lambda units: units)):
        whole = [one.curve for one in task.candidates if np.isfinite(one.curve.y).all()][:300]
        shown = [part(curve, slice(0, int(0.4 * len(curve)))) for curve in whole]
        ends = [[float(curve.x[-1])] for curve in whole]
        answers = [member.predict(member.default(), shown, ends) for member in members]
        both = [i for i in range(len(whole)) if all(isinstance(told[i], Forecast) for told in answers)]
        growth = np.array([[density(told[i], float(whole[i].y[-1])) for told in answers] for i in both])
        over, wealth = [], np.log(growth).sum(axis=0)
        for seed in range(20):
            rng = np.random.default_rng(seed)
            mixture = universal_mixture(growth[rng.permutation(len(both))], rng)
            over.append(float(mixture.log_wealth[-1] - wealth.max()))
        rows.append(_row({"task": task.task, "rounds": len(both), "best": METHODS[int(wealth.argmax())]}, over, [0.0]))
    return rows


def density(forecast: Any, y: float) -> float:
    """Of a forecast's quantiles, even between two levels, with a hundredth of a wide Cauchy so that none is 0."""
    q, levels = np.asarray(forecast.quantiles[-1], float), np.asarray(forecast.levels, float)
    middle, width = float(np.interp(0.5, levels, q)), max(float(q[-1] - q[0]), 1e-9)
    tail = 1.0 / (np.pi * width * (1.0 + ((y - middle) / width) ** 2))
    i = int(np.searchsorted(q, y, side="right"))
    inside = (levels[i] - levels[i - 1]) / max(float(q[i] - q[i - 1]), 1e-9 * width) if 0 < i < q.size else 0.0
    return 0.99 * float(inside) + 0.01 * float(tail)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    options = parser.parse_args()
    for name, rows in (("markets", markets()), ("forecasters", forecasters(options.data))):
        (HERE / f"{name}.json").write_text(json.dumps(rows, indent=1, allow_nan=False) + "\n", "utf-8")
        print(*rows, sep="\n")


if __name__ == "__main__":
    main()
