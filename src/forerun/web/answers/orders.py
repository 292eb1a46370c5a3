"""``/api/order``: what the training of a run may be told to do, and telling it.

A GET says what could be done, to which process, and how it is undone. A POST that does not repeat the words of
``confirm`` does nothing, and says the same; the words name the action and the process, so that what was looked at is
what is told, and not a training that has begun since under the same id.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from forerun.control import ACTS, ControlFolder, Order, Watching, advised, give
from forerun.control.order import LASTS
from forerun.core import BadInput, Decision
from forerun.documents.shape import Document, given
from forerun.runs.store import Store
from forerun.runs.store.journal import Entry
from forerun.web.answers.run import entry_of
from forerun.web.call import Call
from forerun.web.listing import ListedRun
from forerun.web.sent import needed, number, word
from forerun.web.workspace import Workspace

BY = "page"
"""What the journal names as having given an order."""
_UNDO: Mapping[str, str] = {
    "stop": "start it again from its last checkpoint",
    "cooldown": "none within the run: start it again from a checkpoint before the cooldown",
    "change lr": "change lr again, by one over the factor",
    "roll back": "none: what came after the snapshot is lost",
}
_USUAL: Mapping[str, float] = {"change lr": 0.5, "roll back": 0.5}  # as `forerun.control.give.ADVISED`
_BY_HAND = ("asked for on the page",)
_TOLD = 8  # orders of which is shown what became of them


def state(call: Call) -> Document:
    """Whether the training of a run takes orders, which, and what became of those it was given; else why not, and how.

    Raises:
        BadInput, UnknownName: no run is named, or there is none of that id.
    """
    entry = entry_of(call)
    return _state(call.workspace, entry) | {"told": _told(call.workspace, entry.run.id)}


def tell(call: Call) -> Document:
    """Give an order: run (or its number), action, amount, confirm; without ``confirm`` nothing is done but saying what.

    Raises:
        BadInput: the training takes no orders, or not this one; other words than those to confirm; an amount outside
            its range; or an order waits already.
        UnknownName: no such run or action.
    """
    sent = call.body
    entry, action = _entry(call), needed(sent, "action")
    state = _state(call.workspace, entry)
    order = _order(entry, action, number(sent, "amount"))
    offers = {offer["action"]: offer for offer in state.get("offers", ())}
    if action not in offers:
        raise BadInput(state.get("why") or f"allows {', '.join(offers)}, not {action!r}", where=entry.run.id)
    offer, confirm = offers[action], word(sent, "confirm")
    said = {"run": entry.run.id, "action": order.says()}
    if confirm is None:
        return said | {"status": "not given", "why": "it was not confirmed", "offer": offer}
    if confirm != offer["confirm"]:
        raise BadInput(f"is {offer['confirm']!r}, not {confirm!r}", where="confirm")
    place = _place(call.workspace)
    assert place is not None
    with Store(place, create=False) as store:
        give(store, order)
    return said | {"status": "given", "order": order.id}


def taking(workspace: Workspace, ids: Iterable[str]) -> frozenset[str]:
    """Of some runs those whose trainings go on and may be told something."""
    place = _place(workspace)
    if place is None or not ControlFolder(place).path.exists():
        return frozenset()
    return frozenset(id for id in ids if isinstance(heard := _heard(place, id), Watching) and heard.allow)


def _entry(call: Call) -> ListedRun:
    """The run that an order is for; pages name it by its number, whatever its id holds."""
    listing, named = call.workspace.listing, number(call.body, "number")
    if named is not None:
        return listing.numbered(int(named))
    return listing.by_id[call.workspace.snapshot.run(needed(call.body, "run")).id]


def _place(workspace: Workspace) -> Path | None:
    """The store beside which trainings take orders; None where logs alone are read."""
    place = None if workspace.source is None else workspace.source.kept
    return None if place is None or not place.exists() else place


def _heard(place: Path, id: str) -> Watching | str | None:
    """What a training says of itself; None where none is heard of, words where that cannot be trusted."""
    try:
        return ControlFolder(place).watching(id, time.time())
    except BadInput as error:
        return str(error)


def _state(workspace: Workspace, entry: ListedRun) -> Document:
    id, place = entry.run.id, _place(workspace)
    if place is None:
        return _refusal(id, "it is read from its log, and a training takes orders beside a store that it writes to")
    heard = _heard(place, id)
    if heard is None:
        return _refusal(id, f"no training that takes orders runs under this id beside {place.name}", place)
    if isinstance(heard, str):
        return _refusal(id, heard, place)
    if not heard.allow:
        return _refusal(id, "its training is watched, but its owner allows nothing", place)
    process = {"pid": heard.pid, "host": heard.host, "silent_s": round(heard.silent, 1), "dry": heard.dry}
    proposed = _advised(entry)
    offers = sorted(
        (_offer(entry, action, heard, proposed) for action in heard.allow), key=lambda one: "reasons" not in one
    )
    return {"run": id, "takes_orders": True, "process": process, "holds_s": LASTS, "offers": offers}


def _refusal(id: str, why: str, place: Path | None = None) -> Document:
    """Why a training cannot be told anything, and the line that lets it be."""
    store = "runs.forerun" if place is None else place.name
    how = f'watcher = forerun.Watcher("{store}", {id!r}, allow=["stop"], dry=False)'
    return {"run": id, "takes_orders": False, "why": why, "how": how}


def _offer(entry: ListedRun, action: str, heard: Watching, proposed: Order | None) -> Document:
    act, decision = ACTS[action], entry.shown.look.decision
    own = proposed is not None and proposed.action == action
    undo = decision.undo if own and isinstance(decision, Decision) and decision.undo else _UNDO[action]
    usual = proposed.amount if own and proposed is not None else _USUAL.get(action)
    amount = {"unit": act.unit, "low": act.low, "high": act.high, "amount": usual} if act.unit else {}
    reasons = {"reasons": list(proposed.reasons)} if own and proposed is not None else {}
    said = {"action": action, "does": act.does, "undo": undo, "confirm": f"{action} {heard.pid}"}
    return said | given(**amount) | reasons


def _advised(entry: ListedRun) -> Order | None:
    """The order that what is advised comes to."""
    return advised(entry.run.id, entry.shown.look.decision, time.time())


def _order(entry: ListedRun, action: str, amount: float | None) -> Order:
    """The order, with the reasons of the advice where it is what is advised."""
    now, proposed = time.time(), _advised(entry)
    if proposed is not None and proposed.action == action:
        return replace(proposed, amount=proposed.amount if amount is None else amount, by=BY)
    return Order(entry.run.id, action, amount, _BY_HAND, BY, given=now, expires=now + LASTS)


def _told(workspace: Workspace, id: str) -> list[Document]:
    """What became of the latest orders, newest first."""
    place = _place(workspace)
    if place is None:
        return []
    with Store(place, create=False) as store:
        entries = store.journal.entries(run=id, kind="action")
    latest = {entry.body["order"]["id"]: {"at": entry.at} | said_of(entry) for entry in entries}
    return list(latest.values())[: -_TOLD - 1 : -1]


def said_of(entry: Entry) -> Document:
    """What an action of the journal says: of which order, what became of it, and why."""
    body: dict[str, Any] = entry.body
    order = body["order"]
    amount, act = order["amount"], ACTS.get(order["action"])
    action = order["action"] if amount is None or act is None else f"{order['action']} ({amount:g} {act.unit})"
    why = body["why"] or "; ".join(order["reasons"])
    return {"order": order["id"], "action": action, "outcome": body["outcome"], "why": why, "by": entry.method}
