"""Do the measures of an induction circuit move before in-context accuracy jumps?

    python evidence/probes/abrupt.py

Sequences of four items, each with its label, and one of the items again, whose label is to be said: 64 classes, each
item its class's vector and noise of half its size, 32 labels. Two layers of attention alone, one head each, width 64,
positions learned, Adam at 1e-3, batches of 64, 1,500 steps, seeds 0 to 4. In the cells "in context" labels are drawn
anew for each sequence, so that only the context tells them; in the control "in weights" each class has one label for
ever and the query's item does not stand in its context. Every ten steps the accuracy on 256 new sequences and the two
measures of `induction` there, for the query alone. Leads by `lead` at 5% of the way, from step 100 on: by then
attention goes to labels alone, to all alike, and the accuracy is a quarter. All goes to ``abrupt.json``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from written import write

from forerun.core import Undecided
from forerun.evaluate.probes.induction import Induction, induction
from forerun.evaluate.probes.lead import lead

CLASSES, LABELS, PAIRS, WIDTH, STEPS = 64, 32, 4, 64, 1500
PLACES = 2 * PAIRS + 1


class Attention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norm, self.qkv = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, 3 * WIDTH)
        self.back = nn.Linear(WIDTH, WIDTH)

    def forward(self, h: Tensor) -> tuple[Tensor, Tensor]:
        q, k, v = self.qkv(self.norm(h)).chunk(3, dim=-1)
        logits = q @ k.transpose(-1, -2) / WIDTH**0.5
        later = torch.ones(PLACES, PLACES, dtype=torch.bool).triu(1)
        weights = functional.softmax(logits.masked_fill(later, -torch.inf), dim=-1)
        return h + self.back(weights @ v), weights


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.place, self.label = nn.Embedding(PLACES, WIDTH), nn.Embedding(LABELS, WIDTH)
        self.item = nn.Linear(WIDTH, WIDTH)
        self.layers = nn.ModuleList([Attention(), Attention()])
        self.out = nn.Sequential(nn.LayerNorm(WIDTH), nn.Linear(WIDTH, LABELS))

    def forward(self, items: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        h = torch.zeros(len(items), PLACES, WIDTH)
        h[:, 0::2], h[:, 1::2] = self.item(items), self.label(labels)
        h, maps = h + self.place.weight, []
        for layer in self.layers:
            h, weights = layer(h)
            maps.append(weights)
        return self.out(h[:, -1]), torch.stack(maps)


def sequences(n: int, vectors: Tensor, fixed: Tensor | None, random: torch.Generator) -> tuple[Tensor, ...]:
    """Items (n, 5, width), labels of the four (n, 4), the query's label, and classes and labels as symbols (n, 9)."""
    classes = torch.rand(n, CLASSES, generator=random).argsort(dim=1)[:, : PAIRS + 1]
    drawn = torch.rand(n, LABELS, generator=random).argsort(dim=1)[:, :PAIRS]
    labels = drawn if fixed is None else fixed[classes[:, :PAIRS]]
    copied = torch.randint(PAIRS, (n,), generator=random)
    if fixed is None:
        classes[:, -1] = classes[torch.arange(n), copied]
    answer = labels[torch.arange(n), copied] if fixed is None else fixed[classes[:, -1]]
    items = vectors[classes] + 0.5 * torch.randn(n, PAIRS + 1, WIDTH, generator=random)
    symbols = torch.zeros(n, PLACES, dtype=torch.long)
    symbols[:, 0::2], symbols[:, 1::2] = classes, CLASSES + torch.arange(PAIRS)
    return items, labels, answer, symbols


def run(seed: int, in_weights: bool) -> list[dict[str, float]]:
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    random = torch.Generator().manual_seed(seed)
    vectors = torch.randn(CLASSES, WIDTH, generator=random)
    fixed = torch.randint(LABELS, (CLASSES,), generator=random) if in_weights else None
    model = Net()
    optimizer, rows = torch.optim.Adam(model.parameters(), lr=1e-3), []
    for step in range(STEPS + 1):
        if step % 10 == 0:
            items, labels, answer, symbols = sequences(256, vectors, fixed, random)
            with torch.no_grad():
                logits, maps = model(items, labels)
            if in_weights:  # no copy stands in the context: look at the first item instead, an arbitrary one
                symbols[:, -1] = symbols[:, 0]
            heads = induction(maps[:, None].numpy(), symbols.numpy())
            assert isinstance(heads, Induction)
            accuracy = (logits.argmax(dim=1) == answer).float().mean().item()
            rows.append({"step": step, "accuracy": accuracy, "previous": heads.previous, "matching": heads.matching})
        items, labels, answer, _ = sequences(64, vectors, fixed, random)
        loss = functional.cross_entropy(model(items, labels)[0], answer)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return [{name: round(value, 4) for name, value in row.items()} for row in rows]


def main() -> None:
    judged, checkpoints = [], []
    for seed, in_weights in [*((seed, False) for seed in range(5)), *((seed, True) for seed in range(2))]:
        cell: dict[str, object] = {"seed": seed, "labels": "in weights" if in_weights else "in context"}
        rows = run(seed, in_weights)
        columns = {name: np.array([row[name] for row in rows]) for name in rows[0]}
        for measure in ("previous", "matching"):
            known = columns["step"] >= 100
            answer = lead(columns["step"][known], columns[measure][known], columns["accuracy"][known])
            row = cell | {"measure": measure, "first": columns[measure][0], "last": columns[measure][-1]}
            row["accuracy"] = columns["accuracy"][-1]
            judged.append(row | {"lead": answer.why if isinstance(answer, Undecided) else vars(answer)})
        checkpoints += [cell | row for row in rows]
        print(judged[-2:], flush=True)
        write(Path(__file__).with_name("abrupt.json"), {"judged": judged, "checkpoints": checkpoints})


if __name__ == "__main__":
    main()
