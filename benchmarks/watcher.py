"""What a watched step costs its training, against what frameworks' own logging calls cost it.

    python benchmarks/watcher.py [--steps N] [--turns N] [--date DATE] [--out benchmarks/results/watcher.json]

Microseconds a call in processor time of the loop's thread, the median over turns that alternate: ``Watcher.log`` of
two values, its look at two parts of a step, and in the same turn ``SummaryWriter.add_scalar`` twice, ``logging.info``
into a file, and Lightning's ``log_dict`` of the same two values in a step of a fit. ``ratio`` is ours over theirs in a
turn, with the least and the largest. ``training``: seconds that a small PyTorch training takes watched over those that
it takes unwatched, the thread that looks included.
"""

from __future__ import annotations

import argparse
import json
import logging
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from forerun.watcher import Watcher


def microseconds(call: Callable[[int], object], steps: int) -> float:
    """A call, in the processor time of this thread."""
    begun = time.thread_time_ns()
    for step in range(1, steps + 1):
        call(step)
    return (time.thread_time_ns() - begun) / steps / 1000.0


def watched(folder: Path, steps: int, *, parts: bool) -> float:
    """``log``, with two parts of a step timed or without."""
    with Watcher(folder / f"w{time.monotonic_ns()}.forerun", "run", room=10 * steps) as watcher:
        if not parts:
            return microseconds(lambda step: watcher.log(step, {"loss": 1.0 / step, "grad_norm": 1.0}), steps)

        def step_of(step: int) -> None:
            with watcher.part("forward"):
                pass
            with watcher.part("backward"):
                pass
            watcher.log(step, {"loss": 1.0 / step, "grad_norm": 1.0})

        return microseconds(step_of, steps)


def tensorboard(folder: Path, steps: int) -> float:
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(str(folder / f"t{time.monotonic_ns()}")) as writer:

        def log(step: int) -> None:
            writer.add_scalar("loss", 1.0 / step, step)
            writer.add_scalar("grad_norm", 1.0, step)

        return microseconds(log, steps)


def python_logging(folder: Path, steps: int) -> float:
    logger = logging.Logger("benchmark")
    handler = logging.FileHandler(folder / f"l{time.monotonic_ns()}")
    logger.addHandler(handler)
    spent = microseconds(lambda step: logger.info("step %d loss %f grad_norm %f", step, 1.0 / step, 1.0), steps)
    handler.close()
    return spent


def lightning(folder: Path, steps: int) -> float:
    """``log_dict`` in a step of a fit."""
    import warnings

    import lightning.pytorch as pl

    spent: list[int] = []

    class Module(pl.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.line = torch.nn.Linear(1, 1)

        def training_step(self, batch: list[torch.Tensor], _: int) -> torch.Tensor:
            loss = self.line(batch[0]).mean()
            begun = time.thread_time_ns()
            self.log_dict({"loss": loss, "grad_norm": 1.0})
            spent.append(time.thread_time_ns() - begun)
            return loss

        def configure_optimizers(self) -> Any:
            return torch.optim.SGD(self.parameters(), lr=0.0)

    warnings.filterwarnings("ignore")
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    data = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.zeros(steps, 1)))
    trainer = pl.Trainer(
        max_epochs=1, accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False,
        enable_model_summary=False, default_root_dir=folder,
    )  # fmt: skip
    trainer.fit(Module(), data)
    return statistics.fmean(spent) / 1000.0


def training(folder: Path, steps: int, *, watch: bool) -> float:
    """Seconds of a small training."""
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(64, 256), torch.nn.ReLU(), torch.nn.Linear(256, 1))
    optimizer = torch.optim.AdamW(model.parameters())
    watcher = Watcher(folder / f"m{time.monotonic_ns()}.forerun", "run", horizon=steps) if watch else None
    begun = time.perf_counter()
    for step in range(1, steps + 1):
        x = torch.randn(256, 64)
        loss = (model(x) - x.sum(1, keepdim=True)).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if watcher is not None:
            watcher.log(step, {"loss": loss})
    spent = time.perf_counter() - begun
    if watcher is not None:
        watcher.close()
    return spent


def summary(ours: list[float], theirs: list[float]) -> dict[str, Any]:
    """Both medians and their ratio turn by turn."""
    ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
    return {
        "us": round(statistics.median(ours), 3), "us_theirs": round(statistics.median(theirs), 3),
        "ratio": round(statistics.median(ratios), 4), "ratio_least": round(min(ratios), 4),
        "ratio_largest": round(max(ratios), 4),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=5_000)
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--date", default=datetime.now(UTC).date().isoformat())
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    result: dict[str, Any] = {"date": options.date, "python": platform.python_version(), "torch": torch.__version__}
    result |= {"steps": options.steps, "turns": options.turns}
    with tempfile.TemporaryDirectory() as name:
        folder, steps = Path(name), options.steps
        turns: dict[str, list[float]] = {}
        for _ in range(options.turns):
            row = {
                "watcher": watched(folder, steps, parts=False),
                "watcher with two parts": watched(folder, steps, parts=True),
                "SummaryWriter": tensorboard(folder, steps),
                "logging": python_logging(folder, steps),
                "Lightning": lightning(folder, steps // 10),
                "training": training(folder, steps, watch=True),
                "unwatched": training(folder, steps, watch=False),
            }
            for key, value in row.items():
                turns.setdefault(key, []).append(value)
    for other in ("SummaryWriter", "logging", "Lightning"):
        result[other] = summary(turns["watcher"], turns[other])
    result["two parts"] = summary(turns["watcher with two parts"], turns["SummaryWriter"])
    seconds = summary(turns["training"], turns["unwatched"])
    result["training"] = {key.replace("us", "seconds"): value for key, value in seconds.items()}
    print(json.dumps(result, indent=1))
    if options.out:
        options.out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
