"""How often the plain rule, one value beyond the same threshold, is raised on the same nulls.

    python evidence/detectors/controls.py

The control of ``rates.py``: worlds on which such a rule is silent as well would say nothing of a detector. To
``controls.json``, 300 runs a cell, of the draws of ``rates.py``.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from zlib import crc32

import numpy as np
from worlds import NOISES, NULLS, Curves

RUNS = 300


def _entropy(run: Curves) -> bool:
    y = run["value"].y
    return bool((y < 0.1 * np.median(y[:8])).any())


def _growth(run: Curves) -> bool:
    y = run["value"].y
    return bool((y[200:] > 2 * np.median(y[100:200])).any())


def _ranking(run: Curves) -> bool:
    loss, accuracy = run["loss"].y, run["accuracy"].y
    return bool(((loss < 0.95 * loss[0]) & (accuracy < 0.6)).any())


def _memorised(run: Curves) -> bool:
    train, held_out = run["train"].y, run["held_out"].y
    return bool(((train >= 0.95) & (held_out <= held_out.min() + 0.1)).any())


def _proxy_gold(run: Curves) -> bool:
    gold, proxy = run["gold"].y, run["proxy"].y
    best = int(gold.argmax())
    return bool(((gold[best:] < gold[best] - 0.1) & (proxy[best:] > proxy[best])).any())


def _narrowing(run: Curves) -> bool:
    one, many = run["one"].y, run["many"].y
    best = int(many.argmax())
    return bool(((many[best:] < 0.95 * many[best]) & (one[best:] > one[best])).any())


def _gradient(run: Curves) -> bool:
    norm, loss = run["norm"].y, run["loss"].y
    return bool((norm[200:].max() > 2 * norm[200:].min()) and loss[-1] > loss[200] - 0.01 * (loss[0] - loss.min()))


def _gap(run: Curves) -> bool:
    y = run["value"].y
    return bool((y[1:] < 0.9 * np.maximum.accumulate(y)[:-1]).any())


CONTROLS: dict[str, Callable[[Curves], bool]] = {
    "entropy_collapse": _entropy,
    "wasted": lambda run: bool((run["value"].y > 0.5).any()),
    "growth": _growth,
    "memorised": _memorised,
    "ranking": _ranking,
    "proxy_gold": _proxy_gold,
    "narrowing": _narrowing,
    "behaviour_gap": lambda run: bool((np.abs(run["marked"].y - run["unmarked"].y) > 0.1).any()),
    "gradient_drift": _gradient,
    "stability_gap": _gap,
}


def main() -> None:
    rows: list[dict[str, object]] = []
    for name, control in CONTROLS.items():
        for title, world in NULLS[name].items():
            for kind in NOISES:
                seed = crc32(f"{name} {title} {kind}".encode())
                told = sum(control(world.curves(kind, np.random.default_rng([seed, i]))) for i in range(RUNS))
                rows.append({"detector": name, "world": title, "noise": kind, "n": RUNS, "told": told})
                print(*rows[-1].values())
    Path(__file__).with_name("controls.json").write_text("[\n" + ",\n".join(map(json.dumps, rows)) + "\n]\n")


if __name__ == "__main__":
    main()
