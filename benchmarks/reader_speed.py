"""Processor time of every reader on a long log of its format, per million numbers kept.

    python benchmarks/reader_speed.py [--records 20000] [--only NAME ...] [--date DATE]
        [--out benchmarks/results/reader_speed.json]

The logs are those of the tests' corpus, made longer. Numbers kept are the values of all curves and the places they were
logged at. Processor time of reading the folder in a warm process, the least of three; the baseline in the same run is
the csv module with float on every cell of a table of as many rows.
"""

from __future__ import annotations

import argparse
import csv
import json
import platform
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from forerun import api
from tests.runs import corpus


def least(work: Callable[[], Any], turns: int = 3) -> float:
    times: list[float] = []
    for _ in range(turns):
        begun = time.process_time()
        work()
        times.append(time.process_time() - begun)
    return min(times)


def kept(folder: Path) -> int:
    runs = api.read(folder)
    values = sum(len(curve) for run in runs for curve in run.curves.values())
    return values + sum(len(column) for run in runs for column in run.positions.columns.values())


def by_hand(records: int) -> float:
    """Seconds per million numbers."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "a.csv")
        file.write_text("".join(f"{i},{3 - i / records:.4f},{i / records:.4f}\n" for i in range(records)))

        def read() -> list[list[float]]:
            with file.open(newline="") as opened:
                return [[float(cell) for cell in row] for row in csv.reader(opened)]

        return least(read) / (3 * records) * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--only", nargs="*", default=())
    parser.add_argument("--date", default=datetime.now(UTC).date().isoformat())
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    corpus.N = asked.records
    corpus.LOSS = [round(1.0 + 2.0 / (1 + i / 50) + 0.001 * (i * 7 % 5), 6) for i in range(asked.records)]
    found: dict[str, Any] = {}
    for name in asked.only or corpus.CORPUS:
        with tempfile.TemporaryDirectory() as folder:
            try:
                corpus.CORPUS[name](Path(folder))
                numbers, seconds = kept(Path(folder)), least(lambda where=folder: api.read(Path(where)))
            except Exception as error:  # a sample that does not grow with N
                found[name] = {"skipped": f"{type(error).__name__}: {error}"[:200]}
                continue
        if numbers < asked.records:
            found[name] = {"skipped": "its sample does not grow"}
            continue
        found[name] = {"numbers": numbers, "seconds_per_million": round(seconds / numbers * 1e6, 2)}
        print(name, found[name], flush=True)
    told = {"date": asked.date, "python": platform.python_version(), "records": asked.records,
            "csv_by_hand": round(by_hand(asked.records), 2), "formats": found}  # fmt: skip
    if asked.out:
        asked.out.write_text(json.dumps(told, indent=1) + "\n")
    print(
        json.dumps({k: v for k, v in told.items() if k != "formats"}),
        {k: v for k, v in found.items() if "skipped" in v},
    )


if __name__ == "__main__":
    main()
