"""What every detector says of recorded runs: of some known to be healthy, of some known to be not, and of raw logs.

    python evidence/detectors/real.py DATA WORK

Every finding of the runs drawn, with its diagnosis, to ``real.json``; labels that a reader has put there (``"is"``)
stay with their findings. What ``sheets.py`` draws goes to WORK. Which runs are healthy is said by their logs or by
their targets, as `SOURCES` has it, and never by a finding.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from forerun import api
from forerun.core import Run, RunFindings
from forerun.monitor import detectors_of

MOST = 150  # runs of a table, those of lowest SHA-1 of their name
LEAST = 4  # points of the longest curve, below which a run is not drawn


def reached_its_target(run: Run) -> bool:
    """AlgoPerf: the validation target of its workload was reached at an evaluation."""
    config = run.config
    name = f"validation/{config.get('target_metric_name')}"
    if name not in run.curves or "validation_target_value" not in config:
        return False
    y, target = run.curves[name].y, float(config["validation_target_value"])
    y = y[np.isfinite(y)]
    return bool(y.size and (y.min() <= target if run.curves[name].direction == "min" else y.max() >= target))


def was_accepted(run: Run) -> bool:
    """MLPerf: its log says that the quality target was reached."""
    return run.config.get("status") == "success"


def ends_at_the_record(run: Run) -> bool:
    """modded-nanogpt, short track: the last validation loss is 3.28 or lower, which a record has to reach."""
    y = run.curves["val_loss"].y if "val_loss" in run.curves else np.array([np.nan])
    return run.id.startswith("modded_nanogpt/track_1_short") and bool(y[-1] <= 3.28)


def none_is(run: Run) -> bool:
    """LUMI: by its notes no run is healthy."""
    return False


@dataclass(frozen=True)
class Source:
    """A table of runs, or a folder of logs.

    Args:
        path: under DATA.
        healthy: whether a run is known to be; None where nothing tells.
        chosen: a further reason to draw a run.
    """

    path: str
    healthy: Callable[[Run], bool] | None = None
    chosen: str = ""


SOURCES = (
    Source("lumi_stability/curves.parquet", none_is),
    Source("mlperf_training_v2/eval_curves.parquet", was_accepted),
    Source("mlperf_training_v4/eval_curves.parquet", was_accepted),
    Source("algoperf/eval_curves.parquet", reached_its_target, chosen="nan"),
    Source("algoperf/train_steps.parquet"),
    Source("modded_nanogpt/curves.parquet", ends_at_the_record),
    Source("raw"),
    Source("raw_more"),
    Source("raw_imitated"),
    Source("wild_public/curves.parquet"),
)


def order(name: str) -> str:
    """What decides which runs are drawn: nothing that is in them."""
    return hashlib.sha1(name.encode()).hexdigest()


def drawn(table: Path, chosen: str, work: Path) -> Path:
    """A table of some of its runs: of the runs that are long enough those of lowest hash, and those that are chosen."""
    frame = pl.scan_parquet(table)
    names = ["task", "run"]
    nan = pl.col("y").is_nan().fill_null(value=True).any().alias("nan")
    counts = frame.group_by([*names, "metric"]).agg(pl.len(), nan)
    runs = counts.group_by(names).agg(pl.col("len").max(), pl.col("nan").any()).collect()
    runs = runs.with_columns(pl.col(name).cast(pl.String) for name in names).filter(pl.col("len") >= LEAST)
    ranked = sorted(runs.iter_rows(named=True), key=lambda one: order(f"{one['task']}/{one['run']}"))
    kept = ranked[:MOST] + [one for one in ranked[MOST:] if chosen and one[chosen]]
    keys = pl.LazyFrame([{name: one[name] for name in names} for one in kept], schema=dict.fromkeys(names, pl.String))
    path = work / table.parent.name / table.name
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = frame.with_columns(pl.col(name).cast(pl.String) for name in (*names, "metric", "source", "config"))
    rows.join(keys, on=names, how="semi").collect().write_parquet(path)
    return path


def rows_of(scans: Iterable[RunFindings], healthy: Sequence[bool | None]) -> list[dict[str, Any]]:
    """A row a finding: told, or explained by another."""
    rows = list[dict[str, Any]]()
    for scan, well in zip(scans, healthy, strict=True):
        heads = () if scan.diagnosis is None else scan.diagnosis.findings
        rows += [
            {
                "run": scan.run, "metric": one.metric, "kind": one.kind, "start": one.start, "end": one.end,
                "alarm": one.alarm, "statistic": one.statistic, "threshold": one.threshold, "message": one.message,
                "told": one in heads, "healthy": well,
            }
            for one in scan.findings
        ]  # fmt: skip
    return rows


def source(of: Source, data: Path, work: Path) -> dict[str, Any]:
    path = data / of.path
    runs = list(api.read(path if path.is_dir() else drawn(path, of.chosen, work)))
    runs = [run for run in runs if any(len(curve) >= LEAST for curve in run.curves.values())]
    healthy = [None if of.healthy is None else of.healthy(run) for run in runs]
    scans = list(api.scan(runs))
    findings = rows_of(scans, healthy)
    np.savez_compressed(work / f"{of.path.replace('/', '_')}.npz", **curves_of(runs, findings))
    return {
        "detectors": versions(),
        "runs": len(runs),
        "healthy": healthy.count(True),
        "unhealthy": healthy.count(False),
        "not_looked_at": sum(scan.diagnosis is not None and not scan.diagnosis.looked_at for scan in scans),
        "findings": findings,
    }


def curves_of(runs: Sequence[Run], findings: Sequence[dict[str, Any]]) -> dict[str, np.ndarray]:
    """The curves that findings are of, by the number of the finding."""
    by_id = {run.id: run for run in runs}
    curves = [by_id[one["run"]].curves[one["metric"]] for one in findings]
    return {str(i): np.stack([curve.x, curve.y]) for i, curve in enumerate(curves)}


def key(finding: dict[str, Any]) -> tuple[Any, ...]:
    return finding["run"], finding["metric"], finding["kind"], finding["start"]


def main(data: Path, work: Path, only: Sequence[str]) -> None:
    path = Path(__file__).with_name("real.json")
    before = json.loads(path.read_text()) if path.exists() else {}
    labels = {key(one): one["is"] for old in before.values() for one in old["findings"] if "is" in one}
    for of in SOURCES:
        if only and of.path not in only:
            continue
        before[of.path] = source(of, data, work)
        for finding in before[of.path]["findings"]:
            if key(finding) in labels:
                finding["is"] = labels[key(finding)]
        one = before[of.path]
        print(
            of.path,
            one["runs"],
            one["healthy"],
            one["unhealthy"],
            one["not_looked_at"],
            len(one["findings"]),
            flush=True,
        )
    path.write_text(json.dumps(before, indent=0) + "\n")


def versions() -> dict[str, str]:
    """Of the detectors that looked."""
    return {one.name: one.version for one in detectors_of()}


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
