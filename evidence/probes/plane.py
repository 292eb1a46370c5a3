"""The information plane: the estimator on data whose mutual information is known, and a small CNN while it trains.

    python evidence/probes/plane.py

Known: Gaussian pairs of 1 to 4 dimensions through monotone maps and turned, blobs of two coordinates in images of 16 x
16 pixels, and vectors folded into 12 dimensions, which principal components cannot undo; 2,000 samples, 3 draws a
cell. CNN: two convolutions and 16 hidden units of tanh on 1,000 images of digits (8 x 8), 40 epochs of SGD, seeds 0 to
2; the hidden layer under noise of sd .1, on the training images. All goes to ``plane.json``.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from scipy.special import ndtr
from scipy.stats import ortho_group
from torch import Tensor, nn
from torch.nn import functional
from written import write

from forerun.core import Array
from forerun.evaluate.probes.information_plane import PlanePoint, information_plane
from forerun.evaluate.probes.mutual_information import MutualInformation, mutual_information
from forerun.lab.worlds.digits import images

SAMPLES, DRAWS = 2000, 3
GRID = np.linspace(-6, 6, 16)


def turned(x: Array) -> Array:
    return x @ ortho_group.rvs(x.shape[1], random_state=1) if x.shape[1] > 1 else x


def image(x: Array) -> Array:
    axes = [np.exp(-((GRID - x[:, [i]]) ** 2) / (2 * 3.0**2)) for i in (0, 1)]
    return np.einsum("ni,nj->nij", *axes).reshape(len(x), -1)


def folded(x: Array) -> Array:
    return np.hstack([x, np.sin(2 * x), x**2]) @ ortho_group.rvs(3 * x.shape[1], random_state=2)


MAPS: dict[str, tuple[tuple[int, ...], Callable[[Array], Array]]] = {
    "none": ((1, 2, 3, 4), lambda x: x),
    "normal cdf": ((1, 2, 4), lambda x: turned(ndtr(x))),
    "exp(.7 x)": ((1, 2, 4), lambda x: turned(np.exp(0.7 * x))),
    "x + .4 sin 2x": ((1, 2, 4), lambda x: turned(x + 0.4 * np.sin(2 * x))),
    "blob in an image": ((2,), image),
    "folded into 12": ((4,), folded),
}


def known() -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for name, (dimensions, change) in MAPS.items():
        for d in dimensions:
            for rho in (0.3, 0.6, 0.9, 0.95):
                rng = np.random.default_rng([d, int(100 * rho)])
                answers = []
                for _ in range(DRAWS):
                    u, v = rng.standard_normal((2, SAMPLES, d))
                    answer = mutual_information(change(u), change(rho * u + np.sqrt(1 - rho**2) * v), rng=rng)
                    assert isinstance(answer, MutualInformation)
                    answers.append((answer.nats, answer.nats - answer.correction))
                truth = -0.5 * d * np.log(1 - rho**2)
                nats, raw = np.mean(answers, axis=0)
                row = {"map": name, "d": d, "rho": rho, "truth": truth, "off": nats / truth - 1, "raw": raw / truth - 1}
                row["sd"] = float(np.std(answers, axis=0)[0]) / truth
                rows.append({key: round(float(one), 4) if isinstance(one, float) else one for key, one in row.items()})
                print(rows[-1], flush=True)
    return rows


class CNN(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(1, 8, 3, padding=1), nn.Conv2d(8, 16, 3, stride=2, padding=1)
        self.hidden, self.out = nn.Linear(256, 16), nn.Linear(16, 10)

    def layer(self, x: Tensor) -> Tensor:
        h = functional.relu(self.first(x.view(-1, 1, 8, 8)))
        return torch.tanh(self.hidden(functional.relu(self.second(h)).flatten(1)))

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.layer(x))


def track(seed: int) -> list[dict[str, object]]:
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    x, y = images()
    model, rng, rows = CNN(), np.random.default_rng(seed), list[dict[str, object]]()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    for epoch in range(41):
        if epoch in (0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 40):
            with torch.no_grad():
                layer = model.layer(x[:1000]).numpy()
                loss = functional.cross_entropy(model(x[1300:]), y[1300:]).item()
            point = information_plane(x[:1000].numpy(), layer, y[:1000].numpy(), noise=0.1, rng=rng, dimensions=4)
            assert isinstance(point, PlanePoint)
            row = {"seed": seed, "epoch": epoch, "inputs": point.inputs.nats, "labels": point.labels.nats, "loss": loss}
            row["of_variance"] = point.inputs.variance_left[1]
            rows.append({key: round(float(one), 4) if isinstance(one, float) else one for key, one in row.items()})
            print(rows[-1], flush=True)
        for at in torch.randperm(1000).split(50):
            loss = functional.cross_entropy(model(x[at]), y[at])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return rows


def main() -> None:
    rows = [row for seed in range(3) for row in track(seed)]
    path = Path(__file__).with_name("plane.json")
    write(path, {"cnn": rows, "known": []})
    write(path, {"cnn": rows, "known": known()})


if __name__ == "__main__":
    main()
