"""What was said of runs and done about them, in that order; the journal only grows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from forerun.core import BadInput, Finding, codec
from forerun.runs.log import writable
from forerun.runs.store.database import Database

KINDS = ("forecast", "undecided", "finding", "withdrawn", "decision", "action")


@dataclass(frozen=True)
class Entry:
    """A line of the journal.

    Args:
        id: its number; the journal only grows.
        at: unix time.
        run: the run it is about.
        kind: forecast, undecided, finding, withdrawn (a finding that no longer holds), decision or action.
        method, version: what said it, and the version of that.
        weights: hash of the weights it used, where it has any.
        body: what was said.
    """

    id: int
    at: float
    run: str
    kind: str
    method: str
    version: str
    weights: str | None
    body: Any


def event_of(finding: Finding) -> tuple[str, str, float]:
    """What a finding is of: the same event is told again when it ends."""
    return finding.detector, finding.metric, finding.start


class Journal:
    """The journal of a store."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(
        self, run: str, what: Any, *, at: float, method: str, version: str, weights: str | None = None, kind: str = ""
    ) -> int:
        """Note a forecast, a finding, a decision, or an action with what became of it.

        Decisions and actions outlive a power cut the moment this returns.

        Args:
            run: the run's id.
            what: the noun; for an action any JSON.
            at: unix time.
            method, version, weights: what said it: name, version, and the hash of its weights where it has any.
            kind: one of KINDS; default the noun's name.

        Returns:
            The entry's number.

        Raises:
            BadInput: what has no such kind.
        """
        kind = kind or type(what).__name__.lower()
        if kind not in KINDS:
            raise BadInput(f"cannot be noted: {kind}; there are {', '.join(KINDS)}", where="journal")
        row = (at, writable(run), kind, method, version, weights, codec.dumps(what))
        with self._db.writing(lasting=kind in ("decision", "action")):
            put = "INSERT INTO journal (at, run, kind, method, version, weights, body) VALUES (?, ?, ?, ?, ?, ?, ?)"
            return self._db.run(put, row)

    def entries(self, *, run: str | None = None, kind: str | None = None, after: int = 0) -> list[Entry]:
        """The entries after a number, of one run or kind where asked."""
        find = """SELECT id, at, run, kind, method, version, weights, body FROM journal
            WHERE id > :after AND (:run IS NULL OR run = :run) AND (:kind IS NULL OR kind = :kind) ORDER BY id"""
        told = self._db.rows(find, {"after": after, "run": None if run is None else writable(run), "kind": kind})
        return [Entry(*words, codec.loads(body)) for *words, body in told]

    def findings(self, run: str) -> list[Finding]:
        """The findings of a run that stand: each as it was told last, and none that was withdrawn since."""
        told = [*self.entries(run=run, kind="finding"), *self.entries(run=run, kind="withdrawn")]
        standing: dict[tuple[str, str, float], Finding] = {}
        for entry in sorted(told, key=lambda entry: entry.id):
            standing.pop(event_of(entry.body), None)
            if entry.kind == "finding":
                standing[event_of(entry.body)] = entry.body
        return list(standing.values())
