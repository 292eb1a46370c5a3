"""Named calibrations kept in a store: what a forecaster learned of its own intervals from finished runs."""

from __future__ import annotations

import json
from typing import Any

from forerun.core import UnknownName
from forerun.runs.store import rows
from forerun.runs.store.database import Database
from forerun.runs.store.rows import CalibrationRow


class Calibrations:
    """The calibrations of a store, by name; a name kept again replaces what it held."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def keep(self, name: str, body: dict[str, Any], *, at: float) -> None:
        """Keep a calibration, made at a unix time."""
        with self._db.writing():
            self._db.run("DELETE FROM calibration WHERE name = ?", (name,))
            rows.insert(self._db, [CalibrationRow(name, float(at), json.dumps(body, allow_nan=False))])

    def get(self, name: str) -> dict[str, Any]:
        """What was kept.

        Raises:
            Damaged: it is, or one is gone.
            UnknownName: nothing by that name; the message lists what there is.
        """
        if (missing := rows.gone(self._db, CalibrationRow)) is not None:
            raise missing
        matching = rows.select(self._db, CalibrationRow, "WHERE name = ?", (name,))
        if not matching:
            raise UnknownName("calibration", name, self.names(), where=self._db.name)
        return json.loads(matching[0].body)

    def names(self) -> list[str]:
        return sorted(row.name for row in rows.select(self._db, CalibrationRow, ""))
