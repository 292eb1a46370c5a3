"""What was said of runs and done about them, in that order; of what was forecast, the latest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from forerun.core import BadInput, Finding, codec
from forerun.core.finding import FindingKey
from forerun.runs.log import writable
from forerun.runs.store import rows
from forerun.runs.store.database import Database
from forerun.runs.store.rows import JournalRow

KINDS = ("forecast", "undecided", "finding", "withdrawn", "decision", "action")
PASSING = ("forecast", "undecided")
"""Kinds of which only the latest are kept, as each replaces those before it; what was found and done stays."""
KEPT = 1000  # entries of each passing kind and run: a choice, some days of a watch that hears from a run every minute


@dataclass(frozen=True)
class Entry:
    """A line of the journal.

    Args:
        id: its number; later entries have higher ones.
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
        words = (float(at), writable(run), kind, method, version, weights, codec.dumps(what))
        with self._db.writing(lasting=kind in ("decision", "action")):
            row = JournalRow(rows.next_id(self._db, JournalRow), *words)
            rows.insert(self._db, [row])
            if kind in PASSING:
                self._let_go(row)
            return row.id

    def _let_go(self, newest: JournalRow) -> None:
        """Of what was forecast of a run only the latest is kept."""
        find = "SELECT id FROM journal WHERE run = ? AND kind = ? ORDER BY id DESC LIMIT 1 OFFSET ?"
        for (id,) in self._db.rows(find, (newest.run, newest.kind, KEPT)):
            self._db.run("DELETE FROM journal WHERE run = ? AND kind = ? AND id <= ?", (newest.run, newest.kind, id))

    def entries(self, *, run: str | None = None, kind: str | None = None, after: int = 0) -> list[Entry]:
        """The entries after a number, of one run or kind where asked.

        Raises:
            Damaged: one of them is, or any is gone.
        """
        where = """WHERE id > :after AND (:run IS NULL OR run = :run) AND (:kind IS NULL OR kind = :kind)
            ORDER BY id"""
        return self._read(where, {"after": after, "run": None if run is None else writable(run), "kind": kind})

    def findings(self, run: str) -> list[Finding]:
        """The findings of a run that stand: each as it was told last, and none that was withdrawn since.

        Raises:
            Damaged: as in `entries`.
        """
        standing: dict[FindingKey, Finding] = {}
        where = "WHERE run = :run AND kind IN ('finding', 'withdrawn') ORDER BY id"
        for entry in self._read(where, {"run": writable(run)}):
            standing.pop(entry.body.key, None)
            if entry.kind == "finding":
                standing[entry.body.key] = entry.body
        return list(standing.values())

    def _read(self, where: str, values: dict[str, Any]) -> list[Entry]:
        if (missing := rows.gone(self._db, JournalRow)) is not None:
            raise missing
        return [Entry(*row[:-1], codec.loads(row.body)) for row in rows.select(self._db, JournalRow, where, values)]
