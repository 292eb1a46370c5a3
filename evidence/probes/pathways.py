"""Do the routes through a tiny mixture of experts grow alike before it generalises? Only training data are looked at.

    python evidence/probes/pathways.py

a + b mod 31 on 80% of all unordered pairs, full batch, AdamW at 1e-2, falling to 0, with weight decay 1: an embedding,
two residual layers of four experts each, the likelier one a sample, with a loss for even load; 2,000 steps, seeds 0 to
3; as the control seeds 0 and 1 with labels at random, where there is nothing to generalise. Every 25 steps distance
and complexity of the training pairs' routes, and both accuracies. Then, of each run: by how many steps each measure's
fall leads the rise of held-out accuracy, and the rank correlation over checkpoints, once the training accuracy has
reached 99%, of the measure with the gain still to come, beside that of the steps left: whatever falls over a training
has the latter. All goes to ``pathways.json``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from written import write

from forerun.core import Undecided
from forerun.evaluate.probes.lead import lead
from forerun.evaluate.probes.pathways import Pathways, pathway_complexity, pathway_distance
from forerun.stats.ranks import rank_correlation

P, WIDTH, LAYERS, EXPERTS, STEPS = 31, 64, 2, 4, 2000


class Layer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norm, self.gate = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, EXPERTS, bias=False)
        self.into = nn.Parameter(torch.randn(EXPERTS, WIDTH, WIDTH) / WIDTH**0.5)
        self.back = nn.Parameter(torch.randn(EXPERTS, WIDTH, WIDTH) / WIDTH**0.5)

    def forward(self, h: Tensor) -> tuple[Tensor, Tensor]:
        x = self.norm(h)
        share = functional.softmax(self.gate(x), dim=-1)
        best, which = share.max(dim=-1)
        every = torch.einsum("enw,ewv->env", functional.relu(torch.einsum("nw,ewv->env", x, self.into)), self.back)
        return h + best[:, None] * every[which, torch.arange(len(h))], share


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed, self.out = nn.Embedding(P, WIDTH), nn.Linear(WIDTH, P)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))

    def forward(self, pairs: Tensor) -> tuple[Tensor, Tensor]:
        h, shares = self.embed(pairs).sum(dim=1), []
        for layer in self.layers:
            h, share = layer(h)
            shares.append(share)
        return self.out(h), torch.stack(shares, dim=1)


def load(shares: Tensor) -> Tensor:
    """1 where the experts of every layer are taken evenly (Fedus, Zoph, Shazeer 2022)."""
    taken = functional.one_hot(shares.argmax(dim=-1), EXPERTS).float().mean(dim=0)
    return EXPERTS * (taken * shares.mean(dim=0)).sum(dim=-1).mean()


@torch.no_grad()
def checkpoint(model: Net, step: int, known: tuple[Tensor, Tensor], other: tuple[Tensor, Tensor]) -> dict[str, float]:
    logits, shares = model(known[0])
    distance = pathway_distance(shares.argmax(dim=-1).numpy())
    complexity = pathway_complexity(shares.numpy(), torch.stack([one.gate.weight for one in model.layers]).numpy())
    assert isinstance(distance, Pathways) and not isinstance(complexity, Undecided)
    train = (logits.argmax(dim=1) == known[1]).float().mean().item()
    held_out = (model(other[0])[0].argmax(dim=1) == other[1]).float().mean().item()
    row = {"step": step, "distance": distance.distance, "complexity": complexity, "train": train, "held_out": held_out}
    return {name: round(value, 4) for name, value in row.items()} | {"load": round(load(shares).item(), 3)}


def run(seed: int, at_random: bool) -> list[dict[str, float]]:
    torch.set_num_threads(1)
    random = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    pairs = torch.combinations(torch.arange(P), with_replacement=True)
    pairs = pairs[torch.randperm(len(pairs), generator=random)]
    labels = torch.randint(P, (len(pairs),), generator=random) if at_random else pairs.sum(dim=1) % P
    cut = round(0.8 * len(pairs))
    known, other = (pairs[:cut], labels[:cut]), (pairs[cut:], labels[cut:])
    model = Net()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2, betas=(0.9, 0.98), weight_decay=1.0)
    rows = []
    for step in range(STEPS + 1):
        if step % 25 == 0:
            rows.append(checkpoint(model, step, known, other))
        logits, shares = model(known[0])
        optimizer.param_groups[0]["lr"] = 1e-2 * (1.0 - step / (STEPS + 1))
        loss = functional.cross_entropy(logits, known[1]) + 0.01 * load(shares)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return rows


def judged(rows: list[dict[str, float]], cell: dict[str, object]) -> list[dict[str, object]]:
    """Of each measure: its lead, and how what is left of it ranks the gain to come, beside how the steps left do."""
    columns = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    answers: list[dict[str, object]] = []
    for measure in ("distance", "complexity"):
        early = lead(columns["step"], columns[measure], columns["held_out"], direction="falls")
        known = columns["train"] >= 0.99
        to_come = columns["held_out"][-1] - columns["held_out"]
        ranks, by_step = (rank_correlation(one[known], to_come[known]) for one in (columns[measure], -columns["step"]))
        answer = cell | {"measure": measure, "first": columns[measure][0], "last": columns[measure][-1]}
        answer["lead"] = early.why if isinstance(early, Undecided) else vars(early)
        answer["ranks"] = ranks.why if isinstance(ranks, Undecided) else vars(ranks)
        answers.append(answer | {"steps_left": by_step.why if isinstance(by_step, Undecided) else vars(by_step)})
    return answers


def main() -> None:
    judgements, checkpoints = [], []
    for seed, at_random in [*((seed, False) for seed in range(4)), *((seed, True) for seed in range(2))]:
        cell: dict[str, object] = {"seed": seed, "labels": "at random" if at_random else "sums"}
        rows = run(seed, at_random)
        judgements += judged(rows, cell)
        checkpoints += [cell | row for row in rows]
        print(judgements[-2:], flush=True)
        write(Path(__file__).with_name("pathways.json"), {"judged": judgements, "checkpoints": checkpoints})


if __name__ == "__main__":
    main()
