"""Engines: one way of training each, with typed slots that parts fill.

An `Engine` is a frozen value. ``init`` makes the `TrainingMethod` that works, which turns a moment into a loss; the
loop around it, which steps, logs, saves and goes on, is `TrainingRun` and the same for all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, cast

from torch import Tensor, nn

from forerun.core import BadInput, UnknownName
from forerun.recipes.abilities import ABILITIES
from forerun.recipes.part import Numbers, Part, Setup, made, settings_of, tuned, typed, within
from forerun.recipes.slots import (
    AdamW,
    Averaging,
    CheckpointStart,
    Controller,
    FreshStart,
    Layers,
    NoAverage,
    Optimizer,
    Sgd,
    Start,
)
from forerun.recipes.world import Moment

Table = Mapping[str, Mapping[str, type[Part]]]
"""Slot to the parts that settings name: name to part."""


@dataclass(frozen=True)
class StepLoss:
    """What one step is taken on: a loss with gradient, how much data it is of, and numbers to log."""

    loss: Tensor
    samples: int
    tokens: int
    numbers: Numbers


class TrainingMethod:
    """An engine at work: its parts' states, and how they come to a loss.

    Args:
        setup: with the world, and the network that is trained.
        states: of the parts by ``slot/name``; saved together.
    """

    def __init__(self, setup: Setup, states: Mapping[str, Any]) -> None:
        self.world, self.model, self.meter = setup.world, setup.model, setup.meter
        self.states = dict(states)

    def loss(self, moment: Moment) -> StepLoss:
        """The loss that a step is to be taken on."""
        raise NotImplementedError

    def follow(self) -> None:
        """After an optimizer step."""

    def finish(self) -> None:
        """After the last step."""

    def evaluate(self, moment: Moment) -> dict[str, float]:
        """Metrics of the network as it is."""
        return self.world.evaluate(self.model, moment)

    def state_dict(self) -> dict[str, Any]:
        return {name: state.state_dict() for name, state in self.states.items()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take the states of the same parts; those that were not there before start anew, as in a fork."""
        for name, mine in self.states.items():
            if name in state:
                mine.load_state_dict(state[name])


@dataclass(frozen=True)
class Engine:
    """Base of the engines, with the slots that all of them have.

    Args:
        layers: change the network. optimizer: by what rule the weights move; None for what the world suggests.
        start: where the weights start. average: what is left of them. controller: looks at every step.
    """

    layers: tuple[Layers, ...] = ()
    optimizer: Optimizer | None = None
    start: Start = FreshStart()
    average: Averaging = NoAverage()
    controller: Controller = Controller()

    kind: ClassVar[str]
    needs: ClassVar[tuple[type, ...]]
    phases: ClassVar[tuple[str, ...]] = ("train", "evaluate")
    limits: ClassVar[Mapping[str, tuple[float, float]]] = {}
    table: ClassVar[Table] = {
        "layers": {},
        "optimizer": {"sgd": Sgd, "adamw": AdamW},
        "start": {"fresh": FreshStart, "checkpoint": CheckpointStart},
        "average": {"none": NoAverage},
        "controller": {"none": Controller},
    }

    def __post_init__(self) -> None:
        within(self.options(), self.limits, self.kind)

    def parts(self) -> Iterator[tuple[str, Part]]:
        """Every part with its slot."""
        for slot in self.table:
            filled = getattr(self, slot)
            yield from ((slot, part) for part in (filled if isinstance(filled, tuple) else (filled,)) if part)

    def options(self) -> dict[str, Any]:
        """The engine's own settings by name: its fields that are no slots."""
        return {one.name: getattr(self, one.name) for one in fields(self) if one.name not in self.table}

    def named(self) -> dict[str, Any]:
        """Slots and settings of their parts as flat names and values: what logs and results are numbers."""
        names: dict[str, Any] = dict.fromkeys(self.table, "")
        for slot, part in self.parts():
            names[slot] = f"{names[slot]}+{part.name}".strip("+")
        details = {
            f"{part.name}.{name}": value for _, part in self.parts() for name, value in settings_of(part).items()
        }
        own = {f"{self.kind}.{name}": value for name, value in self.options().items()}
        return {slot: name or "none" for slot, name in names.items()} | own | details

    def tuned(self, settings: Mapping[str, Any]) -> Engine:
        """With slots filled by name (``average=tail``), parts' settings changed (``tail.start=0.7``) and its own.

        Raises:
            UnknownName: no such part or setting. BadInput: a setting of a part that fills no slot.
        """
        slots = {slot: self._filled(slot, str(names)) for slot, names in settings.items() if slot in self.table}
        engine = replace(self, **slots)
        details: dict[str, dict[str, Any]] = {}
        for key, value in settings.items():
            part, dot, name = key.partition(".")
            if dot:
                details.setdefault(part, {})[name] = value
        own, known = details.pop(self.kind, {}), {part.name for _, part in engine.parts()}
        for part in details:
            if part not in known:
                for slot, kinds in self.table.items():
                    if part in kinds:
                        raise BadInput(f"{part} fills no slot; set {slot}={part} too", where=f"engine {self.kind}")
                raise UnknownName("part", part, sorted(known - {"none"}), where=f"engine {self.kind}")
        for name in own:
            if name not in self.options():
                raise UnknownName("setting", name, self.options(), where=f"engine {self.kind}")
        options = {name: typed(value, self.options()[name], name, self.kind) for name, value in own.items()}
        return replace(engine, **{slot: engine._tuned(slot, details) for slot in engine.table}, **options)

    def _filled(self, slot: str, names: str) -> Any:
        kinds = self.table[slot]
        if isinstance(getattr(self, slot), tuple):
            return tuple(made(slot, name, kinds) for name in names.split("+") if name != "none")
        return made(slot, names, kinds) if names != "none" or "none" in kinds else None

    def _tuned(self, slot: str, details: Mapping[str, Mapping[str, Any]]) -> Any:
        filled = getattr(self, slot)
        if isinstance(filled, tuple):
            return tuple(tuned(part, details.get(part.name, {})) for part in cast(tuple[Part, ...], filled))
        return filled and tuned(filled, details.get(filled.name, {}))

    def check(self, world: object, where: str) -> None:
        """Refuse a world that lacks what the engine or a part needs; both are named.

        Raises:
            BadInput: it does.
        """
        named = {ability: name for name, ability in ABILITIES.items()}
        needed = [(f"engine {self.kind}", ability) for ability in self.needs]
        needed += [(f"{slot} {part.name}", ability) for slot, part in self.parts() for ability in part.needs]
        for what, ability in needed:
            if not isinstance(world, ability):
                raise BadInput(f"{what} needs a world that is {named[ability]}, and this one is not", where=where)
        criterion = getattr(world, "criterion", None)
        for slot, part in self.parts():
            if part.criteria and criterion not in part.criteria:
                raise BadInput(f"{slot} {part.name} takes outputs scored by {' or '.join(part.criteria)}, and this "
                               f"world's are scored by {criterion}", where=where)  # fmt: skip

    def network(self, world: Any) -> nn.Module:
        """What is trained."""
        return world.model()

    def init(self, setup: Setup) -> TrainingMethod:
        """The method at work; ``setup.model`` has its layers by now."""
        raise NotImplementedError

    def built(self, model: nn.Module) -> None:
        """Change the network's layers.

        Raises:
            BadInput: a part finds no place of its kind in it.
        """
        for part in self.layers:
            if not part.change(model):
                raise BadInput(f"finds no {part.kind} in the network of this world", where=f"layers {part.name}")
