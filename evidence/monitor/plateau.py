"""How often `plateau` is told of curves that never end improving, and what comes after it on recorded ones.

    python evidence/monitor/plateau.py DATA [LOGS ...] > evidence/monitor/plateau.md

Simulated: 200 evaluations of 1.5 + 2 t^-e with normal noise that follows itself (AR(1), correlation r between
neighbours), its sd a share of the drop of 2. Each cell of exponent, noise and r is 300 curves. A level that stays from
evaluation 60 on, over 400 evaluations, is the known answer.

Recorded: DATA and LOGS as for ``rising.py``; of each source at most 60 curves of 64 points and more that chance chose.
Of each first alarm: the improvement that was still to come, the best running median of five after it against the level
when it was raised, as a share of all improvement up to then.
"""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from rising import _held_out, _read, wilson
from scipy.ndimage import median_filter
from scipy.signal import lfilter

from forerun.core import Curve
from forerun.monitor import replay

EXPONENTS, SHARES, FOLLOWS = (0.1, 0.3, 0.5, 0.8, 1.0), (0.0, 0.003, 0.01, 0.03), (0.0, 0.5, 0.8, 0.9)
EACH, N = 300, 200
MOST, LEAST = 60, 64
WORTH = 0.02  # share of all improvement that an alarm should not be followed by


def noise(rng: np.random.Generator, n: int, follows: float) -> np.ndarray:
    """A stationary AR(1) of sd 1."""
    shocks = rng.normal(size=n) * np.sqrt(1 - follows**2)
    shocks[0] = rng.normal()
    return np.asarray(lfilter([1.0], [1.0, -follows], shocks))


def decay(rng: np.random.Generator, exponent: float, sd: float, follows: float, n: int, stop: float = np.inf) -> Curve:
    t = np.arange(1.0, n + 1)
    y = 1.5 + 2 * np.minimum(t, stop) ** -exponent + 2 * sd * noise(rng, n, follows)
    return Curve(t, y, metric="val_loss")


def simulated(seed: int) -> list[dict[str, Any]]:
    rng = np.random.default_rng(seed)
    rows: list[dict[str, Any]] = []
    for exponent, sd, follows in itertools.product(EXPONENTS, SHARES, FOLLOWS):
        if sd or not follows:
            told = sum(bool(replay(decay(rng, exponent, sd, follows, N), "plateau")) for _ in range(EACH if sd else 1))
            n = EACH if sd else 1
            rows.append({"exponent": exponent, "noise": sd, "follows": follows, "n": n, "told": told})
    return rows


def flat(seed: int) -> list[dict[str, Any]]:
    """The known answer: where a level that stays from evaluation 60 on is told."""
    rng = np.random.default_rng(seed)
    rows: list[dict[str, Any]] = []
    for sd, follows in itertools.product(SHARES[1:], FOLLOWS):
        found = [replay(decay(rng, 0.5, sd, follows, 400, stop=60), "plateau") for _ in range(60)]
        alarms = [one[0].alarm for one in found if one]
        median = float(np.median(alarms)) if alarms else None
        rows.append({"noise": sd, "follows": follows, "n": len(found), "told": len(alarms), "median": median})
    return rows


def sources(data: Path, logs: list[Path]) -> dict[str, list[Curve]]:
    found = {folder.name: list(_tables(folder)) for folder in sorted(data.iterdir()) if any(folder.glob("*.parquet"))}
    found |= {folder.name: [c for c in _read(folder) if len(c) >= LEAST][:MOST] for folder in logs}
    return {name: curves for name, curves in found.items() if curves}


def _tables(folder: Path) -> Iterator[Curve]:
    table = pl.concat([_held_out(path) for path in sorted(folder.glob("*.parquet"))])
    groups = list(table.group_by("task", "run", "metric", "direction", maintain_order=True))
    count = 0
    for place in np.random.default_rng(0).permutation(len(groups)):
        (_, _, metric, direction), rows = groups[place]
        rows = rows.filter(pl.col("x").is_finite()).unique("x", keep="last").sort("x")
        if rows.height >= LEAST and direction in ("min", "max"):
            yield Curve(rows["x"].to_numpy(), rows["y"].to_numpy(), metric=metric, direction=direction)
            count += 1
        if count == MOST:
            return


def after(curve: Curve) -> dict[str, float] | None:
    """What came after the first alarm; None where there was none, or fewer than five points after it."""
    found = replay(curve, "plateau")
    if not found:
        return None
    finite = np.isfinite(curve.y)
    y = curve.y[finite] * (1.0 if curve.direction == "min" else -1.0)
    at = int(np.searchsorted(curve.x[finite], found[0].alarm, side="right"))
    if y.size - at < 5:
        return None
    level = float(y[at - max(1, at // 4) : at].mean())
    gain = max(float(np.median(y[: max(3, at // 32)])) - level, 1e-3 * abs(level), 1e-300)
    further = (level - float(median_filter(y, 5, mode="nearest")[at:].min())) / gain
    return {"at": at / y.size, "further": further, "last": (level - float(y[-5:].mean())) / gain}


def recorded(curves: dict[str, list[Curve]]) -> dict[str, Any]:
    told = {name: [one for curve in held if (one := after(curve)) is not None] for name, held in curves.items()}
    return {name: {"curves": len(curves[name]), "alarms": rows} for name, rows in told.items()}


def _share(rows: list[dict[str, float]], key: str) -> str:
    k, n = sum(row[key] > WORTH for row in rows), len(rows)
    low, high = wilson(k, n) if n else (0.0, 1.0)
    return f"{k} of {n} ({k / max(1, n):.0%}; {low:.0%} to {high:.0%})"


def main(data: Path, logs: list[Path]) -> None:
    cells, known = simulated(1), flat(2)
    held = recorded(sources(data, logs))
    result = {"simulated": cells, "flat": known, "recorded": held}
    Path(__file__).with_name("plateau.json").write_text(json.dumps(result, indent=1) + "\n")
    print("| noise, share of the drop | r | " + " | ".join(f"t^-{e}" for e in EXPONENTS) + " | stays from 60 on |")
    print("|---" * (3 + len(EXPONENTS)) + "|")
    for sd, follows in itertools.product(SHARES[1:], FOLLOWS):
        row = [c for c in cells if (c["noise"], c["follows"]) == (sd, follows)]
        (answer,) = (one for one in known if (one["noise"], one["follows"]) == (sd, follows))
        ends = f"{answer['told'] / answer['n']:.0%}, at {answer['median']}"
        print(f"| {sd:.1%} | {follows} | " + " | ".join(f"{c['told'] / c['n']:.1%}" for c in row) + f" | {ends} |")
    print("\n| source | curves | alarms | more than 2% better at its best after it | and at its end |")
    print("|---" * 5 + "|")
    for name, one in [*held.items(), ("all", {"curves": sum(o["curves"] for o in held.values()),
                                              "alarms": [a for o in held.values() for a in o["alarms"]]})]:  # fmt: skip
        if one["alarms"]:
            further, last = _share(one["alarms"], "further"), _share(one["alarms"], "last")
            print(f"| {name} | {one['curves']} | {len(one['alarms'])} | {further} | {last} |")


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(one) for one in sys.argv[2:]])
