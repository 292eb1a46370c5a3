"""Over the size of a generated training set: the rectified law against a plain power, and where more stops paying.

    python evidence/laws/saturating.py [--train]

Set before anything was trained. A generator (a Gaussian a class, fitted to 1,000 digits of the lab) makes as many
images as are asked for. Networks of five widths have learned 100 real images; each then learns D generated ones, D from
50 to 25,600 by doublings, 5 seeds, 1,000 steps, and keeps the weights that are best on real validation images. Score:
loss on the real gold images. The learning rate is chosen by width on seed 1000 at sizes up to 800, on validation. Laws
are fitted to sizes to 6,400 (8) by width and seed, and judged on 12,800 and 25,600: log error of `rectified`, less that
of `sample_size`, the plain power; of the last value beside. Saturation: the size from which a doubling gains less than
.01 nats by the rectified law fitted to all sizes, and whether it falls with width. Control: sizes dealt anew. Writes
saturating.csv and saturating.json.
"""

from __future__ import annotations

import argparse
import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy import stats
from torch import Tensor, nn
from torch.nn import functional

from forerun.core import Array, Table, Undecided
from forerun.lab.worlds.digits import images
from forerun.laws.fitter import Fit, fit
from forerun.laws.questions.saturation import saturation

HERE = Path(__file__).parent
RUNS = HERE / "saturating.csv"
WIDTHS, SIZES, SEEDS = (8, 16, 32, 64, 128), tuple(50 * 2**k for k in range(10)), range(5)
FITTED, GAIN, STEPS, LOOK, BATCH, KNOWN = 6400, 0.01, 1000, 50, 32, 100
RATES = 1e-3, 3e-3, 1e-2


class Generator:
    """A Gaussian a class, its covariance shrunk toward its diagonal."""

    def __init__(self) -> None:
        x, y = (part[:1000] for part in images())
        self.middle = torch.stack([x[y == k].mean(0) for k in range(10)])
        roots = []
        for k in range(10):
            cov = torch.cov(x[y == k].T)
            shrunk = 0.8 * cov + 0.2 * torch.diag(cov.diagonal()) + 1e-3 * torch.eye(64)
            roots.append(torch.linalg.cholesky(shrunk))
        self.root = torch.stack(roots)

    def __call__(self, n: int, g: torch.Generator) -> tuple[Tensor, Tensor]:
        y = torch.randint(10, (n,), generator=g)
        noise = torch.randn(n, 64, generator=g)
        x = self.middle[y] + torch.einsum("nij,nj->ni", self.root[y], noise)
        return x.clamp(-1.0, 1.0), y


class Networks:
    """Two-layer networks side by side."""

    def __init__(self, n: int, width: int, g: torch.Generator) -> None:
        self.weights: list[nn.Parameter] = []
        for a, b in ((64, width), (width, 10)):
            self.weights.append(nn.Parameter(torch.randn(n, a, b, generator=g) * (2 / a) ** 0.5))
            self.weights.append(nn.Parameter(torch.zeros(n, 1, b)))

    def __call__(self, x: Tensor) -> Tensor:
        first, b1, second, b2 = self.weights
        return torch.baddbmm(b2, torch.relu(torch.baddbmm(b1, x, first)), second)

    @torch.no_grad()
    def losses(self, x: Tensor, y: Tensor) -> Tensor:
        n = self.weights[0].shape[0]
        out = self(x.expand(n, -1, -1))
        return functional.cross_entropy(out.transpose(1, 2), y.expand(n, -1), reduction="none").mean(1)


def learn(nets: Networks, sets: list[tuple[Tensor, Tensor]], rate: float, steps: int, g: torch.Generator) -> Array:
    """Train, one network a set; (n, 2): the best validation loss, and the gold loss there."""
    x, y = images()
    optimizer, best = torch.optim.Adam(nets.weights, lr=rate), torch.full((len(sets), 2), torch.inf)
    for step in range(steps + 1):
        if step % LOOK == 0:
            now = torch.stack([nets.losses(x[1000:1300], y[1000:1300]), nets.losses(x[1300:], y[1300:])], dim=1)
            best = torch.where((now[:, :1] < best[:, :1]), now, best)
        optimizer.param_groups[0]["lr"] = rate * (1 - step / (steps + 1))
        index = [torch.randint(len(label), (BATCH,), generator=g) for _, label in sets]
        out = nets(torch.stack([a[i] for (a, _), i in zip(sets, index, strict=True)]))
        told = torch.cat([b[i] for (_, b), i in zip(sets, index, strict=True)])
        optimizer.zero_grad()
        (functional.cross_entropy(out.flatten(0, 1), told, reduction="sum") / BATCH).backward()
        optimizer.step()
    return best.double().numpy()


def ladder(width: int, sizes: tuple[int, ...], seeds: list[int], rate: float, make: Generator) -> Array:
    """Losses (seeds, sizes, 2), validation and gold: real images first, then generated ones."""
    every = []
    for seed in seeds:
        g = torch.Generator().manual_seed(1000 * width + seed)
        nets = Networks(1, width, g)
        order = torch.randperm(1000, generator=torch.Generator().manual_seed(seed))[:KNOWN]
        real = images()[0][order], images()[1][order]
        learn(nets, [real], 3e-3, 200, g)
        many = Networks(len(sizes), width, g)
        for mine, first in zip(many.weights, nets.weights, strict=True):
            mine.data.copy_(first.data.expand_as(mine))
        every.append(learn(many, [make(n, g) for n in sizes], rate, STEPS, g))
    return np.stack(every)


def record() -> None:
    """Train what is not trained yet."""
    torch.set_num_threads(1)
    make, done = Generator(), set[int]()
    if RUNS.exists():
        with RUNS.open() as file:
            done = {int(row["width"]) for row in csv.DictReader(file)}
    with RUNS.open("a", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        if not done:
            out.writerow(["width", "rate", "seed", "train_size", "y"])
        for width in WIDTHS:
            if width in done:
                continue
            small = tuple(n for n in SIZES if n <= 800)
            tried = [ladder(width, small, [1000], rate, make)[..., 0].mean() for rate in RATES]
            rate = RATES[int(np.argmin(tried))]
            found = ladder(width, SIZES, list(SEEDS), rate, make)[..., 1]
            out.writerows([width, rate, s, n, f"{found[s, i]:.5f}"] for s in SEEDS for i, n in enumerate(SIZES))
            file.flush()
            print(width, rate, found.mean(0).round(3).tolist(), flush=True)


def errors(n: Array, y: Array) -> dict[str, float]:
    """Mean |log(said / measured)| on the sizes held out, and whether 80% intervals hold them."""
    seen, told = n <= FITTED, dict[str, float]()
    for law, column in (("rectified", "train_size"), ("sample_size", "samples")):
        made = fit(law, Table({column: n[seen], "y": y[seen]}), draws=100)
        assert isinstance(made, Fit)
        said = made.predict(Table({column: n[~seen]}))
        assert not isinstance(said, Undecided)
        told[law] = float(np.abs(np.log(said.y / y[~seen])).mean())
        told[f"{law}_inside_80"] = float(((said.low <= y[~seen]) & (y[~seen] <= said.high)).mean())
    return told | {"last_value": float(np.abs(np.log(y[seen][-1] / y[~seen])).mean())}


def saturated(n: Array, y: Array, seed: int = 0) -> list[float] | str:
    """The size from which a doubling gains less than the level, with its 80% range; or why none is given."""
    made = fit("rectified", Table({"train_size": n, "y": y}), draws=100, seed=seed)
    assert isinstance(made, Fit)
    found = saturation(made, GAIN, "train_size", start=float(n[0]))
    return str(found) if isinstance(found, Undecided) else [found.estimate, found.low, found.high]


def interval(values: list[float]) -> list[float]:
    """Mean, 95% t interval, n."""
    x = np.array(values)
    half = float(stats.t.ppf(0.975, x.size - 1)) * float(x.std(ddof=1)) / x.size**0.5
    return [float(x.mean()), float(x.mean()) - half, float(x.mean()) + half, x.size]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--train", action="store_true")
    if parser.parse_args().train:
        record()
    with RUNS.open() as file:
        rows = list(csv.DictReader(file))
    found = np.array([[[float(row["y"]) for row in rows if (int(row["width"]), int(row["seed"])) == (w, s)]
                       for s in SEEDS] for w in WIDTHS])  # fmt: skip
    n, rng = np.array(SIZES, float), np.random.default_rng(0)
    each = [
        errors(n, y) | {"width": w, "seed": s} for w, of in zip(WIDTHS, found, strict=True) for s, y in enumerate(of)
    ]
    dealt = [errors(n, np.concatenate([rng.permutation(y[n <= FITTED]), y[n > FITTED]])) for of in found for y in of]
    names = [name for name in each[0] if name not in ("width", "seed")]
    out: dict[str, Any] = {"errors": {name: interval([one[name] for one in each]) for name in names}}
    out["gain"] = {
        name: interval([one[name] - one["rectified"] for one in each]) for name in ("sample_size", "last_value")
    }
    out["gain_by_width"] = {
        str(w): interval([one["sample_size"] - one["rectified"] for one in each if one["width"] == w]) for w in WIDTHS
    }
    out["dealt_anew"] = {name: float(np.mean([one[name] for one in dealt])) for name in ("rectified", "sample_size")}
    out["saturation"] = {str(w): saturated(n, of.mean(0)) for w, of in zip(WIDTHS, found, strict=True)}
    single = [[saturated(n, y) for y in of] for of in found]
    pairs = [(w, one[0]) for w, of in zip(WIDTHS, single, strict=True) for one in of if not isinstance(one, str)]
    out["saturation_by_seed"] = [[one[0] if not isinstance(one, str) else None for one in of] for of in single]
    slopes = []
    for s in SEEDS:
        mine = [(w, of[s][0]) for w, of in zip(WIDTHS, single, strict=True) if not isinstance(of[s], str)]
        if len(mine) > 2:
            slopes.append(float(np.polyfit(*np.log(np.array(mine, float)).T, 1)[0]))
    out["slope_of_width"] = interval(slopes) if len(slopes) > 1 else None
    rank: Any = stats.spearmanr(*np.array(pairs, float).T)
    out["rank_correlation"] = [float(rank.statistic), len(pairs)]
    out["losses"] = {str(w): of.mean(0).tolist() for w, of in zip(WIDTHS, found, strict=True)}
    (HERE / "saturating.json").write_text(json.dumps(rounded(out), indent=1) + "\n", "utf-8")
    print(json.dumps(rounded(out), indent=1))


def rounded(told: Any) -> Any:
    if isinstance(told, dict):
        return {key: rounded(value) for key, value in told.items()}
    if isinstance(told, list):
        return [rounded(value) for value in told]
    return (float(f"{told:.4g}") if np.isfinite(told) else None) if isinstance(told, float) else told


if __name__ == "__main__":
    main()
