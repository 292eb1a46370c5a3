"""Giving an order: to a training that is there and allows it, and noted in the journal before it is laid down."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import metadata

from forerun.control.folder import ControlFolder
from forerun.control.order import LASTS, Order
from forerun.core import BadInput, Decision, Undecided
from forerun.runs.store import Store

ADVISED: Mapping[str, tuple[str, float | None]] = {"stop": ("stop", None), "roll back": ("roll back", 0.5)}
"""By a decision's action what a training is told to do, and how much of it: half the learning rate is usual, ours."""


def advised(run: str, decision: Decision | Undecided | None, now: float) -> Order | None:
    """The order that follows from a decision; None where none does.

    Example:
        >>> decision = Decision("stop", ("it diverged",), None, None, "resume", policy="auto")
        >>> advised("mlp", decision, now=0.0).says(), advised("mlp", None, now=0.0)
        ('stop', None)
    """
    if not isinstance(decision, Decision) or decision.action not in ADVISED:
        return None
    action, amount = ADVISED[decision.action]
    return Order(run, action, amount, decision.reasons, decision.policy, given=now, expires=now + LASTS)


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
