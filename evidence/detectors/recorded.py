"""What the detectors of two curves, of signals and of streams say of recorded runs.

    python evidence/detectors/recorded.py DATA

Every folder of logs and table under DATA that is named in ``SOURCES``: runs, how often each detector found the metrics
it reads, and every finding, to ``recorded.json``. A label that a reader has put there (``"is"``) stays with its
finding.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from worlds import NULLS

from forerun import api
from forerun.core import RunFindings
from forerun.core.choosing import watched_of
from forerun.monitor import DETECTORS
from forerun.monitor.reads import complete

SOURCES = (
    "raw", "raw_more", "raw_imitated", "wild_public/curves.parquet", "lr_scheduling/curves.parquet",
    "lumi_stability/curves.parquet", "modded_nanogpt/curves.parquet", "deepobs/curves.parquet",
    "algoperf/train_steps.parquet", "algoperf/eval_curves.parquet",
)  # fmt: skip


def source(path: Path) -> dict[str, Any]:
    runs, readings = list(api.read(path)), Counter[str]()
    for run in runs:
        names = [curve.metric for curve in watched_of(run)]
        for name in NULLS:
            detector = DETECTORS.load(name)
            readings[name] += len(complete(detector.reads(names), detector.roles, names))
    findings = [
        {"run": one.run, "detector": finding.kind, "alarm": finding.alarm, "message": finding.message}
        for one in api.scan(runs, detector=list(NULLS))
        if isinstance(one, RunFindings) and isinstance(one.findings, tuple)
        for finding in one.findings
    ]
    return {"runs": len(runs), "readings": +readings, "findings": findings}


def main(data: Path) -> None:
    path = Path(__file__).with_name("recorded.json")
    before = json.loads(path.read_text()) if path.exists() else {}
    labels = {
        (one["run"], one["alarm"]): one["is"] for old in before.values() for one in old["findings"] if "is" in one
    }
    sources = {name: source(data / name) for name in SOURCES}
    for name, one in sources.items():
        for finding in one["findings"]:
            finding["is"] = labels.get((finding["run"], finding["alarm"]), "not read")
            print(name, finding["run"], finding["alarm"], finding["message"], finding["is"], sep=" | ")
        print(name, one["runs"], dict(one["readings"]), len(one["findings"]))
    path.write_text(json.dumps(sources, indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
