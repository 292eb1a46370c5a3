"""How often `rising` names an over-fit, and how often it cries wolf, on recorded held-out curves.

    python studies/monitor/rising.py DATA

DATA is a folder with one folder a source, each with tidy tables (`*.parquet`: task, run, metric, direction, x, y).

An over-fit is a loss above zero whose last fifth (2 points or more) lies 5% or more above its lowest value. A run that
ends at its best has its lowest value in its last tenth, or the median of that tenth within noise of the lowest running
median of three. What is neither is not judged. For each source, the two noise constants are chosen on the other
sources alone (most found with at most 5% false), and the source is judged with those.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from forerun.core import Curve
from forerun.core.metrics import meaning
from forerun.monitor import replay, rising

MOST = 15  # curves of each label, direction and source, of the first 600 that chance chose
GRID = [(2.5, 2.0), (3.0, 2.0), (3.5, 2.0)]
SHIPPED = (rising._SDS, rising._FEW)
Labelled = tuple[Curve, str]


def label(y: np.ndarray, direction: str) -> str | None:
    y = y[np.isfinite(y)]
    if y.size < 6:
        return None
    worse = y if direction == "min" else -y
    fifth, tenth = max(2, int(np.ceil(0.2 * y.size))), max(1, int(np.ceil(0.1 * y.size)))
    if direction == "min" and y.min() > 0 and (y[-fifth:] >= 1.05 * y.min()).all():
        return "overfit"
    medians = np.median(np.stack([worse[:-2], worse[1:-1], worse[2:]]), axis=0)
    noise = 1.4826 * np.median(np.abs(np.diff(worse, 2))) / np.sqrt(6)
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


def judged(labelled: list[Labelled], constants: tuple[float, float]) -> list[dict[str, Any]]:
    rising._SDS, rising._FEW = constants
    found = [(curve, name, replay(curve, "rising")) for curve, name in labelled]
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
    return [round(float((share + z**2 / (2 * n) + way * spread) / (1 + z**2 / n)), 4) for way in (-1, 1)]


def choose(rows: dict[tuple[float, float], list[dict[str, Any]]]) -> tuple[float, float]:
    """Most over-fits found at the end, of those with at most 5% of losses that end at their best ever told."""

    def key(constants: tuple[float, float]) -> tuple[bool, float]:
        false = rate(rows[constants], "best", "min", "ever")["share"]
        return (false <= 0.05, rate(rows[constants], "overfit", "min", "at_end")["share"] if false <= 0.05 else -false)

    return max(rows, key=key)


def main(data: Path) -> None:
    sources = {folder.name: curves(folder) for folder in sorted(data.iterdir()) if any(folder.glob("*.parquet"))}
    sources = {name: labelled for name, labelled in sources.items() if labelled}
    rows = {(name, one): judged(labelled, one) for name, labelled in sources.items() for one in GRID}
    nested, chosen = [], {}
    for name in sources:
        others = {one: [row for other in sources if other != name for row in rows[other, one]] for one in GRID}
        chosen[name] = choose(others)
        nested += [row | {"source": name} for row in rows[name, chosen[name]]]
    shipped = [row | {"source": name} for name in sources for row in rows[name, SHIPPED]]
    result = {
        "shipped": {"sds": SHIPPED[0], "few": SHIPPED[1], **_table(shipped)},
        "nested": {"chosen": {name: list(one) for name, one in chosen.items()}, **_table(nested)},
        "by_source": {name: _table([row for row in nested if row["source"] == name]) for name in sources},
    }
    Path(__file__).with_name("rising.json").write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result["nested"], indent=1))


def _table(rows: list[dict[str, Any]]) -> dict[str, Any]:
    asked = [("overfit", "min"), ("best", "min"), ("best", "max")]
    return {
        f"{label} {direction}": {what: rate(rows, label, direction, what) for what in ("ever", "at_end", "patience")}
        for label, direction in asked
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
