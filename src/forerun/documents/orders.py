"""``advise --apply``: an order a run that something is to be done to, and whether it was given."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from forerun.documents.shape import Document


@dataclass(frozen=True)
class OrderSaid:
    """An order, and whether it was given.

    Args:
        run: to which run.
        action: what to do.
        status: given or not given.
        why: it was not; empty where it was.
        id: of the order, under which the journal says what became of it; empty where it was not given.
    """

    run: str
    action: str
    status: str
    why: str
    id: str = ""


def orders_document(orders: Iterable[OrderSaid]) -> Document:
    """The orders, in their order."""
    return {"orders": [_order(one) for one in orders]}


def _order(one: OrderSaid) -> Document:
    said = {"run": one.run, "action": one.action, "status": one.status}
    return said | ({"why": one.why} if one.why else {"order": one.id})
