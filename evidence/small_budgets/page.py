"""Makes ``README.md`` from the raw numbers: ``python -m evidence.small_budgets.page``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from forerun.core import Array

HERE = Path(__file__).parent
_DRAWS = 1000  # of a bootstrap over problems within each class


def errors(rows: list[dict[str, Any]]) -> dict[str, Array]:
    """By policy which games were lost, shape (classes, problems); the classes of all are in one order."""
    policies = list(dict.fromkeys(row["policy"] for row in rows))
    return {
        name: np.array(
            [
                np.unpackbits(np.frombuffer(bytes.fromhex(row["lost"]), np.uint8))
                for row in rows
                if row["policy"] == name
            ]
        ).astype(float)
        for name in policies
    }


def worst(lost: Array, problems: Array) -> Array:
    """The error of the worst class, shape (draws,), of problems drawn anew in each class, shape (draws, classes, n)."""
    return np.array([np.take_along_axis(lost, drawn, axis=1).mean(axis=1).max() for drawn in problems])


def table(rows: list[dict[str, Any]]) -> list[str]:
    """A line a policy: worst class, mean over classes, and both less those of the learned one, 95%."""
    lost = errors(rows)
    classes, n = lost["learned"].shape
    rng = np.random.default_rng(0)
    problems = [rng.integers(n, size=(classes, n)) for _ in range(_DRAWS)]
    drawn = {name: worst(one, problems) for name, one in lost.items()}
    means = {
        name: np.array([np.take_along_axis(one, p, axis=1).mean() for p in problems]) for name, one in lost.items()
    }
    lines: list[str] = []
    for name, one in lost.items():
        each = one.mean(axis=1)
        over = "" if name == "learned" else _over(each.max() - lost["learned"].mean(axis=1).max(), drawn, name)
        mean = "" if name == "learned" else _over(each.mean() - lost["learned"].mean(), means, name)
        lines.append(f"| {name} | {each.max():.3f} | {over} | {each.mean():.3f} | {mean} |")
    return lines


def _over(estimate: float, drawn: dict[str, Array], name: str) -> str:
    low, high = np.quantile(drawn[name] - drawn["learned"], [0.025, 0.975])
    return f"{estimate:+.3f} ({low:+.3f} to {high:+.3f})"


def part(game: str, fresh: str) -> str:
    """A table of all classes, and of each hardness the worst class of each policy."""
    rows = [row for row in json.loads((HERE / f"{game}.json").read_text("utf-8")) if row["fresh"] == fresh]
    classes = len({(row["shape"], row["n"], row["budget"], row["hardness"]) for row in rows})
    head = "| policy | worst class | less the learned one's (95%) | mean of classes | less the learned one's (95%) |"
    lines = [
        f"{classes} classes of {4 * len(rows[0]['lost'])} problems.",
        "",
        head,
        "|---|---|---|---|---|",
        *table(rows),
    ]
    levels = sorted({row["hardness"] for row in rows})
    if len(levels) == 1:
        return "\n".join(lines)
    worst_at = [
        {name: one.mean(axis=1).max() for name, one in errors([r for r in rows if r["hardness"] == level]).items()}
        for level in levels
    ]
    lines += ["", f"| worst class at | {' | '.join(worst_at[0])} |", f"|---|{'---|' * len(worst_at[0])}"]
    lines += [f"| {level:g} | {' | '.join(f'{one:.3f}' for one in of.values())} |"
              for level, of in zip(levels, worst_at, strict=True)]  # fmt: skip
    return "\n".join(lines)


def main() -> None:
    text = (HERE / "template.md").read_text("utf-8")
    for game in ("arms", "probes"):
        for fresh in ("problems", "classes"):
            text = text.replace(f"<!-- {game} {fresh} -->", part(game, fresh))
            text = text.replace(f"<!-- {game} {fresh} hardest -->", part(f"{game}_hardest", fresh))
    (HERE / "README.md").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
