"""Parts: frozen values that fill the slots of an engine.

A part's fields are its settings. ``init`` makes what it works with, which holds all that moves and is saved by its
``state_dict``: for a published part the very module that a loop of one's own takes. The call is handed that state,
moves it on, and returns what it made and numbers to log. ``needs`` are the abilities that a world must have for it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, ClassVar, Protocol, TypeVar

import torch
from torch import Tensor, nn

from forerun.core import BadInput, UnknownName
from forerun.recipes.meter import Meter
from forerun.recipes.world import Criterion

Numbers = Mapping[str, Any]
"""Numbers to log by name: floats, or tensors of one number."""
Weights = Mapping[str, Tensor]
"""Of a network, by name."""


class Stateful(Protocol):
    """What is saved and restored, as modules and optimizers of PyTorch are."""

    def state_dict(self) -> Any: ...

    def load_state_dict(self, state_dict: Any, /) -> Any: ...


class Stateless:
    """The state of a part that has none."""

    def state_dict(self) -> dict[str, Any]:
        return {}

    def load_state_dict(self, state_dict: Mapping[str, Any], /) -> None: ...


@dataclass(frozen=True)
class Setup:
    """What a part is told before the first step.

    Args:
        world: opened. model: as the world built it, with the layers of the recipe.
        settings: of world and training, by name. meter: of the training.
        start: the weights that a training before this one came to, where the job names one.
    """

    world: Any
    model: nn.Module
    settings: Mapping[str, Any]
    meter: Meter = field(default_factory=Meter)
    start: Weights | None = None

    @property
    def device(self) -> torch.device:
        """Where the network is; what is drawn is drawn on the CPU, whose generator the world has, and moved there."""
        return next(self.model.parameters()).device


@dataclass(frozen=True)
class Part:
    """Base of all parts.

    ``name`` is what it is called in settings and in JSON; ``needs`` are abilities of `world`; ``criteria`` are those
    whose outputs it takes, none for any; ``limits`` are the least and the most that a setting may be.

    Raises:
        BadInput: a setting beyond its limits.
    """

    name: ClassVar[str] = ""
    needs: ClassVar[tuple[type, ...]] = ()
    criteria: ClassVar[tuple[Criterion, ...]] = ()
    limits: ClassVar[Mapping[str, tuple[float, float]]] = {}

    def __post_init__(self) -> None:
        within(settings_of(self), self.limits, self.name)

    def init(self, setup: Setup) -> Any:
        """Its state; a part that keeps none need not say so."""
        return Stateless()


P = TypeVar("P", bound=Part)


def settings_of(part: Part) -> dict[str, Any]:
    """A part's settings by name."""
    return {one.name: getattr(part, one.name) for one in fields(part)}


def within(settings: Mapping[str, Any], limits: Mapping[str, tuple[float, float]], where: str) -> None:
    """Refuse numbers beyond their limits.

    Raises:
        BadInput: one lies beyond.

    Example:
        >>> within({"decay": 2.0}, {"decay": (0.0, 1.0)}, "ema")
        Traceback (most recent call last):
        ...
        forerun.core.errors.BadInput: ema: decay must lie in 0 to 1, but is 2
    """
    for name, (least, most) in limits.items():
        if not least <= settings[name] <= most:
            bounds = f"lie in {least:g} to {most:g}" if most < math.inf else f"be at least {least:g}"
            raise BadInput(f"{name} must {bounds}, but is {settings[name]:g}", where=where)


def made(slot: str, name: str, kinds: Mapping[str, type[P]], settings: Mapping[str, Any] | None = None) -> P:
    """The part that a slot's table calls so, with these settings.

    Raises:
        UnknownName: no such part, or it has no such setting.
        BadInput: a setting of another type.
    """
    if name not in kinds:
        raise UnknownName(slot, name, kinds)
    return tuned(kinds[name](), settings or {})


def tuned(part: P, settings: Mapping[str, Any]) -> P:
    """The part with some settings changed; text is turned into the type that stands there.

    Raises:
        UnknownName: no such setting.
        BadInput: a setting of another type.
    """
    known = settings_of(part)
    for name in settings:
        if name not in known:
            raise UnknownName("setting", name, known, where=part.name)
    return replace(part, **{name: typed(value, known[name], name, part.name) for name, value in settings.items()})


def typed(value: Any, like: Any, name: str, where: str) -> Any:
    """A value of the type of another, text turned into it.

    Raises:
        BadInput: it cannot be.

    Example:
        >>> typed("3", 1, "steps", "digits"), typed("0.5", 1.0, "lr", "digits")
        (3, 0.5)
    """
    kind = type(like)
    if isinstance(value, kind) and not (kind is int and isinstance(value, bool)):
        return value
    try:
        if kind is bool:
            return {"1": True, "0": False, "true": True, "false": False}[str(value).lower()]
        return kind(value)
    except (TypeError, ValueError, KeyError) as cause:
        raise BadInput(f"{name} must be {_TYPES.get(kind, kind.__name__)}, but is {value!r}", where=where) from cause


_TYPES = {int: "an integer", float: "a number", bool: "true or false"}


def missing_start(part: str, why: str) -> BadInput:
    """The error of a part that needs what a training before this one came to."""
    return BadInput(f"needs a start: {why}; give the job one (--start, or an arm's `start`)", where=part)


def fitting(weights: Weights, model: nn.Module, where: str) -> None:
    """Refuse weights that are not of this network.

    Raises:
        BadInput: names or shapes differ; the first five are named.
    """
    mine = {name: tuple(value.shape) for name, value in model.state_dict().items()}
    theirs = {name: tuple(value.shape) for name, value in weights.items()}
    wrong = [name for name in {**mine, **theirs} if mine.get(name) != theirs.get(name)]
    if wrong:
        shown = ", ".join(f"{name} {_shape(theirs, name)} for {_shape(mine, name)}" for name in wrong[:5])
        more = f" and {len(wrong) - 5} more" if len(wrong) > 5 else ""
        raise BadInput(f"holds the weights of another network: {shown}{more}", where=where)


def _shape(shapes: Mapping[str, tuple[int, ...]], name: str) -> str:
    return str(shapes[name]) if name in shapes else "none"


def merged(numbers: Iterable[Numbers]) -> dict[str, Any]:
    """All numbers together."""
    return {name: value for one in numbers for name, value in one.items()}
