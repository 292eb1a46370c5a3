"""At a fixed data set: do more epochs and size overfit, and do tuned weight decay and ensembles undo it?

    python evidence/laws/fixed_data.py [--train]

Set before anything was trained. Language models of one hidden layer read the last four letters of the lab's
second-order chain, of which 2,000 symbols are all there is (3 texts); six widths, 4 to 64 epochs, AdamW with a rate
that falls to 0, weight decay .1 to 25.6 (.1 is the usual one), 5 members a cell that differ by seed and order. The
learning rate is chosen on the three smaller widths at a weight decay of .1 and 16 epochs, on another text, by
validation. For every text and width, epochs and weight decay are then chosen by the validation loss of single models;
for ensembles by that of all five averaged. Gold: the loss on 8,000 other symbols, above their true entropy.
Added
after the larger widths had come out worse than the fourth: their rates as 1/width beyond the widths that the rate was
chosen on. (Students of ensembles: distilled.py.) Writes fixed_data.csv.xz and fixed_data.json.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
import lzma
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy import stats
from torch import Tensor, nn
from torch.nn import functional

from forerun.core import Array, Table, Undecided
from forerun.lab.text import LETTERS, grow
from forerun.laws.fitter import Fit, fit
from forerun.laws.questions.asymptote import asymptote

HERE = Path(__file__).parent
RUNS = HERE / "fixed_data.csv.xz"
WIDTHS, EPOCHS, DECAYS = (8, 16, 32, 64, 128, 256), (4, 16, 64), (0.1, 0.4, 1.6, 6.4, 25.6)
TEXTS, MEMBERS, UNIQUE, SEEN, GOLD, BATCH, USUAL = 3, 5, 2000, 4, 8000, 64, 0.1
RATES = 3e-3, 1e-2, 3e-2


class Data:
    """The symbols there are, those of validation and gold, and the entropy of gold."""

    def __init__(self, text: int) -> None:
        g = torch.Generator().manual_seed(text)
        grown = grow("second", 60, g)
        parts = grown.symbols.unfold(1, SEEN + 1, 1)  # (streams, 56, 5)
        surprise = grown.surprise[:, SEEN:]
        rows = -(-UNIQUE // parts.shape[1])
        self.train = parts[:rows].reshape(-1, SEEN + 1)[:UNIQUE]
        self.valid, self.gold = (parts[a:b].reshape(-1, SEEN + 1) for a, b in ((80, 116), (116, 116 + GOLD // 56 + 1)))
        self.entropy = float(surprise[116 : 116 + GOLD // 56 + 1].mean())


def shown(rows: Tensor) -> Tensor:
    return functional.one_hot(rows[..., :SEEN], LETTERS).flatten(-2).float()


def trained(data: Data, width: int, epochs: int, decays: Array, rate: float, seed: int) -> list[Tensor]:
    """Networks side by side, one a weight decay: weights after their epochs."""
    g, n = torch.Generator().manual_seed(seed), len(decays)
    weights, each = drawn(n, width, g), UNIQUE // BATCH
    x, y, order = shown(data.train), data.train[:, SEEN], torch.empty(0)

    def batch(step: int) -> tuple[Tensor, Tensor]:
        nonlocal order
        if step % each == 0:
            order = torch.stack([torch.randperm(UNIQUE, generator=g) for _ in range(n)])
        index = order[:, step % each * BATCH : (step % each + 1) * BATCH]
        return x[index], y[index]

    return descended(weights, batch, epochs * each, decays, rate)


def drawn(n: int, width: int, g: torch.Generator) -> list[nn.Parameter]:
    """Weights of so many networks before training."""
    weights = []
    for a, b in ((SEEN * LETTERS, width), (width, LETTERS)):
        weights += [nn.Parameter(torch.randn(n, a, b, generator=g) * a**-0.5), nn.Parameter(torch.zeros(n, 1, b))]
    return weights


def descended(
    weights: list[nn.Parameter], batch: Callable[[int], tuple[Tensor, Tensor]], steps: int, decays: Any, rate: float
) -> list[Tensor]:
    """Weights after steps of Adam with decay at a rate that falls to 0.

    Args:
        batch: from a step to contexts and their letters, or their letters' probabilities, of each network.
    """
    optimizer, shrink = torch.optim.Adam(weights, lr=rate), torch.tensor(decays, dtype=torch.float32)[:, None, None]
    for step in range(steps):
        now, (x, y) = rate * (1 - step / steps), batch(step)
        optimizer.param_groups[0]["lr"] = now
        loss = functional.cross_entropy(outputs(weights, x).flatten(0, 1), y.flatten(0, 1), reduction="sum")
        optimizer.zero_grad()
        (loss / BATCH).backward()
        with torch.no_grad():
            for weight in weights[::2]:
                weight.mul_(1 - now * shrink)
        optimizer.step()
    return [weight.detach() for weight in weights]


def outputs(weights: list[Any], x: Tensor) -> Tensor:
    first, b1, second, b2 = weights
    return torch.baddbmm(b2, torch.relu(torch.baddbmm(b1, x, first)), second)


@torch.no_grad()
def chances(weights: list[Tensor], rows: Tensor) -> Tensor:
    """Probability that each network gives to the symbol that came, (n, rows)."""
    n = weights[0].shape[0]
    p = outputs(weights, shown(rows).expand(n, -1, -1)).softmax(-1)
    return p.gather(2, rows[:, SEEN].expand(n, -1)[..., None])[..., 0]


def params(width: int) -> int:
    return SEEN * LETTERS * width + width + width * LETTERS + LETTERS


def chosen_rate() -> float:
    """By the validation loss of the three smaller widths on another text."""
    data = Data(999)
    each = []
    for rate in RATES:
        nets = (trained(data, w, 16, np.array([USUAL] * 3), rate, 999) for w in WIDTHS[:3])
        each.append(float(np.mean([-chances(one, data.valid).log().mean().item() for one in nets])))
    print("validation by rate", dict(zip(RATES, each, strict=True)), flush=True)
    return RATES[int(np.argmin(each))]


def record() -> None:
    """Train what is not trained yet: a row a text, width, epochs, weight decay and number of members averaged."""
    torch.set_num_threads(1)
    part, done, rate = RUNS.with_suffix(".part"), set[tuple[int, int, int, float]](), chosen_rate()
    if part.exists():
        with part.open() as file:
            done = {(int(r["text"]), int(r["width"]), int(r["epochs"]), float(r["rate"])) for r in csv.DictReader(file)}
    with part.open("a", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        if not done:
            out.writerow(["text", "width", "epochs", "decay", "rate", "members", "valid", "gold"])
        rates = [(width, rate) for width in WIDTHS] + [(width, scaled(rate, width)) for width in WIDTHS[3:]]
        for text, (width, rate), epochs in itertools.product(range(TEXTS), rates, EPOCHS):
            if (text, width, epochs, rate) in done:
                continue
            data, decays = Data(text), np.repeat(DECAYS, MEMBERS)
            nets = trained(data, width, epochs, decays, rate, 1000 * text + width + epochs)
            p = [chances(nets, rows).unflatten(0, (len(DECAYS), MEMBERS)) for rows in (data.valid, data.gold)]
            for i, decay in enumerate(DECAYS):
                for k in range(1, MEMBERS + 1):
                    valid, gold = (averaged(one[i], k) for one in p)
                    gold -= data.entropy
                    out.writerow([text, width, epochs, decay, rate, k, f"{valid:.5f}", f"{gold:.5f}"])
            file.flush()
            print(text, width, epochs, flush=True)
    RUNS.write_bytes(lzma.compress(part.read_bytes()))
    part.unlink()


def scaled(rate: float, width: int) -> float:
    """As 1/width beyond the widths that the rate was chosen on."""
    return rate * min(1.0, WIDTHS[2] / width)


def averaged(p: Tensor, members: int) -> float:
    """Mean loss of the averaged probabilities over all choices of so many members."""
    every = [p[list(some)].mean(0).log().mean().item() for some in itertools.combinations(range(len(p)), members)]
    return -float(np.mean(every))


Cells = dict[tuple[int, int, int, float, int], tuple[float, float]]


def cells() -> tuple[Cells, Cells]:
    """Validation and gold losses by text, width, epochs, weight decay and members: at one rate, and as 1/width."""
    with lzma.open(RUNS, "rt") as file:
        rows = list(csv.DictReader(file))
    rate = float(rows[0]["rate"])
    return (_at(rows, dict.fromkeys(WIDTHS, rate)), _at(rows, {width: scaled(rate, width) for width in WIDTHS}))


def _at(rows: list[dict[str, str]], rates: dict[int, float]) -> Cells:
    return {
        (int(r["text"]), int(r["width"]), int(r["epochs"]), float(r["decay"]), int(r["members"])):
        (float(r["valid"]), float(r["gold"])) for r in rows if float(r["rate"]) == rates[int(r["width"])]
    }  # fmt: skip


def best(found: Cells, text: int, width: int, members: int, decays: tuple[float, ...] = DECAYS) -> tuple[int, float]:
    """Epochs and weight decay of the least validation loss."""
    pairs = list(itertools.product(EPOCHS, decays))
    return min(pairs, key=lambda pair: found[text, width, *pair, members][0])


def interval(values: list[float]) -> list[float]:
    """Mean, 95% t interval, n, and the effect that this n detects with 80%."""
    x = np.array(values)
    sd = float(x.std(ddof=1))
    half = float(stats.t.ppf(0.975, x.size - 1)) * sd / x.size**0.5
    return [float(x.mean()), float(x.mean()) - half, float(x.mean()) + half, x.size, 2.8 * sd / x.size**0.5]


def floor(widths: list[int], y: list[float], law: str, column: str) -> tuple[float, Any]:
    """The asymptote of a law, and what the question `asymptote` says of it."""
    made = fit(law, Table({column: [float(w) for w in widths], "y": y}), draws=100)
    assert isinstance(made, Fit)
    level = asymptote(made)
    return made.params["E"], str(level) if isinstance(level, Undecided) else [level.estimate, level.low, level.high]


def judged(found: Cells) -> dict[str, Any]:
    """Claims, asymptotes and losses by width."""
    texts = range(TEXTS)
    most, least, largest = EPOCHS[-1], EPOCHS[0], WIDTHS[-1]
    usual = {t: {w: found[t, w, most, USUAL, 1][1] for w in WIDTHS} for t in texts}
    chosen = {t: {w: best(found, t, w, 1) for w in WIDTHS} for t in texts}
    tuned = {t: {w: found[t, w, *chosen[t][w], 1][1] for w in WIDTHS} for t in texts}
    stopped = {t: {w: found[t, w, *best(found, t, w, 1, (USUAL,)), 1][1] for w in WIDTHS} for t in texts}
    of_all = {t: {w: best(found, t, w, MEMBERS) for w in WIDTHS} for t in texts}
    many = {t: {w: [found[t, w, *of_all[t][w], k][1] for k in range(1, MEMBERS + 1)] for w in WIDTHS} for t in texts}
    out: dict[str, Any] = {"claims": {
        "usual decay: largest less best width": interval([usual[t][largest] - min(usual[t].values()) for t in texts]),
        "usual decay, largest: most less least epochs": interval(
            [found[t, largest, most, USUAL, 1][1] - found[t, largest, least, USUAL, 1][1] for t in texts]),
        "tuned: smallest less largest": interval([tuned[t][WIDTHS[0]] - tuned[t][largest] for t in texts]),
        "tuned: fourth less largest": interval([tuned[t][WIDTHS[3]] - tuned[t][largest] for t in texts]),
        "largest: usual decay, epochs chosen, less tuned": interval(
            [stopped[t][largest] - tuned[t][largest] for t in texts]),
        "largest: tuned single less ensemble of five": interval(
            [tuned[t][largest] - many[t][largest][-1] for t in texts]),
        "smallest: tuned single less ensemble of five":
            interval([tuned[t][WIDTHS[0]] - many[t][WIDTHS[0]][-1] for t in texts]),
    }}  # fmt: skip
    sizes = [params(w) for w in WIDTHS]
    single = [floor(sizes, list(tuned[t].values()), "regularised", "params")[0] for t in texts]
    floors = {
        t: {w: floor(list(range(1, MEMBERS + 1)), many[t][w], "ensembles", "members")[0] for w in WIDTHS} for t in texts
    }
    joint = [floor(sizes, list(floors[t].values()), "regularised", "params")[0] for t in texts]
    mean = {name: np.mean([list(of[t].values()) for t in texts], axis=0).tolist()
            for name, of in (("usual", usual), ("stopped", stopped), ("tuned", tuned))}  # fmt: skip
    ensembles = np.mean([[many[t][w] for w in WIDTHS] for t in texts], axis=0)
    out["asymptotes"] = {
        "single": interval(single), "ensembles of the largest": interval([floors[t][largest] for t in texts]),
        "joint": interval(joint),
        "single less ensembles of the largest": interval(
            [a - floors[t][largest] for t, a in zip(texts, single, strict=True)]),
        "single less joint": interval([a - b for a, b in zip(single, joint, strict=True)]),
        "of the mean over texts": floor(sizes, mean["tuned"], "regularised", "params")[1],
        "of the mean, ensembles of the largest":
            floor(list(range(1, MEMBERS + 1)), ensembles[-1].tolist(), "ensembles", "members")[1],
    }  # fmt: skip
    out["widths"] = {
        str(w): {name: of[i] for name, of in mean.items()}
        | {"ensemble of five": float(ensembles[i, -1]), "members": ensembles[i].tolist(),
           "chosen": [list(chosen[t][w]) for t in texts], "chosen for five": [list(of_all[t][w]) for t in texts]}
        for i, w in enumerate(WIDTHS)
    }  # fmt: skip
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--train", action="store_true")
    if parser.parse_args().train:
        record()
    out = dict(zip(("one rate", "rate as 1/width"), map(judged, cells()), strict=True))
    (HERE / "fixed_data.json").write_text(json.dumps(rounded(out), indent=1) + "\n", "utf-8")
    print(json.dumps(rounded(out), indent=1))


def rounded(told: Any) -> Any:
    if isinstance(told, dict):
        return {key: rounded(value) for key, value in told.items()}
    if isinstance(told, list):
        return [rounded(value) for value in told]
    return (float(f"{told:.4g}") if np.isfinite(told) else None) if isinstance(told, float) else told


if __name__ == "__main__":
    main()
