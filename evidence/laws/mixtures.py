"""Does the transport distance predict unseen mixtures of data sources at 4 times the size better than a mixing law?

    python evidence/laws/mixtures.py [--train] [--seed 0] [--seeds 20]

Digits of the lab, in three worlds of four sources each: subsets of classes; whole but altered (noise, turned, shifted,
half of the labels drawn anew); and both at once. In each replicate the images drawn, the mixtures and the networks are
new: up to 16 pilot mixtures are trained on at sizes 50 and 200, and 20 others at 800. What the projection, the mixing
law and two controls say of the 20 at 800, from the pilots, is held against what they came to. The distance is taken
between 100 samples of each source and the 300 validation images, as class probabilities of a small network trained on
these validation images. Scores are of the gold images, which nothing else sees.

With --train the networks are trained anew (12 minutes on one core) and mixtures_runs.csv.xz is written beside this
file; without, the runs recorded there are judged. Writes mixtures.json.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
import lzma
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from forerun.core import Array, Table, Undecided
from forerun.evaluate.differences.paired import paired
from forerun.lab.worlds.digits import images
from forerun.laws.data import mixing
from forerun.laws.fitter import fit
from forerun.laws.questions import projection

HERE = Path(__file__).parent
RUNS = HERE / "mixtures_runs.csv.xz"
NAMES = ("a", "b", "c", "d")
SIZES, TARGET, PILOTS, UNSEEN, SHOWN = (50, 200), 800, (8, 12, 16), 20, 100
DELTA = 0.3  # of the mixing law's fit: on other seeds better than the fitter's default, as pilots are noisy
WIDTH, STEPS, RATE, BATCH = 64, 400, 3e-3, 32
Alter = Callable[[Tensor, Tensor, torch.Generator], tuple[Tensor, Tensor]]


def only(*kinds: int) -> Alter:
    return lambda x, y, g: (x[torch.isin(y, torch.tensor(kinds))], y[torch.isin(y, torch.tensor(kinds))])


def noise(sd: float) -> Alter:
    return lambda x, y, g: (x + sd * torch.randn(x.shape, generator=g), y)


def picture(change: Callable[[Tensor], Tensor]) -> Alter:
    return lambda x, y, g: (change(x.view(-1, 8, 8)).reshape(-1, 64), y)


def labels(share: float) -> Alter:
    def alter(x: Tensor, y: Tensor, g: torch.Generator) -> tuple[Tensor, Tensor]:
        wrong = torch.rand(len(y), generator=g) < share
        return x, torch.where(wrong, torch.randint(10, y.shape, generator=g), y)

    return alter


def both(first: Alter, then: Alter) -> Alter:
    return lambda x, y, g: then(*first(x, y, g), g)


WORLDS: dict[str, tuple[Alter, ...]] = {
    "classes": (only(0, 1, 2), only(3, 4, 5), only(6, 7), only(8, 9)),
    "altered": (
        noise(1.0),
        picture(lambda x: torch.rot90(x, 1, (1, 2))),
        picture(lambda x: torch.roll(x, 2, 1)),
        labels(0.5),
    ),
    "both": (
        both(only(0, 2, 4, 6, 8), noise(0.7)),
        both(only(1, 3, 5, 7, 9), picture(lambda x: torch.roll(x, 1, 2))),
        both(only(0, 1, 2, 3, 4), labels(0.3)),
        both(only(5, 6, 7, 8, 9), picture(lambda x: x.flip(2))),
    ),
}


def mixed(
    sources: Sequence[tuple[Tensor, Tensor]], share: Array, size: int, g: torch.Generator
) -> tuple[Tensor, Tensor]:
    """A training set of a mixture; a source that is used up is shown again."""
    counts = np.diff(np.round(np.cumsum(share) * size).astype(int), prepend=0)
    taken = []
    for (x, y), n in zip(sources, counts, strict=True):
        order = torch.cat([torch.randperm(len(y), generator=g) for _ in range(n // len(y) + 1)])[:n]
        taken.append((x[order], y[order]))
    return torch.cat([x for x, _ in taken]), torch.cat([y for _, y in taken])


class Networks:
    """Two-layer networks side by side, one a training set."""

    def __init__(self, n: int, g: torch.Generator) -> None:
        self.weights: list[nn.Parameter] = []
        for a, b in ((64, WIDTH), (WIDTH, WIDTH), (WIDTH, 10)):
            self.weights.append(nn.Parameter(torch.randn(n, a, b, generator=g) * (2 / a) ** 0.5))
            self.weights.append(nn.Parameter(torch.zeros(n, 1, b)))

    def __call__(self, x: Tensor) -> Tensor:
        for k in range(0, 6, 2):
            x = torch.baddbmm(self.weights[k + 1], torch.relu(x) if k else x, self.weights[k])
        return x


def trained(sets: Sequence[tuple[Tensor, Tensor]], g: torch.Generator) -> Networks:
    """One network a training set: Adam, a learning rate falling to 0, the same steps for every size."""
    nets = Networks(len(sets), g)
    optimizer = torch.optim.Adam(nets.weights, lr=RATE)
    for step in range(STEPS):
        optimizer.param_groups[0]["lr"] = RATE * (1 - step / STEPS)
        index = [torch.randint(len(y), (BATCH,), generator=g) for _, y in sets]
        out = nets(torch.stack([x[i] for (x, _), i in zip(sets, index, strict=True)]))
        told = torch.cat([y[i] for (_, y), i in zip(sets, index, strict=True)])
        loss = functional.cross_entropy(out.flatten(0, 1), told, reduction="sum") / BATCH
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return nets


@torch.no_grad()
def scores(nets: Networks) -> tuple[Array, Array]:
    """Gold loss in nats, and gold error rate with half an error added so that none is 0."""
    x, y = (part[1300:] for part in images())
    n = nets.weights[0].shape[0]
    out, told = nets(x.expand(n, -1, -1)), y.expand(n, -1)
    loss = functional.cross_entropy(out.transpose(1, 2), told, reduction="none").mean(1)
    wrong = (out.argmax(2) != told).sum(1)
    return loss.double().numpy(), (wrong.double().numpy() + 0.5) / (len(y) + 1)


def distances(sources: Sequence[tuple[Tensor, Tensor]], shares: Array, g: torch.Generator) -> Array:
    """Of every mixture from the validation images."""
    x, y = (part[1000:1300] for part in images())
    judge = trained([(x, y)], torch.Generator().manual_seed(0))
    shown = []
    for k, (of, label) in enumerate(sources):
        index = torch.randperm(len(label), generator=g)[:SHOWN]
        shown.append((of[index], label[index], torch.full((len(index),), k)))
    points, label, source = (torch.cat(parts) for parts in zip(*shown, strict=True))
    with torch.no_grad():
        features, to = (judge(some[None])[0].softmax(1).double().numpy() for some in (points, x))
    told = (label.numpy(), source.numpy())
    return np.array([projection.distance(features, *told, share, to, y.numpy()) for share in shares])


def replicate(world: str, seed: int) -> list[list[Any]]:
    """Rows of one replicate: every mixture at every size it is trained at."""
    g, rng = torch.Generator().manual_seed(seed), np.random.default_rng(seed)
    sources = [alter(*(part[:1000] for part in images()), g) for alter in WORLDS[world]]
    shares = rng.dirichlet(np.ones(len(sources)), max(PILOTS) + UNSEEN)
    far = distances(sources, shares, g)
    rows: list[list[Any]] = []
    for size in (*SIZES, TARGET):
        some = range(max(PILOTS), len(shares)) if size == TARGET else range(max(PILOTS))
        found = scores(trained([mixed(sources, shares[k], size, g) for k in some], g))
        for k, loss, error in zip(some, *found, strict=True):
            place = [*(f"{r:.6f}" for r in shares[k]), f"{far[k]:.5f}"]
            rows.append([world, seed, k, *place, size, f"{loss:.5f}", f"{error:.5f}"])
    return rows


def record(seeds: Sequence[int]) -> None:
    torch.set_num_threads(1)
    with lzma.open(RUNS, "wt", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["world", "seed", "mixture", *NAMES, "distance", "train_size", "loss", "error"])
        for world, seed in itertools.product(WORLDS, seeds):
            out.writerows(replicate(world, seed))
            print(world, seed, flush=True)


Rows = dict[str, Any]


def table(rows: Rows, metric: str, keep: Array) -> Table:
    r = np.stack([rows[name][keep] for name in NAMES])
    shares = dict(zip(NAMES, r / r.sum(axis=0), strict=True))
    return Table(shares | {name: rows[name][keep] for name in ("distance", "train_size")} | {"y": rows[metric][keep]})


def replaced(told: Table, **columns: Any) -> Table:
    return Table(dict(told.columns) | columns)


def answers(pilots: Table, asked: Table, seed: int) -> dict[str, tuple[Array, Array | None, Array | None]]:
    """What every method says of the unseen mixtures at the target size: middle, low and high."""
    rng = np.random.default_rng(seed)
    n = len(np.unique(np.asarray(pilots.columns["a"])))
    dealt, away = np.tile(rng.permutation(np.asarray(pilots.columns["distance"])[:n]), len(SIZES)), asked.n_rows
    found = {"projection": (pilots, asked)}
    found["no distance"] = (
        replaced(pilots, distance=np.full(pilots.n_rows, 1.0)),
        replaced(asked, distance=np.full(away, 1.0)),
    )
    found["dealt anew"] = (replaced(pilots, distance=dealt), asked)
    told: dict[str, tuple[Array, Array | None, Array | None]] = {}
    for name, (seen, ahead) in found.items():
        made = projection.fit(seen, NAMES)
        assert not isinstance(made, Undecided)
        said = made.predict(ahead)
        assert not isinstance(said, Undecided)
        told[name] = (said.y, said.low, said.high)
    law = mixing.mixing(NAMES)
    fitted = fit(law, pilots, delta=DELTA)
    assert not isinstance(fitted, Undecided)
    said = fitted.predict(asked)
    assert not isinstance(said, Undecided)
    told["mixing law"] = (said.y, said.low, said.high)
    y = [
        np.log(np.asarray(pilots.columns["y"])[np.asarray(pilots.columns["train_size"]) == size]).mean()
        for size in SIZES
    ]
    slope = (y[1] - y[0]) / np.log(SIZES[1] / SIZES[0])
    told["one value for all"] = (np.full(away, np.exp(y[1] + slope * np.log(TARGET / SIZES[1]))), None, None)
    return told


def judged(told: dict[str, tuple[Array, Array | None, Array | None]], true: Array) -> dict[str, dict[str, float]]:
    out: dict[str, dict[str, float]] = {}
    for name, (y, low, high) in told.items():
        out[name] = {"log_error": float(np.abs(np.log(y / true)).mean()), "error": float(np.abs(y - true).mean())}
        out[name]["regret"] = (
            float(np.log(true[np.argmin(y)] / true.min())) if np.ptp(y) else float(np.log(true / true.min()).mean())
        )
        if np.ptp(y):
            out[name]["correlation"] = float(np.corrcoef(np.argsort(np.argsort(y)), np.argsort(np.argsort(true)))[0, 1])
        if low is not None and high is not None:
            out[name]["coverage_80"] = float(((low <= true) & (true <= high)).mean())
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", help="not used: the lab's own digits are")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--train", action="store_true")
    asked = parser.parse_args()
    if asked.train:
        record(range(asked.seed, asked.seed + asked.seeds))
    with lzma.open(RUNS, "rt") as file:
        read = list(csv.DictReader(file))
    rows: Rows = {name: np.array([row[name] for row in read]) for name in ("world",)}
    rows |= {name: np.array([float(row[name]) for row in read]) for name in read[0] if name != "world"}
    cases = []
    for metric, world, m in itertools.product(("loss", "error"), WORLDS, PILOTS):
        for seed in np.unique(rows["seed"]):
            here = (rows["world"] == world) & (rows["seed"] == seed)
            pilots = table(rows, metric, here & (rows["mixture"] < m) & (rows["train_size"] < TARGET))
            unseen = table(rows, metric, here & (rows["train_size"] == TARGET))
            told = judged(answers(pilots, unseen, int(seed)), np.asarray(unseen.columns["y"]))
            cases.append({"metric": metric, "world": world, "pilots": m, "seed": int(seed), "methods": told})
    (HERE / "mixtures.json").write_text(
        json.dumps({"summary": summary(cases), "log_errors": rounded(compact(cases))}) + "\n", "utf-8"
    )
    show(summary(cases))


def summary(cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Means over replicates; and by how much the projection's log error is below each other's, paired, 95% interval."""
    out = []
    for metric, world, m in itertools.product(("loss", "error"), (*WORLDS, "ALL"), PILOTS):
        mine = [
            c["methods"] for c in cases if (c["metric"], c["pilots"]) == (metric, m) and world in (c["world"], "ALL")
        ]
        told: dict[str, Any] = {"metric": metric, "world": world, "pilots": m, "n": len(mine), "methods": {}}
        for name in mine[0]:
            means = {key: float(np.mean([c[name][key] for c in mine])) for key in mine[0][name]}
            if name != "projection":
                errors = ([c[one]["log_error"] for c in mine] for one in ("projection", name))
                found = paired(*errors, direction="min")
                means["gain_of_projection"] = [found.estimate, found.low, found.high]
            told["methods"][name] = means
        out.append(rounded(told))
    return out


def compact(cases: list[dict[str, Any]]) -> list[list[Any]]:
    """Metric, world, pilots, seed, and every method's log error, in the order of the summary's methods."""
    place = ("metric", "world", "pilots", "seed")
    return [[*(c[key] for key in place), *(m["log_error"] for m in c["methods"].values())] for c in cases]


def rounded(told: Any) -> Any:
    if isinstance(told, dict):
        return {key: rounded(value) for key, value in told.items()}
    if isinstance(told, list):
        return [rounded(value) for value in told]
    return round(told, 4) if isinstance(told, float) else told


def show(told: list[dict[str, Any]]) -> None:
    for one in told:
        for name, means in one["methods"].items():
            print(one["metric"], one["world"], one["pilots"], one["n"], name, means)


if __name__ == "__main__":
    main()
