"""Where orders come in and what became of them goes out: on the thread that looks, never in the loop."""

from __future__ import annotations

import os
import socket

from forerun.control import ControlFolder, Order, Watching, advised
from forerun.control.folder import EVERY
from forerun.control.give import note
from forerun.core import BadInput, Decision, Undecided, UnknownName
from forerun.watcher.acting import Acting
from forerun.watcher.failures import Failures
from forerun.watcher.keeping import Keeper, WatchedPlace


class Desk:
    """Takes orders and advice, notes them, and hands on what the loop's owner allows.

    Args:
        place: of which run.
        keeper: in whose store it is noted; what cannot be noted is not done.
        acting: what is allowed.
        failures: where refusals are counted.
        follow: whether advice is taken for an order.
    """

    def __init__(
        self, place: WatchedPlace, keeper: Keeper, acting: Acting, failures: Failures, *, follow: bool
    ) -> None:
        self._run, self._keeper, self._acting, self._failures = place.run.id, keeper, acting, failures
        self._follow = follow
        self._folder = None if place.store is None or not acting.allow else ControlFolder(place.store)
        self._heard: float | None = None

    def turn(self, decision: Decision | Undecided | None, x: float, now: float) -> None:
        """Note what was done, and take what is to be done next.

        Args:
            decision: what is advised, where that is new.
            x: where the training stands.
            now: unix time.
        """
        if self._folder is None:
            return
        self.note_outcomes(now)
        self._live(self._folder, now)
        if self._acting.waiting is None:
            order = self._given(self._folder, x, now) or (advised(self._run, decision, now) if self._follow else None)
            if order is not None:
                outcome = self._acting.outcome_of(order)
                note(self._keeper.store, order, outcome, now)
                self._acting.waiting = order if outcome == "taken" else None

    def note_outcomes(self, now: float) -> None:
        """Note what the loop has done."""
        while self._acting.outcomes:
            done = self._acting.outcomes[0]
            note(self._keeper.store, done.order, done.outcome, now, done.why)
            self._acting.outcomes.popleft()

    def leave(self) -> None:
        """Take no more orders."""
        if self._folder is not None:
            self._folder.leave(self._run)

    def _live(self, folder: ControlFolder, now: float) -> None:
        """Say what is allowed, and then from time to time that the training goes on."""
        if self._heard is None:
            allow = tuple(self._acting.allow)
            folder.announce(Watching(self._run, allow, self._acting.dry, os.getpid(), socket.gethostname()))
        elif now - self._heard >= EVERY:
            folder.live(self._run)
        else:
            return
        self._heard = now

    def _given(self, folder: ControlFolder, x: float, now: float) -> Order | None:
        try:
            return folder.take(self._run, now)
        except (BadInput, UnknownName) as error:
            self._failures.note("orders", error, x, kind="refused_order")
            return None
