"""Write the asset of the present version: python tests/store/make_asset.py. Those of past versions stay."""

from __future__ import annotations

import sqlite3
import tempfile
from pathlib import Path

from forerun import api
from forerun.core import Finding
from forerun.runs.store import Store, rows
from forerun.runs.store.schema import VERSION

if __name__ == "__main__":
    out = Path(__file__).parent / "assets" / f"store_v{VERSION}.forerun"
    logs = Path(tempfile.mkdtemp())
    records = [f'{{"step": {i}, "loss": {round(2 + 1 / (i + 1), 6)}}}\n' for i in range(300)]
    (logs / "a.jsonl").write_text("".join(records))
    (logs / "b.csv").write_text("step,loss\n" + "".join(f"{i},{i / 8}\n" for i in range(300)) + "300,9.5")
    out.unlink(missing_ok=True)
    api.read(logs, store=out)
    with Store(out) as store:
        finding = Finding("plateau", "loss", "step", 3.0, None, 4.0, 9.0, 8.0, "one per 1e5", "plateau", "level")
        store.journal.add("a.jsonl", finding, at=1.0, method="plateau", version="1")
        rows.update(store.db, [file._replace(root="/logs") for file in rows.select(store.db, rows.FileRow, "")])
    with sqlite3.connect(out) as db:
        db.execute("PRAGMA journal_mode = DELETE")
        db.execute("VACUUM")
