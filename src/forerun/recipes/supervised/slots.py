"""The slots of supervised training, and the parts of each that change nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.nn import functional

from forerun.recipes.part import Numbers, Part, Setup
from forerun.recipes.world import Batch, Criterion, Moment, Predicted


@dataclass(frozen=True)
class Pacing(Part):
    """How much of the data may be shown: a share in (0, 1] of the easiest first."""

    name: ClassVar[str] = "none"

    def share(self, moment: Moment, epoch: int) -> float:
        """At a moment, in an epoch counted from 0."""
        return 1.0


@dataclass(frozen=True)
class Sampler(Part):
    """Which examples a step is taken on."""

    def __call__(self, state: Any, pacing: Pacing, moment: Moment) -> tuple[Batch, Numbers]:
        raise NotImplementedError


@dataclass(frozen=True)
class TargetMask(Part):
    """Which of a batch's targets count."""

    name: ClassVar[str] = "none"

    def __call__(self, state: Any, prediction: Predicted) -> tuple[Predicted, Numbers]:
        return prediction, {}


@dataclass(frozen=True)
class LossPart(Part):
    """What a prediction costs."""

    def __call__(self, state: Any, prediction: Predicted) -> tuple[Tensor, Numbers]:
        raise NotImplementedError


@dataclass(frozen=True)
class Term(Part):
    """A regulariser: what is added to the loss."""

    def __call__(self, state: Any, prediction: Predicted) -> tuple[Tensor, Numbers]:
        raise NotImplementedError


@dataclass(frozen=True)
class PlainLoss(LossPart):
    """The world's own criterion."""

    name: ClassVar[str] = "plain"

    def init(self, setup: Setup) -> Any:
        return _Criterion(setup.world.criterion)

    def __call__(self, state: Any, prediction: Predicted) -> tuple[Tensor, Numbers]:
        return scored(prediction, state.criterion), {}


class _Criterion:
    """A criterion, which does not move."""

    def __init__(self, criterion: Criterion) -> None:
        self.criterion: Criterion = criterion

    def state_dict(self) -> dict[str, Any]:
        return {}

    def load_state_dict(self, state: Any, /) -> None: ...


def scored(prediction: Predicted, criterion: Criterion) -> Tensor:
    """The mean loss of a prediction, where its mask is true.

    Example:
        >>> guess = Predicted(torch.zeros(2, 4), torch.tensor([0, 3]))
        >>> round(scored(guess, "cross_entropy").item(), 4)  # log 4
        1.3863
    """
    if criterion == "cross_entropy":
        return functional.cross_entropy(*counted(prediction))
    outputs, targets = prediction.outputs, prediction.targets
    if prediction.mask is not None:
        outputs, targets = outputs[prediction.mask], targets[prediction.mask]
    if criterion == "absolute":
        return (outputs - targets).abs().mean()
    if criterion == "logistic":
        return functional.softplus(-targets * outputs).mean()
    squares = (outputs - targets).square()
    return squares.sum() / 2.0 if criterion == "frobenius" else squares.mean()


def counted(prediction: Predicted) -> tuple[Tensor, Tensor]:
    """Logits (n, classes) and classes (n,) of all that counts, however many dimensions came before.

    Example:
        >>> logits, classes = counted(Predicted(torch.zeros(2, 3, 4), torch.zeros(2, 3)))
        >>> tuple(logits.shape), tuple(classes.shape)
        ((6, 4), (6,))
    """
    if prediction.mask is not None:
        return prediction.outputs[prediction.mask], prediction.targets[prediction.mask]
    return prediction.outputs.flatten(0, -2), prediction.targets.flatten()


@dataclass(frozen=True)
class RandomTargets(TargetMask):
    """Only a random share of the targets counts at every step.

    Args:
        share: in (0, 1]; with 1 all of them do.
    """

    name: ClassVar[str] = "random_targets"
    limits: ClassVar[Mapping[str, tuple[float, float]]] = {"share": (1e-6, 1.0)}
    share: float = 1.0

    def init(self, setup: Setup) -> Any:
        return Generated(setup.settings.get("seed", 0) + 1)

    def __call__(self, state: Any, prediction: Predicted) -> tuple[Predicted, Numbers]:
        if self.share >= 1.0:
            return prediction, {}
        shape, device = prediction.targets.shape, prediction.targets.device
        kept = (torch.rand(shape, generator=state.random) < self.share).to(device)
        mask = kept if prediction.mask is None else kept & prediction.mask
        whole = Predicted(prediction.outputs, prediction.targets, mask, prediction.index)
        return whole, {"mask/share": kept.float().mean()}


class Generated:
    """A generator of a part's own, so that what it draws changes nothing else."""

    def __init__(self, seed: int) -> None:
        self.random = torch.Generator().manual_seed(seed)

    def state_dict(self) -> dict[str, Any]:
        return {"random": self.random.get_state()}

    def load_state_dict(self, state: Any, /) -> None:
        self.random.set_state(state["random"])
