"""What does orders in a trainer that makes its optimizer itself: named beforehand, bound as the training begins."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Protocol

from forerun.control import Order
from forerun.core import BadInput
from forerun.watcher.acting import Handler


class Rate(Protocol):
    """A learning rate that can be changed while a training goes on."""

    def scale(self, factor: float) -> None:
        """Multiply it."""

    def cool(self, steps: int) -> None:
        """Let it fall to 0 from here on, over so many updates."""

    def rates(self) -> list[float]:
        """Those of the update that comes."""
        ...


class TrainerHandlers(Mapping[str, Handler]):
    """The handlers of a training whose optimizer is not there yet: a callback of `forerun.adapters.watch` binds them.

    ``Watcher(..., allow=["stop", "cooldown"], handlers=TrainerHandlers(), dry=False)``, and the callback as ever.

    Args:
        restore: goes back to a checkpoint of the user's own, model and optimizer; to roll back takes one.

    Example:
        >>> handlers = TrainerHandlers()
        >>> list(handlers)
        ['change lr', 'cooldown']
        >>> handlers["cooldown"](Order("mlp", "cooldown", 100, (), "advise", 0.0, 600.0))
        Traceback (most recent call last):
        forerun.core.errors.BadInput: cooldown: no trainer has begun with these handlers; give its callback the watcher
    """

    def __init__(self, restore: Callable[[], object] | None = None) -> None:
        self._restore = restore
        self._rates: tuple[Rate, ...] = ()
        self._why = "no trainer has begun with these handlers; give its callback the watcher"

    def bind(self, *rates: Rate) -> None:
        """These are the rates of the training that begins."""
        self._rates = rates

    def refuse(self, why: str) -> None:
        """Orders cannot be done in this training."""
        self._rates, self._why = (), why

    @property
    def rate(self) -> float | None:
        """That of the update that comes, of the first group; None before it is bound."""
        return self._rates[0].rates()[0] if self._rates else None

    def __getitem__(self, action: str) -> Handler:
        if action not in tuple(self):
            raise KeyError(action)
        return partial(self._do, action)

    def __iter__(self) -> Iterator[str]:
        yield from ("change lr", "cooldown", *(("roll back",) if self._restore else ()))

    def __len__(self) -> int:
        return len(list(iter(self)))

    def _do(self, action: str, order: Order) -> None:
        if not self._rates:
            raise BadInput(self._why, where=action)
        if order.amount is None:
            raise BadInput("it takes an amount", where=action)
        if action == "roll back" and self._restore is not None:
            self._restore()
        for rate in self._rates:
            if action == "cooldown":
                rate.cool(round(order.amount))
            else:
                rate.scale(order.amount)


def bind(handlers: object, rates: Callable[[], Sequence[Rate]], *, alone: bool = True) -> None:
    """Bind the handlers of a watcher, where they are a trainer's; what fails in it is said where an order is refused.

    Args:
        rates: of the training that begins.
        alone: whether this is its only process; an order reaches one, and the rates of others would differ.
    """
    if not isinstance(handlers, TrainerHandlers):
        return
    if not alone:
        handlers.refuse("the training has several processes, and an order reaches only one")
        return
    try:
        handlers.bind(*rates())
    except Exception as error:  # an optimizer of another kind; the training is to begin all the same
        handlers.refuse(f"its optimizer cannot be told: {error}")


def rate_in_force(handlers: object, name: str = "lr") -> dict[str, float]:
    """The rate of the update that comes, as a metric, where orders may change it: schedulers know nothing of them."""
    rate = handlers.rate if isinstance(handlers, TrainerHandlers) else None
    return {} if rate is None else {name: rate}
