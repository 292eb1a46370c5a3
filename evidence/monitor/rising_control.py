"""What share of losses that cannot over-fit would count as over-fits by their lowest raw value.

    python evidence/monitor/rising_control.py DATA

The losses that ``rising.py`` labels as over-fits: ``overfit`` against their best smoothed level, ``low`` against their
lowest raw value only. Each is made never to rise: the running minimum of its smoothed values, with residuals drawn
from those of its last three quarters (a steep start's are no noise), 40 times. The share of these that the literal
definition still counts (every smoothed value of the last fifth at least 1.05 times the lowest raw value) is what noise
alone makes of such a curve.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from rising import curves, label, smoothed

DRAWS = 40


def control(y: np.ndarray, rng: np.random.Generator) -> float:
    """Share of draws without any rise that count."""
    y = y[np.isfinite(y)]
    smooth = smoothed(y)
    level, ratio = np.minimum.accumulate(smooth), (y / smooth)[y.size // 4 :]  # noise of a loss goes with its level
    drawn = [label(level * rng.choice(ratio, y.size), "min") for _ in range(DRAWS)]
    return float(np.mean([name in ("overfit", "low") for name in drawn]))


def main(data: Path) -> None:
    rng = np.random.default_rng(0)
    shares: dict[str, list[float]] = {"overfit": [], "low": []}
    for folder in sorted(data.iterdir()):
        if any(folder.glob("*.parquet")):
            for curve, name in curves(folder):
                if name in shares:
                    shares[name].append(control(curve.y, rng))
    told = {
        name: {"n": len(held), "mean": float(np.mean(held)), "over_half": float(np.mean(np.array(held) > 0.5)),
               "shares": [round(one, 3) for one in held]}
        for name, held in shares.items()
    }  # fmt: skip
    Path(__file__).with_name("rising_control.json").write_text(json.dumps(told, indent=1) + "\n")
    for name, one in told.items():
        print(f"{name}: n {one['n']}, counted without a rise {one['mean']:.0%}, in most draws {one['over_half']:.0%}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
