"""Named calibrations kept in a store: what a forecaster learned of its own intervals from finished runs."""

from __future__ import annotations

import json
from typing import Any

from forerun.core import UnknownName
from forerun.runs.store.database import Database


class Calibrations:
    """The calibrations of a store, by name; a name kept again replaces what it held."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def keep(self, name: str, body: dict[str, Any], *, at: float) -> None:
        """Keep a calibration, made at a unix time."""
        with self._db.writing():
            self._db.run(
                "INSERT OR REPLACE INTO calibration (name, at, body) VALUES (?, ?, ?)",
                (name, at, json.dumps(body, allow_nan=False)),
            )

    def get(self, name: str) -> dict[str, Any]:
        """What was kept.

        Raises:
            UnknownName: nothing by that name; the message lists what there is.
        """
        found = self._db.rows("SELECT body FROM calibration WHERE name = ?", (name,))
        if not found:
            raise UnknownName("calibration", name, self.names(), where=str(self._db.path or "the store"))
        return json.loads(found[0][0])

    def names(self) -> list[str]:
        return [name for (name,) in self._db.rows("SELECT name FROM calibration ORDER BY name")]
