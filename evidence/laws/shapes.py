"""Are shapes of scaling curves told right, and refused where there is none?

    python evidence/laws/shapes.py [DATA] [--seed 0] [--repeats 300]

Generated (DATA is not read): a score of 500 items at 8 or 12 sizes from 1e7 to 1e11 parameters, whose true curve
improves (straight, sigmoid, saturating, late), goes the other way, turns once (at 35 to 65% of the log sizes, each side
of at least half the height of the other), or is a tie at every size. Asked with the noise of scores known (√(p (1-p) /
items)) and not. The control asks a quadratic alone. Writes shapes.json beside itself.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from forerun.core import Undecided
from forerun.laws.questions.shape import shape

HERE = Path(__file__).parent
KINDS = "improving", "inverse", "u", "inverted-u", "tie"
ITEMS = 500


def true_scores(kind: str, sizes: int, rng: np.random.Generator) -> np.ndarray:
    u = np.linspace(0.0, 1.0, sizes)
    if kind == "tie":
        return np.full(sizes, rng.uniform(0.2, 0.8))
    if kind in ("improving", "inverse"):
        up = [u, 1.0 / (1.0 + np.exp(-10.0 * (u - rng.uniform(0.3, 0.7)))), 1.0 - np.exp(-4.0 * u), u**3]
        curve = up[rng.integers(len(up))]
        curve = (curve - curve.min()) / np.ptp(curve) - 0.5
    else:
        turn = rng.uniform(0.35, 0.65)
        left, right = rng.permutation([1.0, rng.uniform(0.5, 1.0)])
        height = np.where(u < turn, left * (turn - u) / turn, right * (u - turn) / (1.0 - turn))
        curve = height ** rng.uniform(1.0, 2.0) - 0.5
    sign = -1.0 if kind in ("inverse", "inverted-u") else 1.0
    return 0.5 + sign * rng.uniform(0.15, 0.5) * curve


def by_quadratic(size: np.ndarray, score: np.ndarray) -> str:
    """The control: the sign of the bend, wherever a quadratic turns within the sizes."""
    x = np.log(size)
    a, b, _ = np.polyfit(x - x.mean(), score, 2)
    turn = x.mean() - b / (2 * a)
    if x[0] < turn < x[-1]:
        return "u" if a > 0 else "inverted-u"
    return "improving" if b > 0 else "inverse"


def ask(kind: str, sizes: int, known: bool, seed: int) -> tuple[str, str]:
    rng = np.random.default_rng(seed)
    N = np.geomspace(1e7, 1e11, sizes)
    score = rng.binomial(ITEMS, true_scores(kind, sizes, rng)) / ITEMS
    p = np.clip(score, 1 / ITEMS, 1 - 1 / ITEMS)
    told = shape(N, score, sd=np.sqrt(p * (1 - p) / ITEMS) if known else None)
    return ("undecided" if isinstance(told, Undecided) else told.kind), by_quadratic(N, score)


def share(right: list[bool]) -> dict[str, Any]:
    """The share told right with its Wilson interval."""
    n, p, z = len(right), float(np.mean(right)), 1.96
    middle, wide = (
        (p + z**2 / (2 * n)) / (1 + z**2 / n),
        z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2)) / (1 + z**2 / n),
    )
    return {"n": n, "right": p, "interval": [middle - wide, middle + wide]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="?")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--repeats", type=int, default=300)
    args = parser.parse_args()
    rows = []
    for sizes in (8, 12):
        for known in (True, False):
            for kind in KINDS:
                told = [ask(kind, sizes, known, 30_000 + 10_000 * args.seed + i) for i in range(args.repeats)]
                right = {"unclear", "undecided"} if kind == "tie" else {kind}
                row = {"sizes": sizes, "noise_known": known, "planted": kind, **share([t[0] in right for t in told])}
                row["told"] = dict(Counter(t[0] for t in told))
                row["quadratic_alone_right"] = float(np.mean([t[1] in right for t in told]))
                rows.append(row)
                print(json.dumps(row))
    planted = [r for r in rows if r["planted"] != "tie"]
    ties = [r for r in rows if r["planted"] == "tie"]
    told = {
        "planted_n": sum(r["n"] for r in planted),
        "planted_right": float(np.mean([r["right"] for r in planted])),
        "planted_least": min(r["right"] for r in planted),
        "ties_n": sum(r["n"] for r in ties),
        "ties_refused": float(np.mean([r["right"] for r in ties])),
        "quadratic_alone_right": float(np.mean([r["quadratic_alone_right"] for r in planted])),
    }
    print(json.dumps(told))
    (HERE / "shapes.json").write_text(json.dumps({"seed": args.seed, "summary": told, "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
