"""What going back at a lower rate does to trainings that diverge, against going back at the same rate and nothing.

    python evidence/rate_gains/diverged.py [--seeds 10] [--page]

A small net (16, 64, 1, ReLU) learns a random net's outputs by SGD with momentum, 200 updates of 64 samples, whose rate
rises over 100 of them to so many times the highest that never diverged over ten other seeds. A checkpoint is kept every
10 updates while the loss is finite. A session with `rollback_and_retry` is told every loss; where it says to roll back,
the last checkpoint before what it found is restored and the rate multiplied, up to 6 times. Writes diverged.json and
diverged.md.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch

from forerun.core import Decision
from forerun.session import Session

HERE = Path(__file__).parent
UPDATES, RISE, KEEP, MOST = 200, 100, 10, 6
TIMES = (2.0, 8.0)
ARMS = {"nothing": None, "back, same rate": 1.0, "back, half the rate": 0.5}


def train(seed: int, peak: float, factor: float | None) -> dict[str, Any]:
    """Losses on held-out samples at the end, and how often it went back."""
    torch.manual_seed(seed)
    teacher, model = _net(), _net()
    optimizer = torch.optim.SGD(model.parameters(), lr=peak, momentum=0.9)
    held_out = torch.randn(512, 16)
    name = f"run {seed}"
    session = Session(method="last_value", detector="non_finite", policy="rollback_and_retry")
    kept = [(0, _copy(model))]
    step, back, scale = 0, 0, 1.0
    while step < UPDATES:
        for group in optimizer.param_groups:
            group["lr"] = scale * peak * min(1.0, (step + 1) / RISE)
        x = torch.randn(64, 16)
        with torch.no_grad():
            wanted = teacher(x)
        loss = (model(x) - wanted).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        step += 1
        if factor is None:
            if not torch.isfinite(loss):
                return {"seed": seed, "final": None, "back": 0}
            continue
        changes = session.add(name, step, {"train/loss": loss.item()})
        if step % KEEP == 0 and torch.isfinite(loss):
            kept.append((step, _copy(model)))
        said = changes.decision
        if back < MOST and isinstance(said, Decision) and said.action == "roll back":
            began = min(finding.start for finding in session.findings(name) if finding.end is None)
            kept = [one for one in kept if one[0] < max(began - KEEP, 1)]
            step, back, scale = kept[-1][0], back + 1, scale * factor
            model.load_state_dict(kept[-1][1])
            optimizer = torch.optim.SGD(model.parameters(), lr=peak, momentum=0.9)
            if step:
                session.rewind(name, step + 1)
            else:
                session.forget(name)
    with torch.no_grad():
        final = float((model(held_out) - teacher(held_out)).square().mean())
    return {"seed": seed, "final": final if np.isfinite(final) else None, "back": back}


def _net() -> torch.nn.Sequential:
    return torch.nn.Sequential(torch.nn.Linear(16, 64), torch.nn.ReLU(), torch.nn.Linear(64, 1))


def _copy(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in model.state_dict().items()}


def highest_safe(seeds: range) -> float:
    """The highest rate, by factors of 1.25, at which none of some other trainings diverges."""
    rate = 0.01
    while all(train(seed, rate * 1.25, None)["final"] is not None for seed in seeds):
        rate *= 1.25
    return rate


def page(found: dict[str, Any]) -> str:
    lines = []
    for row in found["rows"]:
        ends = np.array([np.nan if run["final"] is None else run["final"] for run in row["runs"]])
        good = np.isfinite(ends)
        back = np.array([run["back"] for run in row["runs"]])
        quartiles = "" if not good.any() else " ".join(f"{q:.3g}" for q in np.quantile(ends[good], [0.25, 0.5, 0.75]))
        lines.append(
            f"| {row['times']:g} | {row['arm']} | {good.sum()} of {ends.size} | {quartiles} | {back.mean():.1f} |"
        )
    return (HERE / "diverged_template.md").read_text("utf-8").format(
        safe=found["safe"], reference=found["reference"], n=len(found["rows"][0]["runs"]), table="\n".join(lines)
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--page", action="store_true")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    out = HERE / "diverged.json"
    if not asked.page:
        safe = highest_safe(range(1000, 1010))
        rows = [
            {"times": times, "arm": arm, "runs": [train(seed, times * safe, factor) for seed in range(asked.seeds)]}
            for times in TIMES for arm, factor in ARMS.items()
        ]  # fmt: skip
        ends = [train(seed, safe, None)["final"] for seed in range(asked.seeds)]
        reference = float(np.median([end for end in ends if end is not None]))
        out.write_text(json.dumps({"safe": safe, "reference": reference, "rows": rows}, indent=1) + "\n")
    text = page(json.loads(out.read_text("utf-8")))
    (HERE / "diverged.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
