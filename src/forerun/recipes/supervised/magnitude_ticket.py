"""Magnitude-pruned tickets: the largest weights of a trained network, set back to where they started."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from forerun.core import BadInput, UnknownName
from forerun.recipes.part import Setup, fitting, missing_start
from forerun.recipes.slots import Start


def masks(state: Mapping[str, Tensor], keep: float) -> dict[str, Tensor]:
    """For every matrix of a state, ones where its largest ``keep`` share of weights lies.

    Example:
        >>> masks({"w": torch.tensor([[1.0, -4.0], [3.0, 2.0]]), "b": torch.ones(2)}, 0.5)["w"].tolist()
        [[0.0, 1.0], [1.0, 0.0]]
    """
    if not 0.0 < keep <= 1.0:
        raise BadInput(f"the share kept must lie in (0, 1], not {keep:g}", where="magnitude_ticket")
    largest: dict[str, Tensor] = {}
    for name, value in state.items():
        if value.dim() >= 2:
            count = max(1, round(keep * value.numel()))
            size = value.abs().flatten()
            largest[name] = torch.zeros_like(size).index_fill_(0, size.topk(count).indices, 1.0).reshape(value.shape)
    return largest


def shuffled(of: Mapping[str, Tensor], generator: torch.Generator) -> dict[str, Tensor]:
    """Masks of the same shares at random places: the control."""
    return {name: mask.flatten()[_order(mask, generator)].reshape(mask.shape) for name, mask in of.items()}


def _order(mask: Tensor, generator: torch.Generator) -> Tensor:
    return torch.randperm(mask.numel(), generator=generator, device=generator.device).to(mask.device)


class Ticket(nn.Module):
    """Holds a network to its masks: call it once before training and after every optimizer step.

    Args:
        model: the network. of: masks by the names of its parameters; those without one are left as they are.

    Raises:
        UnknownName: a mask of a parameter that the network lacks.

    Example:
        >>> net = nn.Linear(2, 1, bias=False)
        >>> _ = net.weight.data.copy_(torch.tensor([[1.0, -4.0]]))
        >>> Ticket(net, masks(net.state_dict(), 0.5))()
        >>> net.weight.tolist()
        [[0.0, -4.0]]
    """

    def __init__(self, model: nn.Module, of: Mapping[str, Tensor]) -> None:
        super().__init__()
        parameters = dict(model.named_parameters())
        for name, mask in of.items():
            if name not in parameters:
                raise UnknownName("parameter", name, parameters, where="magnitude_ticket")
            self.register_buffer(_buffer(name), mask.to(parameters[name].device))
        self._held = [(name, parameters[name]) for name in of]

    @torch.no_grad()
    def forward(self) -> None:
        """Set the weights outside of the masks to zero."""
        for name, weights in self._held:
            weights.mul_(self.get_buffer(_buffer(name)).to(weights))


def _buffer(name: str) -> str:
    """A parameter's name as a buffer may be named."""
    return name.replace(".", "/")


@dataclass(frozen=True)
class MaskedStart(Start):
    """The world's weights, held to a mask of the largest ones of the start.

    Args:
        keep: the share of each matrix kept, in (0, 1]. random: as many at random places, which is the control.
    """

    name: ClassVar[str] = "masked"
    limits: ClassVar[Mapping[str, tuple[float, float]]] = {"keep": (1e-6, 1.0)}
    keep: float = 0.4
    random: bool = False

    def init(self, setup: Setup) -> Ticket:
        largest = _largest(setup, self.keep, self.name)
        ticket = Ticket(setup.model, shuffled(largest, setup.world.random) if self.random else largest)
        ticket()
        return ticket

    def hold(self, state: Ticket) -> None:
        state()


@dataclass(frozen=True)
class ScaledStart(Start):
    """The world's weights, all of them, each matrix scaled to the norm that it would have under the mask: the control.

    Args:
        keep: the share of each matrix that the mask would keep, in (0, 1]. norm: 1 or 2, that which is matched.
    """

    name: ClassVar[str] = "scaled"
    limits: ClassVar[Mapping[str, tuple[float, float]]] = {"keep": (1e-6, 1.0), "norm": (1, 2)}
    keep: float = 0.4
    norm: int = 2

    @torch.no_grad()
    def init(self, setup: Setup) -> Any:
        largest = _largest(setup, self.keep, self.name)
        for name, weights in setup.model.named_parameters():
            if name in largest:
                kept = largest[name].to(weights) * weights
                whole = weights.norm(self.norm)
                weights.mul_(torch.where(whole > 0, kept.norm(self.norm) / whole, 1.0))  # a matrix may start at 0
        return super().init(setup)


def _largest(setup: Setup, keep: float, part: str) -> dict[str, Tensor]:
    """The masks of the start's largest weights."""
    if setup.start is None:
        raise missing_start(part, "its largest weights are the mask")
    fitting(setup.start, setup.model, "start")
    return masks(setup.start, keep)
