"""Averages of weights: along one run (exponential or uniform) and over several (a soup)."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from forerun.core import BadInput

State = Mapping[str, Tensor]


class WeightAverage(nn.Module):
    """The running average of a network's weights.

    It holds ``average``, a copy of the network to evaluate, follows the network to another device, and keeps the
    precision that it was made with.

    Args:
        model: the network. decay: share of the old average kept at each update; None averages all updates uniformly.

    Example:
        >>> net = nn.Linear(1, 1, bias=False)
        >>> kept = WeightAverage(net, decay=None)
        >>> for value in (1.0, 2.0, 3.0):
        ...     _ = net.weight.data.fill_(value)
        ...     kept.update()
        >>> kept.state["weight"].item()
        2.0
    """

    def __init__(self, model: nn.Module, *, decay: float | None = 0.99) -> None:
        super().__init__()
        self.average = copy.deepcopy(model).requires_grad_(False)
        self.count: Tensor
        self.register_buffer("count", torch.zeros((), dtype=torch.long))
        self.decay = decay
        self._of = (model,)  # in a tuple, so that its weights are no part of this one's state

    @property
    def state(self) -> State:
        """The averaged weights by name, as the network's ``load_state_dict`` takes them."""
        return self.average.state_dict()

    @torch.no_grad()
    def update(self) -> None:
        """Take the weights as they are now into the average."""
        (model,) = self._of
        self.count += 1
        count = int(self.count)
        rest = 1.0 / count if self.decay is None else max(1.0 - self.decay, 1.0 / count)
        for mean, value in zip(_tensors(self.average), _tensors(model), strict=True):
            mean.data = mean.data.to(value.device)
            if mean.is_floating_point():
                mean.lerp_(value.to(mean.dtype), rest)
            else:
                mean.copy_(value)


def _tensors(model: nn.Module) -> list[Tensor]:
    """Parameters and buffers, those that are shared once."""
    return [*model.parameters(), *model.buffers()]


def soup(states: Sequence[State]) -> dict[str, Tensor]:
    """The uniform average of several networks' weights.

    Raises:
        BadInput: none given, or their names or shapes differ.

    Example:
        >>> soup([{"w": torch.tensor([1.0])}, {"w": torch.tensor([3.0])}])
        {'w': tensor([2.])}
    """
    if not states or any(s.keys() != states[0].keys() for s in states):
        raise BadInput(f"needs at least one state, all with the same names, but got {len(states)}", where="soup")
    return {
        name: torch.stack([state[name].to(_wide(value)) for state in states]).mean(dim=0).to(value.dtype)
        for name, value in states[0].items()
    }


def _wide(value: Tensor) -> torch.dtype:
    """What an average is taken in: single precision at least."""
    return torch.promote_types(value.dtype, torch.float32)
