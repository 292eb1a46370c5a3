"""Forerun's own database: what logs said, exactly, and a journal of what was said about it.

One SQLite file in write-ahead mode, so that any number of processes read and write it at once; its tables are those of
``docs/schema.md``. Points lie in chunks of about 4,096, checksummed, the newest as rows; what a reader found in a file
and where it stands in it are committed together, so that a killed process loses nothing it had acknowledged and goes on
where it stood.
"""

from forerun.runs.store.database import is_store
from forerun.runs.store.journal import Entry
from forerun.runs.store.store import Store

__all__ = ["Entry", "Store", "is_store"]
