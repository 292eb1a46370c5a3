"""Giving an order: to a training that is there and allows it, and noted in the journal before it is laid down."""

from __future__ import annotations

from importlib import metadata

from forerun.control.folder import ControlFolder
from forerun.control.order import LASTS, Order
from forerun.core import BadInput, Decision, RateChange, Undecided
from forerun.runs.store import Store

HALF = 0.5
"""By which a run that is rolled back is slowed down where its advice does not say: usual after a divergence, ours."""


def advised(run: str, decision: Decision | Undecided | None, now: float) -> Order | None:
    """The order that follows from a decision; None where none does, as where no act does what it says.

    Example:
        >>> decision = Decision("stop", ("it diverged",), None, None, "resume", policy="auto")
        >>> advised("mlp", decision, now=0.0).says(), advised("mlp", None, now=0.0)
        ('stop', None)
        >>> from forerun.core import Schedule
        >>> change = RateChange("cooldown", 200.0, Schedule("linear", {"peak": 0.1, "steps": 200}))
        >>> decision = Decision("change", ("it pays",), None, None, "resume", "cooldown_now", change)
        >>> advised("mlp", decision, now=0.0).says()
        'cooldown (200 steps)'
    """
    if not isinstance(decision, Decision):
        return None
    act = _act(decision)
    if act is None:
        return None
    action, amount = act
    try:
        return Order(run, action, amount, decision.reasons, decision.policy, given=now, expires=now + LASTS)
    except BadInput:  # outside of what may be ordered: a person is to look at it
        return None


def _act(decision: Decision) -> tuple[str, float | None] | None:
    """What a training is to be told, and how much of it."""
    change = decision.change
    match decision.action:
        case "stop":
            return "stop", None
        case "roll back":
            return "roll back", HALF if change is None else change.amount
        case "change" if change is not None and change.act == "change lr":
            return "change lr", change.amount
        case "change" if change is not None and change.act == "cooldown" and _counts_steps(change):
            return "cooldown", change.amount
        case _:
            return None


def _counts_steps(change: RateChange) -> bool:
    return change.schedule is not None and change.schedule.axis == "step"


def give(store: Store, order: Order) -> None:
    """Tell a training that is watched to do something. It does so only if its owner has allowed it there.

    Args:
        store: the one that the training writes to.
        order: what, and when it was given; what became of it stands in the store's journal.

    Raises:
        BadInput: the training does not run or does not allow it; an order waits already; or the store is none in a
            file, or its control folder is not its owner's alone.
        StoreError: the order could not be noted; it was not given then.
    """
    if store.path is None:
        raise BadInput("a store in memory reaches no training; give its file", where="store")
    folder = ControlFolder(store.path)
    watching = folder.watching(order.run, order.given)
    if watching is None:
        raise BadInput(f"no training that takes orders runs under this id beside {store.path.name}", where=order.run)
    if order.action not in watching.allow:
        allowed = ", ".join(watching.allow) or "nothing"
        raise BadInput(f"it does not allow {order.action!r}, but {allowed}; see Watcher(allow=...)", where=order.run)
    note(store, order, "given", order.given)
    try:
        folder.put(order)
    except (BadInput, OSError) as error:
        note(store, order, "failed", order.given, str(error))
        raise BadInput(f"it could not be laid down: {error}", where=order.run) from error


def note(store: Store, order: Order, outcome: str, at: float, why: str = "") -> None:
    """What became of an order, in the journal: given, then taken, done, dry, failed or refused."""
    said = {"order": order.as_json(), "outcome": outcome, "why": why}
    version = metadata.version("forerun")
    store.journal.add(order.run, said, at=at, method=order.by, version=version, kind="action")
