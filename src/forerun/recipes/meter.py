"""The meter: the only optimizer step, the only sampler, the only reward call, so that whatever is done is counted."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

T = TypeVar("T")
COLUMNS = ("steps", "samples", "tokens", "rollout_tokens", "flops", "seconds")
"""What is counted, and what a budget may be of."""


@dataclass
class Cost:
    """What was spent.

    Args:
        steps: optimizer steps. samples, tokens: examples and tokens that steps were taken on; repeats count.
        rollout_tokens: symbols sampled from a policy.
        flops: 6 N a token (or sample) of a step, 2 N a sampled symbol, N the parameters.
        seconds: since the start. phases: of these, by what was done in them.
    """

    steps: int = 0
    samples: int = 0
    tokens: int = 0
    rollout_tokens: int = 0
    flops: float = 0.0
    seconds: float = 0.0
    phases: dict[str, float] = field(default_factory=dict[str, float])

    def columns(self) -> dict[str, float]:
        """All as numbers by name: those of `COLUMNS`, and ``seconds/PHASE``."""
        numbers = asdict(self)
        return {name: numbers[name] for name in COLUMNS} | {f"seconds/{name}": s for name, s in self.phases.items()}


class Meter:
    """Counts a training. Every engine steps, samples and asks for rewards through it.

    Args:
        clock: seconds.

    Example:
        >>> net, meter = nn.Linear(2, 1), Meter()
        >>> meter.step(torch.optim.SGD(net.parameters(), lr=0.1), net(torch.ones(3, 2)).mean(), net, samples=3)
        >>> meter.cost.steps, meter.cost.samples, meter.cost.flops
        (1, 3, 54.0)
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self.clock, self.cost = clock, Cost()
        self._since = clock()
        self._counted: tuple[nn.Module | None, int] = (None, 0)

    def step(
        self,
        optimizer: torch.optim.Optimizer,
        loss: Tensor,
        model: nn.Module,
        *,
        samples: int,
        tokens: int = 0,
        clip: float = 0.0,
        watch: Callable[[], None] | None = None,
    ) -> None:
        """One optimizer step on a loss.

        Args:
            loss: with gradient. model: whose parameters are counted and clipped.
            samples, tokens: that the loss was taken on. clip: the largest norm of the gradient; 0 for any.
            watch: called when the gradients are there, before they are clipped.
        """
        with self.phase("train"):
            optimizer.zero_grad()
            loss.backward()  # pyright: ignore[reportUnknownMemberType]
            if watch is not None:
                watch()
            if clip:
                nn.utils.clip_grad_norm_(model.parameters(), clip)
            optimizer.step()
        self.cost.steps += 1
        self.cost.samples += samples
        self.cost.tokens += tokens
        self.cost.flops += 6.0 * self._size(model) * (tokens or samples)

    def sample(self, model: nn.Module, write: Callable[[], T], symbols: int) -> T:
        """What a policy writes, without gradient; ``symbols``: how many that are."""
        with self.phase("sample"), torch.no_grad():
            written = write()
        self.cost.rollout_tokens += symbols
        self.cost.flops += 2.0 * self._size(model) * symbols
        return written

    def reward(self, judge: Callable[[], Tensor]) -> Tensor:
        """What answers are worth, timed."""
        with self.phase("reward"):
            return judge()

    @contextmanager
    def phase(self, name: str) -> Generator[None]:
        """Seconds spent inside are booked under a name."""
        start = self.clock()
        try:
            yield
        finally:
            self.cost.phases[name] = self.cost.phases.get(name, 0.0) + self.clock() - start

    def _size(self, model: nn.Module) -> int:
        """Its parameters, counted when it is first seen: its layers do not change under way."""
        if self._counted[0] is not model:
            self._counted = (model, parameters(model))
        return self._counted[1]

    def tick(self) -> Cost:
        """The cost, its seconds up to now."""
        now = self.clock()
        self.cost.seconds += now - self._since
        self._since = now
        return self.cost

    def state_dict(self) -> dict[str, Any]:
        return asdict(self.tick())

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self.cost = Cost(**state)
        self.cost.phases = dict(self.cost.phases)
        self._since = self.clock()


def parameters(model: nn.Module) -> int:
    """How many parameters a network has, those that are shared once."""
    return sum(p.numel() for p in model.parameters())
