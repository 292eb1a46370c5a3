"""Facts: a small transformer learns who stands in which relation to whom, told in several phrasings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from forerun.core import Card
from forerun.lab import loop
from forerun.lab.log import MetricsLog
from forerun.lab.transformer import Transformer
from forerun.lab.workload import Workload

CARD = Card(
    name="facts",
    does="Trains a small transformer on facts about synthetic people, some told more often or in more phrasings.",
    source="ours, after Allen-Zhu and Li 2023 (knowledge storage and extraction)",
    assumes="Nothing.",
    needs="The extra [lab]; 10 seconds.",
    promises="gold/acc is recall in a phrasing never used of that person; slices by how many phrasings it was told in.",
    known_answer="People told of in several phrasings are recalled in a new one, those told of in one less often.",
    control="Of people never told of, recall is at chance.",
)
_DEFAULTS: Mapping[str, Any] = {
    **loop.DEFAULTS,
    "size": "s",
    "steps": 1500,
    "lr": 3e-3,
    "warmup": 50,
    "optimizer": "adamw",
    "weight_decay": 0.01,
    "clip": 1.0,
    "batch": 64,
    "eval_every": 100,
    "people": 120,
    "relations": 4,
    "values": 20,
    "phrasings": 6,
}
"""``people`` in four groups: told of in one, two or all but one of the ``phrasings``, and never. ``values`` a relation
can take."""
GROUPS = ("never", "one", "two", "many")


def _train(settings: Mapping[str, Any], seed: int, log: MetricsLog) -> dict[str, float]:
    """Train; see `_DEFAULTS`."""
    random = loop.seeded(seed)
    people, relations, values, phrasings = (int(settings[k]) for k in ("people", "relations", "values", "phrasings"))
    answers = torch.randint(values, (people, relations), generator=random)
    group = torch.arange(people) % len(GROUPS)
    order = torch.stack([torch.randperm(phrasings, generator=random) for _ in range(people)])
    told_in = torch.tensor([0, 1, 2, phrasings - 1])[group]  # the last phrasing of each person's order is never used
    start = {"phrase": values, "relation": values + phrasings, "person": values + phrasings + relations}
    symbols = values + phrasings + relations + people
    model = Transformer(symbols, 3, settings["size"])

    def rows(person: Tensor, relation: Tensor, phrase: Tensor) -> Tensor:
        """(n, 3): half of the phrasings name the person first, the others the relation; and the answers (n,)."""
        named = torch.stack([start["person"] + person, start["relation"] + relation], dim=1)
        named = torch.where((phrase % 2 == 0)[:, None], named, named.flip(1))
        return torch.cat([start["phrase"] + phrase[:, None], named], dim=1)

    known = torch.nonzero(told_in > 0).flatten()

    def batch(_: int) -> loop.Batch:
        n = int(settings["batch"])
        person = known[torch.randint(len(known), (n,), generator=random)]
        relation = torch.randint(relations, (n,), generator=random)
        which = (torch.rand(n, generator=random) * told_in[person]).long()
        return loop.Batch((rows(person, relation, order[person, which]), answers[person, relation]), n, 4 * n)

    def loss(net: nn.Module, data: tuple[Any, ...]) -> Tensor:
        return functional.cross_entropy(net(data[0])[:, -1, :values], data[1])

    everyone = torch.cartesian_prod(torch.arange(people), torch.arange(relations))
    fresh = rows(everyone[:, 0], everyone[:, 1], order[everyone[:, 0], phrasings - 1])
    truth = answers[everyone[:, 0], everyone[:, 1]]
    half = everyone[:, 1] % 2 == 0  # relations that validation sees; the others are gold

    def evaluate(net: nn.Module) -> dict[str, float]:
        right = net(fresh)[:, -1, :values].argmax(dim=-1) == truth
        mine = group[everyone[:, 0]]
        metrics = {f"gold/acc{{told={name}}}": right[~half & (mine == i)].float().mean().item()
                for i, name in enumerate(GROUPS)}  # fmt: skip
        metrics["gold/acc"] = right[~half & (mine > 0)].float().mean().item()
        metrics["val/acc"] = right[half & (mine > 0)].float().mean().item()
        metrics["val/loss"] = loss(net, (fresh[half & (mine > 0)], truth[half & (mine > 0)])).item()
        return metrics

    return loop.train(loop.Task(model, batch, loss, evaluate), settings, log)


FACTS = Workload(card=CARD, defaults=_DEFAULTS, train=_train)
