"""Makes ``README.md`` from the raw numbers: ``python -m evidence.label_budget.page``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from forerun.core import Array

HERE = Path(__file__).parent
_T = 2.02  # of Student's t with 39 degrees of freedom, two-sided 95%


def difference(a: list[float], b: list[float]) -> str:
    """Of two errors over the same draws, in points, with a 95% interval of Student's t."""
    d: Array = 100.0 * (np.array(a) - np.array(b))
    half = _T * d.std(ddof=1) / np.sqrt(d.size)
    return f"{d.mean():+.2f} ({d.mean() - half:+.2f} to {d.mean() + half:+.2f})"


def percent(errors: list[float]) -> str:
    return f"{100.0 * float(np.mean(errors)):.1f}"


def held(picks: list[dict[str, Any]]) -> str:
    """Of different purchases, how many came out within the planner's 80% interval."""
    bought = {(pick["noise"], pick["clean"], pick["noisy"]): pick for pick in picks}.values()
    inside = sum(pick["expected"][1] <= float(np.mean(pick["errors"])) <= pick["expected"][2] for pick in bought)
    return f"{inside} of {len(bought)}"


def row(pick: dict[str, Any], splits: list[dict[str, Any]]) -> str:
    best = min(splits, key=lambda one: float(np.mean(one["errors"])))
    cells = [
        pick["noise"], pick["price"], pick["regime"], f"{pick['clean']} + {pick['noisy']}", percent(pick["errors"]),
        f"{best['clean']} + {best['noisy']}", difference(pick["errors"], best["errors"]),
        difference(pick["errors"], splits[-1]["errors"]), difference(pick["errors"], splits[0]["errors"]),
    ]  # fmt: skip
    return "| " + " | ".join(map(str, cells)) + " |"


def main() -> None:
    grid, picks = (json.loads((HERE / f"{name}.json").read_text("utf-8")) for name in ("grid", "picks"))
    text = (HERE / "template.md").read_text("utf-8")
    for pilots in ("all", "small"):
        mine = [pick for pick in picks if pick["pilots"] == pilots]
        rows = [
            row(pick, [s for s in grid if (s["noise"], s["price"]) == (pick["noise"], pick["price"])]) for pick in mine
        ]
        text = text.replace(f"<!-- {pilots} -->", "\n".join(rows)).replace(f"<!-- {pilots} held -->", held(mine))
    (HERE / "README.md").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
