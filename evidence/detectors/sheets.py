"""Pictures of what `real.py` found: a panel a finding, many on a sheet. Needs matplotlib.

    python evidence/detectors/sheets.py WORK OUT

Reads ``real.json`` and what `real.py` left in WORK. Red: from where it begins to where it ends; dotted: the alarm; the
title has the finding's number in its source, its kind and its label.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

COLUMNS, ROWS = 6, 5
_MOST = 1500  # points of a panel


def panel(axes: Any, number: int, finding: dict[str, Any], curve: np.ndarray) -> None:
    x, y = curve[:, np.isfinite(curve[1])]
    every = max(1, x.size // _MOST)
    axes.plot(x[::every], y[::every], lw=0.5, color="0.3")
    end = x[-1] if finding["end"] is None else finding["end"]
    near = (x >= finding["start"] - 0.1 * (end - finding["start"])) & (x <= end)
    axes.plot(x[near], y[near], lw=0.7, color="tab:red")
    axes.axvline(finding["alarm"], lw=0.6, ls=":", color="tab:red")
    if y.size and y.min() > 0 and y.max() > 20 * np.median(y):
        axes.set_yscale("log")
    axes.tick_params(which="both", labelsize=4, length=1, pad=1)
    axes.set_title(f"{number} {finding['kind']} {finding.get('is', '')}\n{finding['metric'][:24]}", fontsize=5, pad=1)


def sheets(stem: Path, findings: Sequence[tuple[int, dict[str, Any], np.ndarray]]) -> None:
    """As many sheets as it takes, numbered."""
    for page, begin in enumerate(range(0, len(findings), COLUMNS * ROWS)):
        part = findings[begin : begin + COLUMNS * ROWS]
        rows = -(-len(part) // COLUMNS)
        figure, axes = plt.subplots(rows, COLUMNS, figsize=(9, 1.35 * rows), squeeze=False)
        for axis in axes.flat[len(part) :]:
            axis.axis("off")
        for axis, one in zip(axes.flat, part, strict=False):
            panel(axis, *one)
        figure.tight_layout(pad=0.3)
        figure.savefig(stem.with_name(f"{stem.name}_{page}.png"), dpi=105)
        plt.close(figure)


def main(work: Path, out: Path) -> None:
    sources = json.loads(Path(__file__).with_name("real.json").read_text())
    healthy = list[tuple[int, dict[str, Any], np.ndarray]]()
    for name, source in sources.items():
        flat = name.replace("/", "_")
        curves = np.load(work / f"{flat}.npz")
        findings = [(i, one, curves[str(i)]) for i, one in enumerate(source["findings"])]
        healthy += [one for one in findings if one[1]["healthy"]]
        sheets(out / flat.removesuffix("_curves.parquet").removesuffix(".parquet"), findings)
    sheets(out / "healthy", healthy)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
