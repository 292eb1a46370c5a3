"""An optimizer whose state lies on disk, watched: the peak of host memory by how its buffers are sized.

    python evidence/watcher/offload.py [--turns 3] [--page]

Adam's master weights and both moments lie in files; they are read into a pool of buffers, updated and written back, a
layer at a time with eight in flight, as offloading trainers do. Every buffer of the pool takes the largest tensor, at
its exact size or, as allocators of pinned memory have it, at the next power of two, and is resident as a whole. Each
training runs in a process of its own, by turns, watched into a store; its peak is read from there. The net is numpy, so
that little else lies in memory. Writes offload.json; README.md is made of it too. (MemAscend: Liaw and Chen 2025.)
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from watched import page

HERE = Path(__file__).parent
WIDTH, LAYERS, UPDATES, IN_FLIGHT = 1472, 4, 10, 8  # 1472² floats are just above 2^21
POOLS = ("power of two", "exact")


class Pool:
    """Buffers for so many tensors at once."""

    def __init__(self, count: int, largest: int, pool: str) -> None:
        size = largest if pool == "exact" else 1 << (largest - 1).bit_length()
        self.buffers = [
            np.full(size, 0.0, np.float32) for _ in range(count)
        ]  # written to: resident, as pinned memory is
        self.next = 0

    def take(self, n: int) -> np.ndarray:
        self.next = (self.next + 1) % len(self.buffers)
        return self.buffers[self.next][:n]


class OffloadedAdam:
    """Adam, its master weights and moments in files."""

    def __init__(self, weights: list[np.ndarray], folder: Path, pool: str, lr: float = 1e-3) -> None:
        self.weights, self.lr, self.made = weights, lr, 0
        self.pool = Pool(3 * IN_FLIGHT, max(weight.size for weight in weights), pool)
        self.files = [[folder / f"{i}.{name}" for name in ("master", "mean", "square")] for i in range(len(weights))]
        for weight, files in zip(weights, self.files, strict=True):
            for file, value in zip(files, (weight, np.zeros_like(weight), np.zeros_like(weight)), strict=True):
                value.tofile(file)

    def step(self, gradients: list[np.ndarray]) -> None:
        self.made += 1
        for weight, gradient, files in zip(self.weights, gradients, self.files, strict=True):
            state = [self.pool.take(weight.size) for _ in files]
            for file, values in zip(files, state, strict=True):
                with file.open("rb", buffering=0) as opened:
                    opened.readinto(memoryview(values).cast("B"))
            self._update(*state, gradient.ravel())
            weight[...] = state[0].reshape(weight.shape)
            for file, values in zip(files, state, strict=True):
                with file.open("r+b", buffering=0) as opened:
                    opened.write(memoryview(values).cast("B"))

    def _update(self, master: np.ndarray, mean: np.ndarray, square: np.ndarray, gradient: np.ndarray) -> None:
        for begin in range(0, master.size, 1 << 18):  # a piece at a time: no copies of whole tensors
            s = slice(begin, begin + (1 << 18))
            g = gradient[s]
            mean[s] += np.float32(0.1) * (g - mean[s])
            square[s] += np.float32(0.001) * (g * g - square[s])
            scale = np.sqrt(square[s] / np.float32(1 - 0.999**self.made)) + np.float32(1e-8)
            master[s] -= np.float32(self.lr) * (mean[s] / np.float32(1 - 0.9**self.made)) / scale


def train(folder: Path, pool: str) -> None:
    """A net without biases, on noise that a linear map made."""
    from forerun.watcher import Watcher

    rng = np.random.default_rng(0)
    weights = [
        (rng.standard_normal((WIDTH, WIDTH), np.float32) / np.sqrt(WIDTH)).astype(np.float32) for _ in range(LAYERS)
    ]
    optimizer = OffloadedAdam(weights, folder, pool)
    with Watcher(folder / "runs.forerun", pool, horizon=UPDATES, every=0.05) as watcher:
        for step in range(1, UPDATES + 1):
            x = rng.standard_normal((32, WIDTH), np.float32)
            with watcher.part("forward"):
                values = [x]
                for weight in weights:
                    values.append(np.maximum(values[-1] @ weight, 0.0))
                error = values[-1] - np.abs(x)
                loss = float((error * error).mean())
            with watcher.part("backward"):
                slope, gradients = np.float32(2.0 / error.size) * error, list[np.ndarray]()
                for weight, before, after in zip(weights[::-1], values[-2::-1], values[:0:-1], strict=True):
                    slope = slope * (after > 0)
                    gradients.append(before.T @ slope)
                    slope = slope @ weight.T
            with watcher.part("optimizer"):
                optimizer.step(gradients[::-1])
            watcher.log(step, {"train/loss": loss})


def read(folder: Path) -> dict[str, Any]:
    from forerun import api

    (run,) = api.read(folder / "runs.forerun")
    curves = run.curves
    seconds = {name: float(np.median(curves[f"seconds/{name}"].y)) for name in ("forward", "backward", "optimizer")}
    return {
        "losses": curves["train/loss"].y.tolist(), "peak_mb": float(curves["memory/host_peak_mb"].y.max()),
        "read_mb": float(curves["disk/read_mb"].y[-1]), "written_mb": float(curves["disk/written_mb"].y[-1]),
        "seconds": seconds,
    }  # fmt: skip


def measured(pool: str, place: Path | None) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(dir=place) as name:
        command = [sys.executable, __file__, "--train", pool, "--folder", name]
        subprocess.run(command, check=True)
        return read(Path(name))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--place", type=Path, help="a folder on the disk to measure; default that of temporary files")
    parser.add_argument("--train", choices=POOLS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--page", action="store_true")
    asked = parser.parse_args()
    if asked.train:
        train(asked.folder, asked.train)
        return
    if not asked.page:
        turns = [{pool: measured(pool, asked.place) for pool in POOLS} for _ in range(asked.turns)]
        saved = [1.0 - t["exact"]["peak_mb"] / t[POOLS[0]]["peak_mb"] for t in turns]
        state_mb = 3 * LAYERS * WIDTH**2 * 4 / 2**20
        found = {
            "saved": saved, "same_losses": all(t["exact"]["losses"] == t[POOLS[0]]["losses"] for t in turns),
            "updates": UPDATES, "state_mb": state_mb, "turns": turns,
        }  # fmt: skip
        (HERE / "offload.json").write_text(json.dumps(found, indent=1) + "\n")
    print(page())


if __name__ == "__main__":
    main()
