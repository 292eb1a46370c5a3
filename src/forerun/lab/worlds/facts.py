"""Facts: a small transformer learns who stands in which relation to whom, told in several phrasings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from forerun.core import Card
from forerun.lab.models.transformer import Transformer
from forerun.lab.world import Opened, World
from forerun.recipes.world import Batch, Criterion, Moment, Predicted

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
_SETTINGS: Mapping[str, Any] = {"size": "s", "people": 120, "relations": 4, "values": 20, "phrasings": 6}
"""``people`` in four groups: told of in one, two or all but one of the ``phrasings``, and never. ``values`` a relation
can take."""
_TRAINING: Mapping[str, Any] = {
    "steps": 1500, "lr": 3e-3, "warmup": 50, "optimizer": "adamw", "weight_decay": 0.01, "clip": 1.0, "batch": 64,
    "eval_every": 100,
}  # fmt: skip
GROUPS = ("never", "one", "two", "many")


class FactsWorld(Opened):
    """People, and what is told of them; a fact is a person's relation."""

    criterion: Criterion = "cross_entropy"

    def __init__(self, settings: Mapping[str, Any], seed: int) -> None:
        super().__init__(seed)
        random = self.random
        people, relations, values, phrasings = (
            int(settings[k]) for k in ("people", "relations", "values", "phrasings")
        )
        self.relations, self.values, self.size = relations, values, settings["size"]
        self.answers = torch.randint(values, (people, relations), generator=random)
        group = torch.arange(people) % len(GROUPS)
        self.order = torch.stack([torch.randperm(phrasings, generator=random) for _ in range(people)])
        self.told_in = torch.tensor([0, 1, 2, phrasings - 1])[group]  # the last of each person's order is never used
        self.start = {"phrase": values, "relation": values + phrasings, "person": values + phrasings + relations}
        self.symbols = values + phrasings + relations + people
        self.known = torch.nonzero(self.told_in > 0).flatten()
        person, relation = torch.cartesian_prod(torch.arange(people), torch.arange(relations)).T
        self.questions = self._rows(person, relation, self.order[person, phrasings - 1])
        self.truth, self.group, self.wordings = self.answers[person, relation], group[person], self.told_in[person]
        self.valid = relation % 2 == 0  # relations that validation sees; the others are gold

    def model(self) -> nn.Module:
        return Transformer(self.symbols, 3, self.size)

    def fresh(self, count: int, moment: Moment) -> Batch:
        person = self.known[torch.randint(len(self.known), (count,), generator=self.random)]
        relation = torch.randint(self.relations, (count,), generator=self.random)
        which = (torch.rand(count, generator=self.random) * self.told_in[person]).long()
        rows = self._rows(person, relation, self.order[person, which])
        return Batch((rows, self.answers[person, relation]), count, 4 * count)

    def predict(self, model: nn.Module, batch: Batch) -> Predicted:
        return Predicted(model(batch.data[0])[:, -1, : self.values], batch.data[1])

    def recall(self, model: nn.Module) -> Tensor:
        return model(self.questions)[:, -1, : self.values].argmax(dim=-1) == self.truth

    def evaluate(self, model: nn.Module, moment: Moment) -> dict[str, float]:
        right, valid, known = self.recall(model), self.valid, self.group > 0
        metrics = {f"gold/acc{{told={name}}}": right[~valid & (self.group == i)].float().mean().item()
                for i, name in enumerate(GROUPS)}  # fmt: skip
        metrics["gold/acc"] = right[~valid & known].float().mean().item()
        metrics["val/acc"] = right[valid & known].float().mean().item()
        answers = self.predict(model, Batch((self.questions[valid & known], self.truth[valid & known]), 0))
        return metrics | {"val/loss": functional.cross_entropy(answers.outputs, answers.targets).item()}

    def _rows(self, person: Tensor, relation: Tensor, phrase: Tensor) -> Tensor:
        """(n, 3): half of the phrasings name the person first, the others the relation."""
        start = self.start
        named = torch.stack([start["person"] + person, start["relation"] + relation], dim=1)
        named = torch.where((phrase % 2 == 0)[:, None], named, named.flip(1))
        return torch.cat([start["phrase"] + phrase[:, None], named], dim=1)


FACTS = World(card=CARD, settings=_SETTINGS, training=_TRAINING, open=FactsWorld)
