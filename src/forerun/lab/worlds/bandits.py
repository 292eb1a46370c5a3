"""Bandits that switch: a recurrent policy learns by reinforcement to find the best arm, and to find it again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from forerun.core import Card
from forerun.lab.world import Opened, World
from forerun.recipes.world import AnswerScores, Batch, Moment

CARD = Card(
    name="bandits",
    does="Trains a recurrent policy by REINFORCE on bandits whose best arm switches within an episode.",
    source="ours, after Wang et al. 2016 and Duan et al. 2016 (learning to reinforcement-learn)",
    assumes="Nothing.",
    needs="The extra [lab]; 15 seconds.",
    promises="gold/reward is of bandits never trained on, 0 for arms at random and 1 for the best arm always.",
    known_answer="With the defaults gold/reward ends above 0.3.",
    control="Where rewards are shuffled over the batch it stays near 0.",
)
_SETTINGS: Mapping[str, Any] = {"arms": 4, "episode": 30, "switch": 0.05, "width": 32}
"""``switch``: the chance at each pull that another arm becomes the best."""
_TRAINING: Mapping[str, Any] = {
    "steps": 600, "lr": 5e-3, "schedule": "constant", "optimizer": "adamw", "clip": 1.0, "batch": 64, "eval_every": 25,
}  # fmt: skip
_GOOD, _BAD = 0.9, 0.1  # chances of a reward of the best arm and of the others
_GOLD, _VALID = 256, 128


class _Policy(nn.Module):
    """Arms pulled, one-hot, and their rewards -> logits of the next arm and an estimate of what is to come."""

    def __init__(self, arms: int, width: int) -> None:
        super().__init__()
        self.arms = arms
        self.memory = nn.GRU(arms + 1, width, batch_first=True)
        self.arm, self.worth = nn.Linear(width, arms), nn.Linear(width, 1)

    def forward(self, observations: Tensor) -> tuple[Tensor, Tensor]:
        states, _ = self.memory(observations)
        return self.arm(states), self.worth(states)[..., 0]

    def play(self, bests: Tensor, random: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """Episodes: what was observed before each pull (n, t, arms + 1), the arms pulled and their rewards (n, t)."""
        count, length = bests.shape
        observation, state = torch.zeros(count, self.arms + 1), torch.zeros(count, self.memory.hidden_size)
        weights, one_hot, race = [*self.memory.parameters()], torch.eye(self.arms), torch.empty(count, self.arms)
        steps: list[tuple[Tensor, ...]] = []
        for t in range(length):
            state = torch.gru_cell(observation, state, *weights)
            drawn = torch.softmax(self.arm(state), dim=-1) / race.exponential_(generator=random)  # as multinomial does
            pulled = drawn.argmax(dim=1)
            chance = torch.where(pulled == bests[:, t], _GOOD, _BAD)
            reward = (torch.rand(count, generator=random) < chance).float()
            steps.append((observation, pulled, reward))
            observation = torch.cat([one_hot[pulled], reward[:, None]], dim=1)
        observed, pulled, reward = (torch.stack(part, dim=1) for part in zip(*steps, strict=True))
        return observed, pulled, reward


class BanditsWorld(Opened):
    """Bandits that pay at every pull; a prompt is which arm is the best when."""

    def __init__(self, settings: Mapping[str, Any], seed: int) -> None:
        super().__init__(seed)
        self.arms, self.length, self.width = (int(settings[k]) for k in ("arms", "episode", "width"))
        self.switch, self.seed = settings["switch"], seed
        self.sets = {name: self._bests(count) for name, count in (("val", _VALID), ("gold", _GOLD))}

    def model(self) -> nn.Module:
        return _Policy(self.arms, self.width)

    def prompts(self, count: int) -> Batch:
        return Batch((self._bests(count),), count)

    def episode(self) -> int:
        return self.length

    def symbols(self, prompts: Batch) -> int:
        return prompts.samples * self.length

    def answer(self, model: _Policy, prompts: Batch, group: int) -> tuple[Tensor, ...]:
        return model.play(prompts.data[0].repeat_interleave(group, dim=0), self.random)

    def reward(self, answers: tuple[Tensor, ...]) -> Tensor:
        return answers[2]

    def score(self, model: _Policy, answers: tuple[Tensor, ...]) -> AnswerScores:
        logits, worth = model(answers[0])
        logp = torch.log_softmax(logits, dim=-1)
        chosen = logp.gather(-1, answers[1][..., None])[..., 0]
        return AnswerScores(chosen, -(logp.exp() * logp).sum(dim=-1), worth)

    def evaluate(self, model: _Policy, moment: Moment) -> dict[str, float]:
        fixed = torch.Generator().manual_seed(self.seed)
        metrics: dict[str, float] = {}
        for name, bests in self.sets.items():
            reward = model.play(bests, fixed)[2].mean().item()
            chance = _BAD + (_GOOD - _BAD) / self.arms
            metrics[f"{name}/reward"] = (reward - chance) / (_GOOD - chance)
        return metrics

    def _bests(self, count: int) -> Tensor:
        """The best arm at every pull of every episode, (count, length)."""
        best = torch.randint(self.arms, (count,), generator=self.random)
        bests: list[Tensor] = []
        for _ in range(self.length):
            bests.append(best)
            moved = torch.rand(count, generator=self.random) < self.switch
            other = best + torch.randint(1, self.arms, (count,), generator=self.random)
            best = torch.where(moved, other % self.arms, best)
        return torch.stack(bests, dim=1)


BANDITS = World(card=CARD, settings=_SETTINGS, training=_TRAINING, open=BanditsWorld)
