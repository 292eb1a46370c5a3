"""Learning-rate sensitivity in `high_lr`: python evidence/lab/sensitivity.py

The mean, over the rates tried, of how far the excess lies above the best of them (Wortsman et al. 2023, section 2), for
each kind of transformer and seed; kinds are compared on paired seeds. Prints, and writes nothing.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import numpy as np

from forerun.evaluate.differences.paired import paired

Table = dict[str, dict[int, dict[float, float]]]


def sensitivity(excess: dict[float, float]) -> float:
    return float(np.mean(list(excess.values()))) - min(excess.values())


def main() -> None:
    table: Table = defaultdict(lambda: defaultdict(dict))
    with (Path(__file__).parent / "high_lr" / "results.csv").open() as file:
        for row in csv.DictReader(file):
            kind, rate = row["arm"].split(", ")
            table[kind][int(row["seed"])][float(rate)] = float(row["gold/excess"])
    most = max(len(rates) for seeds in table.values() for rates in seeds.values())
    table = {kind: seeds for kind, seeds in table.items() if all(len(rates) == most for rates in seeds.values())}
    found = {kind: [sensitivity(excess) for excess in seeds.values()] for kind, seeds in table.items()}
    for kind, seeds in table.items():
        rates = {rate: float(np.mean([e[rate] for e in seeds.values()])) for rate in next(iter(seeds.values()))}
        told = paired(found[kind], found["plain"], direction="min")
        gain = f"{told.estimate:.4f} ({told.low:.4f} to {told.high:.4f})"
        print(f"{kind}: {np.mean(found[kind]):.3f}; better than plain by {gain}")
        print("   ", ", ".join(f"{rate:g}: {excess:.3f}" for rate, excess in rates.items()))


if __name__ == "__main__":
    main()
