"""What the commands say of logs, and what short lab studies come to: written to a file, and compared with one.

    python tests/golden/golden_logs.py DATA -o before.json
    python tests/golden/golden_logs.py DATA -o after.json --against before.json
    python tests/golden/golden_logs.py DATA -o before.json --studies

DATA is the folder of recorded runs. Right answers are asserted elsewhere; this says that a redesign moved none: every
word of the JSON documents equal, and every number within 1e-12 of its size. ``--studies`` takes some minutes.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from forerun.cli.app import run

ROOT = Path(__file__).resolve().parents[2]
LOGS = ("raw", "raw_more", "raw_imitated")
COMMANDS = ("read", "predict", "scan", "advise")
STUDIES = ("linear_decay", "averaging")  # of those that run in a minute
NOW = 1_750_000_000.0
CLOSE = 1e-12


def documents(data: Path) -> Iterator[tuple[str, Any]]:
    """Every command's JSON on the example and on each folder of raw logs."""
    time.time = lambda: NOW
    folders = [ROOT / "examples" / "runs"]
    folders += [folder for name in LOGS for folder in sorted((data / name).iterdir()) if folder.is_dir()]
    for folder in folders:
        os.chdir(folder.parent)
        for command in COMMANDS:
            yield f"{folder.parent.name}/{folder.name}/{command}", _answer([command, folder.name, "--json"])


def studies(folder: Path) -> Iterator[tuple[str, Any]]:
    """What two short lab studies come to."""
    for name in STUDIES:
        yield f"study/{name}", _answer(["lab", "study", name, "--json", "--out", str(folder / name)])


def _answer(arguments: list[str]) -> Any:
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown), contextlib.redirect_stderr(io.StringIO()):
        code = run(arguments)
    return {"exit": code, "document": json.loads(shown.getvalue() or "null")}


def differences(before: Any, after: Any, where: str = "") -> Iterator[str]:
    """Where two documents differ."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted({*before, *after}):
            if key not in before or key not in after:
                yield f"{where}.{key}: only {'after' if key in after else 'before'}"
            else:
                yield from differences(before[key], after[key], f"{where}.{key}")
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for i, pair in enumerate(zip(before, after, strict=True)):
            yield from differences(*pair, f"{where}[{i}]")
    elif isinstance(before, float) and isinstance(after, float):
        if abs(before - after) > CLOSE * max(1.0, abs(before)):
            yield f"{where}: {before!r} before, {after!r} after"
    elif before != after:
        yield f"{where}: {str(before)[:80]} before, {str(after)[:80]} after"


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("data", type=Path)
    asked.add_argument("-o", "--out", type=Path, required=True)
    asked.add_argument("--against", type=Path)
    asked.add_argument("--studies", action="store_true", help="lab studies in place of logs")
    told = asked.parse_args()
    out, against = told.out.resolve(), told.against and told.against.resolve()
    folder = out.with_suffix(".runs")
    answers = dict(studies(folder) if told.studies else documents(told.data.resolve()))
    out.write_text(json.dumps(answers, indent=1, sort_keys=True))
    if against:
        found = list(differences(json.loads(against.read_text()), json.loads(out.read_text())))
        print(*found[:50], sep="\n")
        print(f"{len(answers)} documents, {len(found)} differences")


if __name__ == "__main__":
    main()
