"""Recipes on a device that is not where worlds draw: the first other one that there is, or ``meta``, which holds no
values but refuses to be mixed with tensors of the CPU as any other does."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, ClassVar

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("sklearn")

from torch import Tensor, nn  # noqa: E402
from torch.fx.experimental import _config as fx  # noqa: E402

from forerun.lab import WORLDS  # noqa: E402
from forerun.recipes import RECIPES  # noqa: E402
from forerun.recipes.supervised.slots import Term  # noqa: E402
from forerun.recipes.training import TrainingRun  # noqa: E402
from forerun.recipes.world import Moment, Predicted  # noqa: E402
from tests.recipes.smallest import job, start  # noqa: E402

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "meta")
pytestmark = pytest.mark.filterwarnings("ignore:.*copying from a non-meta parameter:UserWarning")
DRAWN = ("fresh", "graded", "take")
"""What a world draws or looks up on the CPU, as loaders do; it is handed on elsewhere."""


def moved(value: Any) -> Any:
    """The same with all tensors on the device, but indices, which stay where the order is drawn."""
    if isinstance(value, Tensor):
        return value.to(DEVICE)
    if isinstance(value, dict):
        return {name: moved(one) for name, one in value.items()}
    if isinstance(value, tuple):
        return tuple(moved(one) for one in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{one.name: moved(getattr(value, one.name)) for one in fields(value)})
    return value.to(DEVICE) if isinstance(value, nn.Module) else value


class Elsewhere:
    """A world whose network, examples and rewards are on the device."""

    def __init__(self, world: Any) -> None:
        self.world, self.there = world, copy.copy(world)
        vars(self.there).update({name: moved(copy.deepcopy(value)) for name, value in vars(world).items()})
        self.random = world.random
        self.writer: nn.Module = world.model()

    def prompts(self, count: int) -> Any:
        self.asked = self.world.prompts(count)
        return moved(self.asked)

    def answer(self, model: nn.Module, prompts: Any, group: int) -> Any:
        """What a network on the CPU writes: symbols are drawn by a generator of the CPU."""
        return moved(self.world.answer(self.writer, self.asked, group))

    def __getattr__(self, name: str) -> Any:
        if name in DRAWN:
            return lambda *asked: moved(getattr(self.world, name)(*asked))
        if name == "members":
            return self.world.members
        value = getattr(self.there, name)
        return _on_device(value) if callable(value) and not isinstance(value, nn.Module) else value


def _on_device(method: Callable[..., Any]) -> Callable[..., Any]:
    def asked(*what: Any) -> Any:
        with torch.device(DEVICE):
            return moved(method(*what))

    return asked


def tensors(state: Any) -> list[Tensor]:
    """All that a state holds."""
    if isinstance(state, Tensor):
        return [state]
    values = state.values() if isinstance(state, Mapping) else state if isinstance(state, (list, tuple)) else ()
    return [tensor for value in values for tensor in tensors(value)]


def elsewhere(name: str, **slots: Any) -> TrainingRun:
    one = job(name)
    settings = {**one.whole(), "seed": 0}
    world = Elsewhere(WORLDS.load(one.world).open(settings, 0))
    assert one.filled.engine is not None
    engine = replace(one.filled.engine, **slots)
    return TrainingRun(world, engine, settings, start=start(name))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", list(RECIPES.table))
def test_a_recipe_takes_steps_on_another_device(name: str) -> None:
    """Two of them, with all that stands after one; a position in the data is kept where the order is drawn."""
    training = elsewhere(name)
    if DEVICE.type == "meta" and name == "cyclic_curriculum":  # its draws look at values, which meta has not
        state = training.method.states["sampler/ease"]
        assert state.easy.device == DEVICE
        state.easy = torch.ones(len(state.easy))
    for moment in (Moment(1, 2), Moment(2, 2)):
        with fx.patch(meta_nonzero_assume_all_nonzero=True):  # a mask of meta has no values
            taken = training.method.loss(moment)
        assert taken.loss.device.type == DEVICE.type
        training.meter.step(training.optimizer, taken.loss, training.model, samples=taken.samples, tokens=taken.tokens)
        training.engine.start.hold(training.begun)
        training.method.follow()
        training.engine.average.follow(training.average, training.model, moment, training.optimizer)
    training.engine.average.finish(training.average, training.model)
    places = {p.device.type for p in training.model.parameters()}
    for state in (*training.method.states.values(), training.average, training.begun):
        places |= {value.device.type for value in tensors(state.state_dict()) if value.is_floating_point()}
    assert places == {DEVICE.type}


@dataclass(frozen=True)
class Careless(Term):
    """A term that makes a tensor on the CPU."""

    name: ClassVar[str] = "careless"

    def __call__(self, state: Any, prediction: Predicted) -> tuple[Tensor, dict[str, Any]]:
        return (prediction.outputs * torch.ones(prediction.outputs.shape)).mean(), {}


def test_a_part_that_stays_on_the_cpu_is_seen() -> None:
    """The control."""
    training = elsewhere("z_loss", terms=(Careless(),))
    with pytest.raises(RuntimeError, match="device"):
        training.method.loss(Moment(1, 2))
