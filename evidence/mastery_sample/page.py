"""Makes ``README.md`` from the raw numbers: ``python -m evidence.mastery_sample.page``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from evidence.mastery_sample.measure import GROUPS, WORLDS
from forerun.core import Array

HERE = Path(__file__).parent
_T = 2.05  # of Student's t with 29 degrees of freedom, two-sided 95%


def gap(told: dict[str, float]) -> float:
    """Between the group that is foretold best and the one that is foretold worst."""
    return max(told[group] for group in GROUPS) - min(told[group] for group in GROUPS)


def interval(values: Array, form: str = ".3f") -> str:
    """The mean, with a 95% interval of Student's t over draws of learners."""
    half = _T * values.std(ddof=1) / np.sqrt(values.size)
    return f"{values.mean():{form}} ({values.mean() - half:{form}} to {values.mean() + half:{form}})"


def lines(rows: list[dict[str, Any]]) -> list[str]:
    """A line a world and way of sampling."""
    made: list[str] = []
    for world in WORLDS:
        mine = [row for row in rows if row["world"] == world]
        for arm in ("all", "random", "clusters"):
            share = np.array([row[arm]["accuracy"] / row["all"]["accuracy"] for row in mine])
            groups = ", ".join(f"{np.mean([row[arm][group] for row in mine]):.3f}" for group in GROUPS)
            over = [interval(np.array([gap(row[arm]) - gap(row[other]) for row in mine]), "+.3f")
                    for other in ("all", "random")]  # fmt: skip
            cells = [
                world, arm, f"{np.mean([row[arm]['n'] for row in mine]):.0f}",
                f"{np.mean([row[arm]['accuracy'] for row in mine]):.3f}", "" if arm == "all" else interval(share),
                groups, f"{np.mean([gap(row[arm]) for row in mine]):.3f}",
                "" if arm == "all" else over[0], "" if arm != "clusters" else over[1],
            ]  # fmt: skip
            made.append("| " + " | ".join(cells) + " |")
    return made


def main() -> None:
    rows = json.loads((HERE / "runs.json").read_text("utf-8"))
    text = (HERE / "template.md").read_text("utf-8").replace("<!-- rows -->", "\n".join(lines(rows)))
    (HERE / "README.md").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
