"""What a loop may be told to do, and doing it, in the loop's own thread."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from forerun.control import ACTS, Order
from forerun.core import BadInput, UnknownName

Handler = Callable[[Order], object]
"""Does what an order says to the loop's own objects."""


class ActOutcome(NamedTuple):
    """What became of an order: done or failed, and why."""

    order: Order
    outcome: str
    why: str = ""


@dataclass
class Acting:
    """What the owner of a loop allows, and the order that waits for the loop to do it.

    Args:
        allow: of `forerun.control.ACTS`.
        handlers: what does them; "stop" needs none, as the loop asks ``should_stop``.
        dry: orders are noted and not done.

    Raises:
        UnknownName: something else is allowed.
        BadInput: what is allowed has nothing that does it.

    Example:
        >>> acting = Acting(("stop",), {}, dry=False)
        >>> acting.waiting = Order("mlp", "stop", None, ("hopeless",), "advise", 0.0, 600.0)
        >>> acting.do()
        >>> acting.should_stop, [one.outcome for one in acting.outcomes]
        (True, ['done'])
    """

    allow: Collection[str]
    handlers: Mapping[str, Handler]
    dry: bool
    waiting: Order | None = None
    should_stop: bool = False
    outcomes: deque[ActOutcome] = field(default_factory=deque[ActOutcome])

    def __post_init__(self) -> None:
        for action in self.allow:
            if action not in ACTS:
                raise UnknownName("action", action, ACTS, where="allow")
            if action != "stop" and action not in self.handlers:
                raise BadInput(f"{action!r} is allowed, but nothing does it; give handlers={{{action!r}: ...}}")

    def outcome_of(self, order: Order) -> str:
        """What is to become of an order: refused, dry (noted alone), or taken, for the loop to do."""
        if order.action not in self.allow:
            return "refused"
        return "dry" if self.dry else "taken"

    def do(self) -> None:
        """Do what waits."""
        order, self.waiting = self.waiting, None
        if order is None:
            return
        try:
            if order.action in self.handlers:
                self.handlers[order.action](order)
            self.should_stop = self.should_stop or order.action == "stop"
            self.outcomes.append(ActOutcome(order, "done"))
        except Exception as error:  # what was asked for may be impossible; the loop is to go on
            self.outcomes.append(ActOutcome(order, "failed", f"{type(error).__name__}: {error}"))
