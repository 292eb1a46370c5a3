"""How often `rising` names an over-fit, and how often it cries wolf, on recorded held-out curves.

    python evidence/monitor/rising.py DATA [LOGS ...]

DATA is a folder with one folder a source, each with tidy tables (`*.parquet`: task, run, metric, direction, x, y);
each of LOGS is a folder of folders of raw logs, and counts as one source.

Labels, from values smoothed by a running median (of 3, of a twentieth of the run where that is more; under 10 points
the values themselves), and of raw values only where that is said:

* overfit: a loss above zero of which every smoothed value in the last fifth (2 points or more) is at least 1.05 times
  the lowest smoothed value;
* low: no over-fit, but the same holds of the lowest raw value: one low point stands out of the noise;
* fallen: a score or return of which every smoothed value in the last fifth has lost 30% of what was gained by its
  best one, and more than twice the noise;
* best: the lowest raw value lies in the last tenth, or the median of that tenth lies within noise of the lowest
  running median of three.

What is none of these is not judged. For each source the free constants are chosen on the other sources alone (most
found, with at most 5% of those that end at their best told in losses and in scores alike), and the source is judged
with those.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from scipy.ndimage import median_filter

import forerun
from forerun.core import Curve
from forerun.core.errors import ForerunError
from forerun.core.metrics import meaning
from forerun.monitor import replay
from forerun.monitor.values.rising import rising

MOST = 30  # curves of each label, direction and source, of the first 600 that chance chose
Constants = tuple[tuple[float, float], tuple[float, float], float]
GRID: list[Constants] = [
    (sds, others, trend) for sds in [(2.5, 1.5), (3.5, 2.5)] for others in [(6.0, 3.0)] for trend in [1.65, 2.0]
]
SHIPPED: Constants = ((3.5, 2.5), (6.0, 3.0), 1.65)
ASKED = [("overfit", "min"), ("low", "min"), ("fallen", "max"), ("best", "min"), ("best", "max")]
Labelled = tuple[Curve, str]


def smoothed(y: np.ndarray) -> np.ndarray:
    return y if y.size < 10 else median_filter(y, max(3, y.size // 20 | 1), mode="nearest")


def label(y: np.ndarray, direction: str) -> str | None:
    y = y[np.isfinite(y)]
    if y.size < 5:
        return None
    worse = y if direction == "min" else -y
    fifth, tenth = max(2, int(np.ceil(0.2 * y.size))), max(1, int(np.ceil(0.1 * y.size)))
    smooth = smoothed(worse)
    end, noise = smooth[-fifth:].min(), 1.4826 * np.median(np.abs(np.diff(worse, 2))) / np.sqrt(6)
    if direction == "min" and y.min() > 0 and end >= 1.05 * y.min():
        return "overfit" if end >= 1.05 * smooth.min() else "low"
    gain = np.median(worse[:3]) - smooth.min()
    lost = max(0.3 * gain, 2 * noise, 0.01 * abs(smooth.min()))
    if direction == "max" and y.size >= 10 and gain > 0 and end >= smooth.min() + lost:
        return "fallen"
    medians = np.median(np.stack([worse[:-2], worse[1:-1], worse[2:]]), axis=0)
    at_best = np.median(worse[-tenth:]) <= medians.min() + 2 * noise / np.sqrt(tenth)
    return "best" if at_best or np.argmin(worse) >= y.size - tenth else None


def curves(folder: Path) -> list[Labelled]:
    """At most ``MOST`` of each label, in an order that chance chose."""
    table = pl.concat([_held_out(path) for path in sorted(folder.glob("*.parquet"))])
    groups = list(table.group_by("task", "run", "metric", "direction", maintain_order=True))
    kept: dict[str, list[Labelled]] = defaultdict(list)
    for place in np.random.default_rng(0).permutation(len(groups))[:600]:
        (_, _, metric, direction), rows = groups[place]
        rows = rows.filter(pl.col("x").is_finite()).unique("x", keep="last").sort("x")
        y = rows["y"].to_numpy().astype(float)
        name = label(y, direction)
        if name is not None and len(kept[name, direction]) < MOST:
            shown = metric if meaning(metric).split else f"val/{metric}"
            kept[name, direction].append((Curve(rows["x"].to_numpy(), y, metric=shown, direction=direction), name))
    return [one for of in kept.values() for one in of]


def logged(folder: Path) -> list[Labelled]:
    """The held-out curves of the raw logs in each folder under this one, all of them."""
    return [(curve, name) for curve in _read(folder) if (name := label(curve.y, curve.direction)) is not None]


def _read(folder: Path) -> Iterator[Curve]:
    for one in sorted(folder.iterdir()):
        try:
            runs = forerun.read(one)
        except ForerunError:
            continue
        for run in runs:
            for curve in run.curves.values():
                if meaning(curve.metric).quality and meaning(curve.metric).split in ("validation", "test"):
                    yield curve


def _held_out(path: Path) -> pl.DataFrame:
    """Of a table its curves along training, of training data left out; returns count as held-out."""
    table = pl.read_parquet(path)
    if not {"task", "run", "metric", "direction", "x", "y"} <= set(table.columns):
        return pl.DataFrame(schema=_SCHEMA)
    plain = table.select(
        *(pl.col(name).cast(pl.String) for name in ("task", "run", "metric", "direction")),
        *(pl.col(name).cast(pl.Float64) for name in ("x", "y")),
    )
    names = [name for name in plain["metric"].unique() if meaning(name).quality and meaning(name).split != "train"]
    return plain.filter(pl.col("metric").is_in(names))


_SCHEMA = dict.fromkeys(("task", "run", "metric", "direction"), pl.String) | dict.fromkeys(("x", "y"), pl.Float64)


def judged(labelled: list[Labelled], constants: Constants) -> list[dict[str, Any]]:
    sds, sds_others, trend = constants
    detector = rising(sds=sds, sds_others=sds_others, trend=trend)
    found = [(curve, name, replay(curve, detector)) for curve, name in labelled]
    return [
        {
            "label": name,
            "direction": curve.direction,
            "ever": bool(one),
            "at_end": bool(one) and one[-1].end is None,
            "patience": _patience(curve),
        }
        for curve, name, one in found
    ]


def _patience(curve: Curve, most: int = 3) -> bool:
    """Whether there were more than ``most`` evaluations in a row without a new best."""
    y = curve.y[np.isfinite(curve.y)] * (1 if curve.direction == "min" else -1)
    better = np.flatnonzero(np.diff(np.minimum.accumulate(y), prepend=np.inf) < 0)
    return bool((np.diff(np.append(better, y.size)) > most).any())


def rate(rows: list[dict[str, Any]], label: str, direction: str, what: str) -> dict[str, Any]:
    hits = [row[what] for row in rows if row["label"] == label and row["direction"] == direction]
    return (
        {"n": len(hits), "share": float(np.mean(hits)), "wilson_95": wilson(sum(hits), len(hits))} if hits else {"n": 0}
    )


def wilson(k: int, n: int, z: float = 1.96) -> list[float]:
    share, spread = k / n, z * np.sqrt(k / n * (1 - k / n) / n + z**2 / (4 * n**2))
    ends = [(share + z**2 / (2 * n) + way * spread) / (1 + z**2 / n) for way in (-1, 1)]
    return [round(float(min(max(end, 0.0), 1.0)), 4) for end in ends]


def choose(rows: dict[Constants, list[dict[str, Any]]]) -> Constants:
    """Most found at the end, of those with at most 5% ever told of what ends at its best."""

    def key(constants: Constants) -> tuple[bool, float]:
        false = max(rate(rows[constants], "best", way, "ever")["share"] for way in ("min", "max"))
        found = [rate(rows[constants], *what, "at_end")["share"] for what in (("overfit", "min"), ("fallen", "max"))]
        return (false <= 0.05, sum(found) if false <= 0.05 else -false)

    return max(rows, key=key)


def main(data: Path, logs: list[Path]) -> None:
    sources = {folder.name: curves(folder) for folder in sorted(data.iterdir()) if any(folder.glob("*.parquet"))}
    sources |= {folder.name: logged(folder) for folder in logs}
    sources = {name: labelled for name, labelled in sources.items() if labelled}
    rows = {(name, one): judged(labelled, one) for name, labelled in sources.items() for one in GRID}
    nested, chosen = [], {}
    for name in sources:
        others = {one: [row for other in sources if other != name for row in rows[other, one]] for one in GRID}
        chosen[name] = choose(others)
        nested += [row | {"source": name} for row in rows[name, chosen[name]]]
    shipped = [row | {"source": name} for name in sources for row in rows[name, SHIPPED]]
    result = {
        "shipped": {"constants": SHIPPED, **_table(shipped)},
        "nested": {"chosen": {name: list(one) for name, one in chosen.items()}, **_table(nested)},
        "by_source": {name: _table([row for row in shipped if row["source"] == name]) for name in sources},
    }
    Path(__file__).with_name("rising.json").write_text(json.dumps(result, indent=1) + "\n")
    for name in ("shipped", "nested"):
        _print(name, result[name])
    for name, table in result["by_source"].items():
        _print(name, table)


def _table(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        f"{label} {direction}": {what: rate(rows, label, direction, what) for what in ("ever", "at_end", "patience")}
        for label, direction in ASKED
        if any(row["label"] == label and row["direction"] == direction for row in rows)
    }


def _print(name: str, table: dict[str, Any]) -> None:
    for group in (group for group in table if group not in ("chosen", "constants")):
        told = [
            f"{what} {one['share']:.1%} ({one['wilson_95'][0]:.0%} to {one['wilson_95'][1]:.0%})"
            for what, one in table[group].items()
        ]
        print(f"{name}: {group}, n {table[group]['ever']['n']}: {', '.join(told)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(one) for one in sys.argv[2:]])
