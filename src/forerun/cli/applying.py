"""``--apply``: what is advised becomes an order to the trainings that run and allow it."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

from forerun.cli import output
from forerun.control import advised, give
from forerun.core import BadInput, RunDecision
from forerun.documents.orders import OrderSaid
from forerun.runs.store import Store, is_store


def apply(decisions: Iterable[RunDecision], store: Path) -> list[OrderSaid]:
    """Give the orders that follow from decisions; what became of each.

    Args:
        decisions: of runs that are watched.
        store: the one that they write to.

    Raises:
        BadInput: it is no store.
    """
    if not is_store(store):
        raise BadInput(
            "--apply reaches trainings that write to a store with forerun.Watcher; give that", where=str(store)
        )
    with Store(store, create=False) as opened:
        return [said for one in decisions if (said := _apply(one, opened)) is not None]


def _apply(one: RunDecision, store: Store) -> OrderSaid | None:
    order = advised(one.run, one.answer, time.time())
    if order is None:
        return None
    try:
        give(store, order)
    except BadInput as error:
        return OrderSaid(one.run, order.says(), "not given", error.message)
    return OrderSaid(one.run, order.says(), "given", "", order.id)


def show(orders: Iterable[OrderSaid]) -> None:
    """A line an order."""
    lines = [f"{one.run}: {one.action} {one.status}{': ' if one.why else ''}{one.why}" for one in orders]
    for line in lines or ["nothing to order: only stop, roll back, cooldown and change lr are, and none is advised"]:
        output.say(line)
