"""How far off a law's paired differences are between recorded schedules that it was not fitted to.

    python evidence/laws/differences.py DATA [--seed 0]

DATA is the folder of tidy tables. `multi_power` is fitted to a few runs of a task (multipowerlaw: the three that the
source's paper fits to; lr_scheduling: the longest constant run and one short cooldown of the same peak) and asked about
every pair of runs of one length, one of which at least was not fitted: by how much does one end above the other? Of
every difference: what was predicted, its interval by several weights of the law's error, and what was measured. Writes
differences.json, and what a design says of its differences, which is shipped; what it says of its losses comes from
path_constants.py.
"""

from __future__ import annotations

import argparse
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from schedules import VAL, roles, tasks_of, trunk_and_cooldown

from forerun import api
from forerun.core import Run, Table
from forerun.laws import fitter
from forerun.laws.design import weighing
from forerun.laws.fitter import misfit

HERE = Path(__file__).parent
SHIPPED = Path(weighing.__file__).with_name("measured.json")
SHIPPED_COUNTS = weighing._COUNTS
COUNTS = 0.0, 0.5, 1.0, 2.0, 3.0


def last_points(made: fitter.Fit, table: Table) -> dict[str, tuple[float, float, weighing.Ending]]:
    """Of each run its last step, the loss there, and what the law says of it."""
    X, y = made.formula.read(table), np.asarray(table.columns["y"], float)
    ids = np.asarray([str(run) for run in table.columns["run"]])
    ends = {}
    for id in dict.fromkeys(ids.tolist()):
        rows = np.flatnonzero((ids == id) & np.isfinite(y))
        at = X.take(rows[-1:])
        errors = made.errors_at(at, transfer=True)
        own = misfit.law_error(made.misfit, misfit.distance_of(made.formula, made.support, at))
        ends[id] = float(at.step[0]), float(y[rows[-1]]), weighing.Ending(errors, float(own[0]))
    return ends


def pairs_of(made: fitter.Fit, fitted: list[Run], table: Table) -> Iterator[dict[str, Any]]:
    """A row a pair of runs of one length."""
    known, ends = {run.id for run in fitted}, last_points(made, table)
    for a, b in itertools.combinations(sorted(ends), 2):
        (end_a, y_a, one), (end_b, y_b, other) = ends[a], ends[b]
        if end_a != end_b or {a, b} <= known:
            continue
        row: dict[str, Any] = {"one": a, "other": b, "steps": end_a, "measured": y_a - y_b}
        row["errors"] = [float(np.exp(e.errors.middle[0])) - y for e, y in ((one, y_a), (other, y_b))]
        for share in COUNTS:
            weighing._COUNTS = share
            gain = weighing.behind(made, one, other)
            row |= {"predicted": gain.estimate, f"half_{share:.3g}": (gain.high - gain.low) / 2.0}
            row[f"holds_{share:.3g}"] = gain.low <= row["measured"] <= gain.high
        weighing._COUNTS = SHIPPED_COUNTS
        yield {k: round(v, 6) if isinstance(v, float) else v for k, v in row.items()}


def losses_of(made: fitter.Fit, fitted: list[Run], table: Table) -> list[bool]:
    """Of every run that was not fitted, whether its interval holds its last loss."""
    known = {run.id for run in fitted}
    intervals = {id: (y, weighing.expected(made, end)) for id, (_, y, end) in last_points(made, table).items()}
    return [loss.low <= y <= loss.high for id, (y, loss) in intervals.items() if id not in known]


def summary(rows: list[dict[str, Any]], losses: list[bool]) -> dict[str, Any]:
    off = np.array([row["predicted"] - row["measured"] for row in rows])
    finals = np.array([row["errors"] for row in rows])
    return {
        "pairs": len(rows), "losses": len(losses), "holds_loss": float(np.mean(losses)),
        "error_of_difference": float(np.abs(off).mean()),
        "error_of_losses": float(np.abs(finals).mean()), "same_sign": float((finals.prod(axis=1) > 0).mean()),
        "right_sign": float(np.mean([row["predicted"] * row["measured"] > 0 for row in rows])),
        **{f"{name}_{share:.3g}": float(np.mean([row[f"{name}_{share:.3g}"] for row in rows]))
           for share in COUNTS for name in ("holds", "half")},
    }  # fmt: skip


def over_all(sums: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Of all pairs and all losses alike, how many intervals hold."""
    total = {name: sum(one[name] for one in sums.values()) for name in ("pairs", "losses")}
    counted = [("holds_loss", "losses"), *((f"holds_{share:.3g}", "pairs") for share in COUNTS)]
    return total | {key: sum(one[key] * one[n] for one in sums.values()) / total[n] for key, n in counted}


def ship(made: fitter.Fit, every: dict[str, Any]) -> None:
    """What a design says of its intervals of differences."""
    held = round(every[f"holds_{SHIPPED_COUNTS:.3g}"], 2)
    said = json.loads(SHIPPED.read_text("utf-8"))
    said["differences"] = {"holds": held, "n": every["pairs"], "version": made.version}
    SHIPPED.write_text(json.dumps(said, indent=1) + "\n", "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    cases, sums = dict[str, list[dict[str, Any]]](), dict[str, dict[str, Any]]()
    for task, runs in tasks_of(list(api.read(given.data / "multipowerlaw"))).items():
        fitted, _ = roles(runs)
        made = api.fit("multi_power", fitted, seed=given.seed)
        table = api.law_table("multi_power", runs)
        cases[f"multipowerlaw/{task}"] = list(pairs_of(made, fitted, table))
        sums[f"multipowerlaw/{task}"] = summary(cases[f"multipowerlaw/{task}"], losses_of(made, fitted, table))
    for task, runs in tasks_of(list(api.read(given.data / "lr_scheduling"))).items():
        usable = [r for r in runs if VAL in r.curves and len(r.curves[VAL]) > 3 and r.schedule is not None]
        if fitted := trunk_and_cooldown(usable):
            made = api.fit("multi_power", fitted, metric=VAL, seed=given.seed)
            table = api.law_table("multi_power", usable, metric=VAL)
            cases[f"lr_scheduling/{task}"] = list(pairs_of(made, fitted, table))
            sums[f"lr_scheduling/{task}"] = summary(cases[f"lr_scheduling/{task}"], losses_of(made, fitted, table))
    ship(made, every := over_all(sums))
    result = {
        "seed": given.seed, "law": made.law, "version": made.version, "level": weighing.LEVEL,
        "shipped": SHIPPED_COUNTS, "all": every, "summary": sums, "pairs": cases,
    }  # fmt: skip
    (HERE / "differences.json").write_text(json.dumps(result, indent=1, allow_nan=False) + "\n", "utf-8")
    for task, one in sums.items():
        print(task, {name: round(v, 4) for name, v in one.items()})


if __name__ == "__main__":
    main()
