"""Half of the tokens from a small part, repeated: does loss peak at a middle number of repeats, and what is hurt?

    python evidence/laws/trained_repeats.py

Reads repeats_ladder/runs.csv (repeats_ladder/train.py). A run's loss is the mean of its last fifth, on stretches never
trained on. The size that a damaged model is equal to comes from the ladder without repeats, log loss along log
parameters, a seed at a time. Intervals: Student's over seeds, paired. Writes trained_repeats.json beside itself.
"""

from __future__ import annotations

import argparse
import csv
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from paired_seeds import compared, rounded

from forerun.core import Curve, Table, Undecided
from forerun.laws.questions.repeats import peak
from forerun.monitor import replay

HERE = Path(__file__).parent
WIDTH, LAST = 32, 0.8
Key = tuple[int, int, int]
"""Width, repeats, seed."""


def read(path: Path) -> dict[Key, dict[str, np.ndarray]]:
    """Of every run its columns along the steps."""
    rows: dict[Key, list[dict[str, str]]] = {}
    for row in csv.DictReader(path.read_text("utf-8").splitlines()):
        rows.setdefault((int(row["width"]), int(row["repeats"]), int(row["seed"])), []).append(row)
    names = "steps", "y", "copy", "chain", "params"
    return {key: {name: np.array([float(row[name]) for row in of]) for name in names} for key, of in rows.items()}


def end(run: dict[str, np.ndarray], name: str) -> float:
    return float(run[name][run["steps"] > LAST * run["steps"][-1]].mean())


def equal_size(runs: dict[Key, dict[str, np.ndarray]], damaged: Key, name: str) -> float:
    """Parameters of the model without repeats that ends as this one does; NaN beyond the ladder."""
    whole = sorted(
        (run["params"][0], end(run, name)) for key, run in runs.items() if key[1] == 1 and key[2] == damaged[2]
    )
    N, y = np.array(whole).T
    y = np.minimum.accumulate(y)
    at = np.log(end(runs[damaged], name))
    if not np.log(y[-1]) <= at <= np.log(y[0]):
        return float("nan")
    return float(np.exp(np.interp(-at, -np.log(y), np.log(N))))


def flagged(runs: dict[Key, dict[str, np.ndarray]], repeats: int, seeds: list[int], name: str) -> dict[str, Any]:
    """In how many runs `rising` tells of a held-out loss, and how far it rose above its best so far."""
    told, rise = 0, list[float]()
    for seed in seeds:
        run = runs[WIDTH, repeats, seed]
        told += bool(replay(Curve(run["steps"], run[name], metric="val/loss", axis="step"), "rising"))
        rise.append(float((run[name] / np.minimum.accumulate(run[name])).max() - 1.0))
    return {"flagged": told, "of": len(seeds), "largest_rise": float(np.mean(rise))}


def study(runs: dict[Key, dict[str, np.ndarray]]) -> dict[str, Any]:
    seeds = sorted({seed for *_, seed in runs})
    levels = sorted({repeats for width, repeats, _ in runs if width == WIDTH})
    ends = {n: {r: [end(runs[WIDTH, r, s], n) for s in seeds] for r in levels} for n in ("y", "copy", "chain")}
    of = [(r, y) for r in levels for y in ends["y"][r]]
    top = peak(Table(dict(zip(("repeats", "y"), np.array(of, float).T, strict=True))))
    found: dict[str, Any] = {"seeds": len(seeds), "params": float(runs[WIDTH, 1, seeds[0]]["params"][0])}
    found["peak"] = {"undecided": top.why} if isinstance(top, Undecided) else asdict(top)
    worst = max(levels, key=lambda r: float(np.mean(ends["y"][r])))
    found["worst"] = worst
    found["levels"] = [
        {"repeats": r, **{name: float(np.mean(of[r])) for name, of in ends.items()},
         "against_none": compared(ends["y"][r], ends["y"][1], "min") if r > 1 else None,
         "against_most": compared(ends["y"][r], ends["y"][levels[-1]], "min") if r < levels[-1] else None,
         "equal_size": _listed([equal_size(runs, (WIDTH, r, s), "y") for s in seeds]),
         "equal_size_by_copy": _listed([equal_size(runs, (WIDTH, r, s), "copy") for s in seeds]),
         "rising": flagged(runs, r, seeds, "y"), "rising_on_chain": flagged(runs, r, seeds, "chain")}
        for r in levels
    ]  # fmt: skip
    grown = {n: np.log(np.array(ends[n][worst]) / ends[n][1]).tolist() for n in ("copy", "y")}
    found["copy against loss"] = compared(grown["copy"], grown["y"], "max")
    added = {n: (np.array(ends[n][worst]) - ends[n][1]).tolist() for n in ("copy", "y")}
    found["copy against loss, nats"] = compared(added["copy"], added["y"], "max")
    found["ladder"] = [{"params": float(runs[w, 1, seeds[0]]["params"][0]),
                        **{n: float(np.mean([end(runs[w, 1, s], n) for s in seeds])) for n in ("y", "copy")}}
                       for w in sorted({width for width, *_ in runs})]  # fmt: skip
    return found


def _listed(values: list[float]) -> list[float | str]:
    return [value if np.isfinite(value) else "beyond the ladder" for value in values]


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    found = rounded(study(read(HERE / "repeats_ladder" / "runs.csv")))
    (HERE / "trained_repeats.json").write_text(json.dumps(found, indent=1, allow_nan=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
