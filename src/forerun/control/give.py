"""Giving an order: to a training that is there and allows it, and noted in the journal before it is laid down."""

from __future__ import annotations

from importlib import metadata

from forerun.control.folder import ControlFolder
from forerun.control.order import LASTS, Order
from forerun.core import BadInput
from forerun.runs.store import Store


def give(
    store: Store,
    run: str,
    action: str,
    *,
    amount: float | None = None,
    reasons: tuple[str, ...],
    by: str,
    now: float,
    lasts: float = LASTS,
) -> Order:
    """Tell a training that is watched to do something. It does so only if its owner has allowed it there.

    Args:
        store: the one that the training writes to.
        run: the run's id.
        action: one of `ACTS`.
        amount: how much of it, in the act's unit.
        reasons: sentences.
        by: what gives it.
        now: unix time.
        lasts: seconds for which the order holds.

    Returns:
        The order, which the training takes within seconds; what became of it stands in the store's journal.

    Raises:
        UnknownName: no such action.
        BadInput: an amount outside its range; the training does not run or does not allow it; an order waits already;
            or the store is none in a file, or its control folder is not its owner's alone.
        StoreError: the order could not be noted; it was not given then.
    """
    if store.path is None:
        raise BadInput("a store in memory reaches no training; give its file", where="store")
    order = Order(run, action, amount, reasons, by, given=now, expires=now + lasts)
    folder = ControlFolder(store.path)
    watching = folder.watching(run, now)
    if watching is None:
        raise BadInput(f"no training that takes orders runs under this id beside {store.path.name}", where=run)
    if action not in watching.allow:
        allowed = ", ".join(watching.allow) or "nothing"
        raise BadInput(f"it does not allow {action!r}, but {allowed}; see Watcher(allow=...)", where=run)
    note(store, order, "given", now)
    try:
        folder.put(order)
    except (BadInput, OSError) as error:
        note(store, order, "failed", now, str(error))
        raise BadInput(f"it could not be laid down: {error}", where=run) from error
    return order


def note(store: Store, order: Order, outcome: str, at: float, why: str = "") -> None:
    """What became of an order, in the journal: given, then taken, done, dry, failed or refused."""
    said = {"order": order.as_json(), "outcome": outcome, "why": why}
    version = metadata.version("forerun")
    store.journal.add(order.run, said, at=at, method=order.by, version=version, kind="action")
