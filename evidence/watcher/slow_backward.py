"""A layer whose gradient is summed badly, watched: which part is named, and what another sum does about it.

    python evidence/watcher/slow_backward.py [--turns 5] [--page]

A group-rational activation (Yang and Wang 2024) has a few coefficients that many elements share. Its gradient by them
is a sum over all elements: added one by one where they belong (`index_add_`), as a kernel with atomic additions does,
or summed along the axes that share a coefficient, as FlashKAT does (Raj et al. 2025). A small training is watched with
either, by turns; forward, backward and optimizer are timed, in processor time. Writes slow_backward.json, of which
README.md is made too.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import time
from pathlib import Path
from typing import Any

import torch
from watched import page

from forerun.core import Answer
from forerun.watcher import Watcher

HERE = Path(__file__).parent
BATCH, WIDTH, GROUPS, UPDATES = 256, 256, 8, 150
SUMS = ("one by one", "by axis")


class Rational(torch.autograd.Function):
    """``P(x) / (1 + |Q(x)|)``, P of degree 5 and Q of degree 4 without a constant; a pair for each group."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, above: torch.Tensor, below: torch.Tensor, way: str) -> torch.Tensor:
        ctx.save_for_backward(x, above, below)
        ctx.way = way
        top, q = _parts(x, above, below)
        return (top / (1.0 + q.abs())).reshape(x.shape)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> Any:
        x, above, below = ctx.saved_tensors
        x3, out = x.reshape(x.shape[0], GROUPS, -1), gradient.reshape(x.shape[0], GROUPS, -1)
        top, q = _parts(x, above, below)
        under = 1.0 + q.abs()
        by_q = -out * top / under**2 * q.sign()
        slope_top, slope_q = torch.zeros_like(x3), torch.zeros_like(x3)
        power, shares = torch.ones_like(x3), list[torch.Tensor]()
        for k in range(6):
            shares.append(out / under * power)
            if 1 <= k < 5:
                shares.append(by_q * power)
            if k < 5:
                slope_top += (k + 1) * above[:, k + 1, None] * power
            if k < 4:
                slope_q += (k + 1) * below[:, k, None] * power
            power = power * x3
        by_x = out * slope_top / under + by_q * slope_q
        add = _one_by_one if ctx.way == SUMS[0] else _by_axis
        total = add(shares)[:, [0, 1, 3, 5, 7, 9, 2, 4, 6, 8]]  # P's first
        return by_x.reshape(x.shape), total[:, :6], total[:, 6:], None


def _parts(x: torch.Tensor, above: torch.Tensor, below: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    grouped = x.reshape(x.shape[0], GROUPS, -1)
    top = sum(above[:, k, None] * grouped**k for k in range(6))
    return top, sum(below[:, k - 1, None] * grouped**k for k in range(1, 5))


def _one_by_one(shares: list[torch.Tensor]) -> torch.Tensor:
    """Every element's shares of the ten coefficients added to those of its group, in turn."""
    group = torch.arange(GROUPS).repeat_interleave(shares[0].shape[2]).repeat(shares[0].shape[0])
    rows = torch.stack(shares, dim=-1).reshape(-1, len(shares))
    return torch.zeros(GROUPS, len(shares), dtype=rows.dtype).index_add_(0, group, rows)


def _by_axis(shares: list[torch.Tensor]) -> torch.Tensor:
    """Summed along the axes that share a coefficient."""
    return torch.stack([share.sum(dim=2).sum(dim=0) for share in shares], dim=1)


def sum_times_faster(repeats: int = 21) -> float:
    """The sum alone, in processor time: medians."""
    shares = [torch.randn(BATCH, GROUPS, WIDTH // GROUPS) for _ in range(10)]
    seconds: dict[str, float] = {}
    for way, add in zip(SUMS, (_one_by_one, _by_axis), strict=True):
        each = list[float]()
        for _ in range(repeats):
            begun = time.thread_time()
            add(shares)
            each.append(time.thread_time() - begun)
        seconds[way] = statistics.median(each)
    return seconds[SUMS[0]] / seconds[SUMS[1]]


class Net(torch.nn.Module):
    def __init__(self, way: str) -> None:
        super().__init__()
        self.first, self.last, self.way = torch.nn.Linear(32, WIDTH), torch.nn.Linear(WIDTH, 1), way
        self.above = torch.nn.Parameter(0.3 * torch.randn(GROUPS, 6))
        self.below = torch.nn.Parameter(0.3 * torch.randn(GROUPS, 4))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.last(Rational.apply(self.first(x), self.above, self.below, self.way))


def train(way: str, seed: int) -> dict[str, Any]:
    """What the watcher says of the parts of a training's steps, and its losses."""
    torch.manual_seed(seed)
    model, losses = Net(way), list[float]()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    watcher = Watcher(None, way, horizon=UPDATES, clock=time.thread_time)
    for step in range(1, UPDATES + 1):
        x = torch.randn(BATCH, 32)
        with watcher.part("forward"):
            loss = (model(x) - x.sum(1, keepdim=True)).square().mean()
        with watcher.part("backward"):
            optimizer.zero_grad()
            loss.backward()
        with watcher.part("optimizer"):
            optimizer.step()
        losses.append(loss.item())
        watcher.log(step, {"train/loss": losses[-1]})
    watcher.close()
    times = watcher.step_times
    seconds = {name: one.estimate for name, one in times.values.items()} if isinstance(times, Answer) else {}
    named = [str(finding.evidence["part"]) for finding in watcher.findings if finding.kind == "slow_part"]
    messages = [finding.message for finding in watcher.findings if finding.kind == "slow_part"]
    return {"says": str(times), "seconds": seconds, "named": named, "messages": messages, "losses": losses}


def gradient_errors(seed: int) -> dict[str, float]:
    """The relative error of either sum, against the same gradient in float64."""
    torch.manual_seed(seed)
    model, x = Net(SUMS[0]), torch.randn(4 * BATCH, 32)
    exact = Net(SUMS[1]).double()
    exact.load_state_dict({name: value.double() for name, value in model.state_dict().items()})
    wanted = _gradient(exact, x.double())
    return {
        way: float((_gradient(_as(model, way), x).double() - wanted).norm() / wanted.norm()) for way in SUMS
    }  # fmt: skip


def _as(model: Net, way: str) -> Net:
    model.way = way
    return model


def _gradient(model: Net, x: torch.Tensor) -> torch.Tensor:
    model.zero_grad()
    (model(x) - x.sum(1, keepdim=True)).square().mean().backward()
    assert model.above.grad is not None and model.below.grad is not None
    return torch.cat([model.above.grad, model.below.grad], dim=1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--page", action="store_true")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    if not asked.page:
        turns = [{way: train(way, seed) for way in SUMS} for seed in range(asked.turns)]
        apart = [max(abs(a - b) / abs(b) for a, b in zip(t[SUMS[0]]["losses"], t[SUMS[1]]["losses"], strict=True))
                 for t in turns]  # fmt: skip
        errors = [gradient_errors(seed) for seed in range(asked.turns)]
        ratios = [t[SUMS[0]]["seconds"].get("backward", 0.0) / t[SUMS[1]]["seconds"].get("backward", 1.0)
                  for t in turns if t[SUMS[0]]["seconds"] and t[SUMS[1]]["seconds"]]  # fmt: skip
        found = {
            "torch": torch.__version__, "python": platform.python_version(), "updates": UPDATES,
            "sum_times_faster": sum_times_faster(), "backward_times_faster": ratios,
            "median_times_faster": statistics.median(ratios), "gradient_errors": errors, "losses_apart": apart,
            "turns": [{way: {k: v for k, v in one.items() if k != "losses"} for way, one in t.items()} for t in turns],
        }  # fmt: skip
        (HERE / "slow_backward.json").write_text(json.dumps(found, indent=1) + "\n")
    print(page())


if __name__ == "__main__":
    main()
