"""Policies replayed on recorded sweeps: ``python -m evidence.early_stopping.replay DATA OUT [--jobs N] SOURCE...``.

DATA is the folder of the recorded sources, OUT the folder of the journal; a replay that was killed goes on from there.
Writes ``SOURCE.json`` beside this file; `page` makes the page of all.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from forerun import api
from forerun.documents.backtest import policies_document
from forerun.evaluate.replays.candidates import ReplayTask

POLICIES = ("patience", "median", "hyperband", "promotion", "stop_hopeless", "stop_converged", "freeze_thaw")
"""No stopping and asha always take part; ``auto`` gives the same answers as ``promotion`` in a replay."""
FILES = {"algoperf": "algoperf/eval_curves.parquet"}
"""Of sources whose folder holds more than curves of quality."""
HERE = Path(__file__).parent


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("sources", nargs="+")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--orderings", type=int, default=20)
    parser.add_argument("--policies", nargs="+", default=POLICIES)
    options = parser.parse_args()
    for source in options.sources:
        rows = api.replay(
            options.data / FILES.get(source, source),
            policy=options.policies,
            orderings=options.orderings,
            journal=options.out / source,
            n_jobs=options.jobs,
            tasks_progress=_told,
        )
        text = json.dumps(policies_document(rows), indent=1, allow_nan=False)
        (HERE / f"{source}.json").write_text(text + "\n", "utf-8")


def _told(tasks: list[ReplayTask]) -> list[ReplayTask]:
    print(*(f"{one.source}/{one.task}: {len(one.candidates)} runs of {one.metric}" for one in tasks), sep="\n")
    return tasks


if __name__ == "__main__":
    main()
