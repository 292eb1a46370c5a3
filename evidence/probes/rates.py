"""LR sensitivity of small transformers over three decades, and the diverging rate of the next sizes from smaller ones.

    python evidence/probes/rates.py

Widths 16 to 96 of the lab's transformer, 7 rates from 1e-3 to 1, 150 steps, one seed; at width 32 with normalised
queries and keys too. A run has failed if at a rate above the best of its width it gained less than 80% of what that
one did; that was settled on widths 16 to 48. The threshold and the fit see widths 16 to 48 alone; widths 64 and 96 are
then looked up. Every run goes to ``rates.json``.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from small_models import LENGTH, SETTINGS, largest_attention_logit, rows_of, texts, trained
from written import write

from forerun.core import Array, Undecided
from forerun.evaluate.sweeps.diverging_rate import diverging_rate
from forerun.evaluate.sweeps.lr_sensitivity import lr_sensitivity
from forerun.lab.text import SYMBOLS

RATES = [float(one) for one in np.logspace(-3, 0, 7)]
WIDTHS, SMALL = (16, 24, 32, 48, 64, 96), 48
CELLS = [*((width, "plain") for width in WIDTHS), (32, "qk")]
START = float(np.log(SYMBOLS))  # nats a symbol, untrained
Flags = NDArray[np.bool_]
PATH = Path(__file__).with_name("rates.json")


def run(width: int, rate: float, kind: str) -> dict[str, object]:
    settings = SETTINGS | {"steps": 150, "warmup": 15, "lr": rate, "eval_every": 150}
    model, metrics = trained(f"w{width}", 0, settings, "qk_norm" if kind == "qk" else "supervised")
    rows = rows_of(texts(LENGTH + 1, 901), 8, torch.Generator().manual_seed(0))
    ends = {"loss": metrics["val/loss"], "largest_logit": largest_attention_logit(model, rows)}
    cell = {"width": width, "rate": rate, "kind": kind}
    return cell | {name: value if math.isfinite(value) else None for name, value in ends.items()}


def column(runs: list[dict[str, object]], width: int, kind: str, name: str) -> Array:
    """Over the rates; nan where it was not finite."""
    cells = {r["rate"]: r[name] for r in runs if (r["width"], r["kind"]) == (width, kind)}
    return np.array([cells[rate] for rate in RATES], dtype=float)


def judged(runs: list[dict[str, object]]) -> list[dict[str, object]]:
    """The sensitivity of each width and kind, and where the larger widths were said to diverge and did."""
    rows: list[dict[str, object]] = []
    failed: dict[int, Flags] = {}
    for width, kind in CELLS:
        losses = column(runs, width, kind, "loss")
        answer = lr_sensitivity(RATES, losses, start=START)
        said = {"why": answer.why} if isinstance(answer, Undecided) else vars(answer)
        rows.append({"width": width, "kind": kind} | said)
        if kind == "plain":
            too_high = np.array(RATES) > RATES[int(np.nanargmin(losses))]
            failed[width] = too_high & ~(START - losses >= 0.8 * (START - np.nanmin(losses)))
    small = [width for width in WIDTHS if width <= SMALL]
    grid = np.tile(RATES, len(small)), np.repeat(small, len(RATES))
    norms = np.concatenate([column(runs, width, "plain", "largest_logit") for width in small])
    for width in WIDTHS[len(small) :]:
        forecast = diverging_rate(*grid, norms, np.concatenate([failed[one] for one in small]), size=width)
        bad = [rate for rate, is_bad in zip(RATES, failed[width], strict=True) if is_bad]
        said = {"why": forecast.why} if isinstance(forecast, Undecided) else vars(forecast)
        rows.append({"width": width, "first_failed": bad[0] if bad else None, "forecast": said})
    return rows


def main() -> None:
    runs = json.loads(PATH.read_text())["runs"] if PATH.exists() else []
    done = {(r["width"], r["kind"], r["rate"]) for r in runs}
    for width, kind in CELLS:
        for rate in RATES:
            if (width, kind, rate) not in done:
                runs.append(run(width, rate, kind))
                print(runs[-1], flush=True)
                write(PATH, {"judged": [], "runs": runs})
    write(PATH, {"judged": judged(runs), "runs": runs})


if __name__ == "__main__":
    main()
