"""Skill against the number of fine-tuning examples, on four skills: a power law, and how far it can be carried?

    python evidence/laws/trained_skills.py

Reads skills_ladder/runs.csv (skills_ladder/train.py). The error is the share of the answer's digits that are wrong,
with half a digit added so that its logarithm is there. `sample_size` is fitted to all sizes but the two largest; each
of these is asked for, with a 90% interval. Beside it: `rectified`, and doing nothing, the error at the largest size
fitted. Intervals: Student's over seeds, paired. Writes trained_skills.json beside itself.
"""

from __future__ import annotations

import argparse
import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
from paired_seeds import compared, rounded

from forerun.core import Table, Undecided
from forerun.laws.fitter import fit

HERE = Path(__file__).parent
HELD, QUESTIONS = 2, 500
DIGITS = {"add": 3, "sort": 5, "shift": 5, "sums": 5}
SATURATED = 100


def read(path: Path) -> list[dict[str, float | str]]:
    return [
        {k: v if k == "skill" else float(v) for k, v in row.items()}
        for row in csv.DictReader(path.read_text("utf-8").splitlines())
    ]


def carried(law: str, n: np.ndarray, y: np.ndarray, at: float, seed: int = 0) -> dict[str, Any] | None:
    """A law's answer at a size with its 90% interval; None where it refuses."""
    column = {"sample_size": "samples", "rectified": "train_size"}[law]
    made = fit(law, Table({column: n, "y": y}), seed=seed)
    told = made if isinstance(made, Undecided) else made.predict(Table({column: [at]}), level=0.9)
    if isinstance(made, Undecided) or isinstance(told, Undecided):
        return None
    return {"y": float(told.y[0]), "low": float(told.low[0]), "high": float(told.high[0]), "params": dict(made.params)}


def study(rows: list[dict[str, Any]]) -> dict[str, Any]:
    seeds = sorted({row["seed"] for row in rows})
    sizes = np.array(sorted({row["examples"] for row in rows}))
    cases, skills = list[dict[str, Any]](), dict[str, Any]()
    gains: dict[str, list[np.ndarray]] = {"digits": [], "format": []}
    for skill, digits in DIGITS.items():
        count = QUESTIONS * digits
        at = {(row["seed"], row["examples"]): row for row in rows if row["skill"] == skill}
        table = {
            name: np.array([[at[s, n][name] for n in sizes] for s in seeds]) for name in ("digits", "exact", "format")
        }
        error = ((1.0 - table["digits"]) * count + 0.5) / (count + 1.0)
        half = int(np.argmin(np.abs(sizes - SATURATED)))
        skills[skill] = {name: value.mean(axis=0).tolist() for name, value in table.items()}
        skills[skill] |= {"r2": [r2(sizes, y) for y in error]}
        for name in ("format", "digits"):
            first, last = table[name][:, half], table[name][:, -1]
            gains[name].append(last - first)
            skills[skill][f"{name}, largest against {SATURATED}"] = compared(last.tolist(), first.tolist(), "max")
        for seed, y in zip(seeds, error, strict=True):
            for held in range(HELD, 0, -1):
                case = {
                    "skill": skill,
                    "seed": seed,
                    "at": float(sizes[-held]),
                    "true": float(y[-held]),
                    "last": float(y[-HELD - 1]),
                }
                for law in ("sample_size", "rectified"):
                    case[law] = carried(law, sizes[:-HELD], y[:-HELD], float(sizes[-held]))
                cases.append(case)
    each = {name: np.mean(of, axis=0).tolist() for name, of in gains.items()}
    found: dict[str, Any] = {"seeds": len(seeds), "sizes": sizes.tolist(), "skills": skills, "cases": cases}
    found[f"gain after {SATURATED}"] = compared(each["digits"], each["format"], "max")
    return found | {"summary": summary(cases)}


def r2(n: np.ndarray, y: np.ndarray) -> float:
    """Of a straight line in logarithms, over all sizes."""
    return float(np.corrcoef(np.log(n), np.log(y))[0, 1] ** 2)


def summary(cases: list[dict[str, Any]]) -> dict[str, Any]:
    """By skill and over all: log errors, and what 90% intervals hold."""
    found: dict[str, Any] = {}
    for name in (*DIGITS, "all"):
        own = [case for case in cases if name in ("all", case["skill"])]
        one: dict[str, Any] = {"n": len(own)}
        for law in ("sample_size", "rectified"):
            said = [case for case in own if case[law]]
            one[law] = {"n": len(said)}
            if said:
                off = [abs(float(np.log(case[law]["y"] / case["true"]))) for case in said]
                one[law]["log_error"] = float(np.mean(off))
                held = [case[law]["low"] <= case["true"] <= case[law]["high"] for case in said]
                one[law]["inside_90"] = float(np.mean(held))
        one["doing nothing"] = float(np.mean([abs(np.log(case["last"] / case["true"])) for case in own]))
        found[name] = one
    return found


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    found = rounded(study(read(HERE / "skills_ladder" / "runs.csv")))
    (HERE / "trained_skills.json").write_text(json.dumps(found, indent=1, allow_nan=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
