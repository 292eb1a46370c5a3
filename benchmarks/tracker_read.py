"""Time reading 1,000,000 scalars of W&B, MLflow and Trackio against the trackers' own readers, in one run.

    python benchmarks/tracker_read.py [--data DIR] [--date DATE] [--out benchmarks/results/tracker_read.json]

Needs the extra [clients]. The logs are written by the trackers' own clients (some minutes; with ``--data`` they are
kept there and used again): 10 metrics of 100,000 steps each. Each reader runs in a process of its own, imports not
timed, and they take turns; values must be equal to the bit. W&B has no reader of its own files: it is compared with its
protobuf classes and json. Trackio has one for all rows and one for a metric; the first is also timed until each metric
is an array.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

METRICS, STEPS, TURNS = 10, 100_000, 3

_WRITE = {
    "wandb": """
import math, os, sys
os.environ.update(WANDB_MODE="offline", WANDB_SILENT="true")
import wandb
run = wandb.init(project="p", dir=sys.argv[1], settings=wandb.Settings(x_disable_stats=True, console="off"))
for s in range(STEPS):
    run.log({f"m{i}": math.exp(-s / 30000) + i + math.sin(s * 1.7 + i) * 0.01 for i in range(METRICS)})
run.finish()
""",
    "mlruns": """
import math, os, sys
os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
from mlflow.entities import Metric
from mlflow.tracking import MlflowClient
client = MlflowClient(tracking_uri=URI.format(sys.argv[1]))
run = client.create_run(client.create_experiment("exp"), run_name="big").info.run_id
for s in range(0, STEPS, 100):
    client.log_batch(run, metrics=[
        Metric(f"m{i}", math.exp(-k / 30000) + i + math.sin(k * 1.7 + i) * 0.01, 1700000000000 + k, k)
        for k in range(s, s + 100) for i in range(METRICS)])
client.set_terminated(run)
""",
    "trackio": """
import math, os, sys
os.environ["TRACKIO_DIR"] = sys.argv[1]
import trackio
trackio.init(project="proj", name="big")
for s in range(STEPS):
    trackio.log({f"m{i}": math.exp(-s / 30000) + i + math.sin(s * 1.7 + i) * 0.01 for i in range(METRICS)}, step=s)
trackio.finish()
""",
}
_WRITE["mlflow.db"] = _WRITE["mlruns"].replace("URI", "'sqlite:///{}/mlflow.db'")
_WRITE["mlruns"] = _WRITE["mlruns"].replace("URI", "'file://{}'")

_HEAD = """
import array, glob, hashlib, json, resource, sys, time
METRICS, folder = 10, sys.argv[1]
def told(seconds, curves):
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sums = {}
    for name, (x, y) in curves.items():
        held = array.array("d", x).tobytes() + array.array("d", y).tobytes()
        sums[name] = [len(y), hashlib.sha256(held).hexdigest()]
    print(json.dumps({"seconds": seconds, "peak_mb": peak, "metrics": sums}))
"""
_OURS = (
    _HEAD
    + """
from forerun import api
begin = time.perf_counter()
(run,) = api.read(folder)
seconds = time.perf_counter() - begin
told(seconds, {m: (c.x, c.y) for m, c in run.curves.items() if m.startswith("m")})
"""
)
_MLFLOW = """
from mlflow.tracking import MlflowClient
client = MlflowClient(tracking_uri=URI)
experiment = next(e for e in client.search_experiments() if e.name == "exp")
run = client.search_runs([experiment.experiment_id])[0].info.run_id
begin = time.perf_counter()
found = {f"m{i}": client.get_metric_history(run, f"m{i}") for i in range(METRICS)}
seconds = time.perf_counter() - begin
told(seconds, {m: ([p.step for p in points], [p.value for p in points]) for m, points in found.items()})
"""
_TRACKIO = """
import os
os.environ["TRACKIO_DIR"] = folder
from trackio.sqlite_storage import SQLiteStorage
begin = time.perf_counter()
rows = SQLiteStorage.get_logs("proj", "big")
ARRAYS
seconds = time.perf_counter() - begin
told(seconds, {m: ([r["step"] for r in rows], [r[m] for r in rows]) for m in (f"m{i}" for i in range(METRICS))})
"""
_TRACKIO_METRICS = """
import os
os.environ["TRACKIO_DIR"] = folder
from trackio.sqlite_storage import SQLiteStorage
begin = time.perf_counter()
found = {f"m{i}": SQLiteStorage.get_metric_values("proj", "big", f"m{i}") for i in range(METRICS)}
seconds = time.perf_counter() - begin
told(seconds, {m: ([r["step"] for r in rows], [r["value"] for r in rows]) for m, rows in found.items()})
"""
_THEIRS = {
    "wandb": {"protobuf and json": _HEAD + """
import struct
from wandb.proto import wandb_internal_pb2 as pb
begin = time.perf_counter()
file = glob.glob(folder + "/wandb/offline-run-*/*.wandb")[0]
data, at, parts, curves = open(file, "rb").read(), 7, [], {}
while at + 7 <= len(data):
    if 32768 - at % 32768 < 7:
        at += 32768 - at % 32768
        continue
    _, size, kind = struct.unpack_from("<IHB", data, at)
    parts.append(data[at + 7 : at + 7 + size])
    at += 7 + size
    if kind not in (1, 4):
        continue
    record = pb.Record()
    record.ParseFromString(b"".join(parts))
    parts = []
    if record.WhichOneof("record_type") == "history":
        row = {".".join(i.nested_key) or i.key: json.loads(i.value_json) for i in record.history.item}
        for name, value in row.items():
            xs, ys = curves.setdefault(name, ([], []))
            xs.append(row["_step"])
            ys.append(value)
seconds = time.perf_counter() - begin
told(seconds, {m: c for m, c in curves.items() if m.startswith("m")})
"""},
    "mlruns": {"client": _HEAD + "import os; os.environ['MLFLOW_ALLOW_FILE_STORE'] = 'true'"
               + _MLFLOW.replace("URI", "'file://' + folder")},
    "mlflow.db": {"client": _HEAD + _MLFLOW.replace("URI", "'sqlite:///' + folder + '/mlflow.db'")},
    "trackio": {
        "get_logs": _HEAD + _TRACKIO.replace("ARRAYS", ""),
        "get_metric_values": _HEAD + _TRACKIO_METRICS,
        "get_logs, to arrays": _HEAD + _TRACKIO.replace(
            "ARRAYS", "import numpy as np; held = [np.array([r[f'm{i}'] for r in rows]) for i in range(METRICS)]"),
    },
}  # fmt: skip


def write(name: str, folder: Path) -> None:
    """1,000,000 scalars, by the tracker's own client."""
    folder.mkdir(parents=True)
    code = _WRITE[name].replace("STEPS", str(STEPS)).replace("METRICS", str(METRICS))
    subprocess.run([sys.executable, "-c", code, str(folder)], check=True, capture_output=True)


def timed(code: str, folder: Path) -> dict[str, Any]:
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    done = subprocess.run([sys.executable, "-c", code, str(folder)], capture_output=True, text=True, env=environment)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return json.loads(done.stdout.splitlines()[-1])


def compared(name: str, folder: Path) -> dict[str, Any]:
    """Both readers in turn; the ratio of their medians, and that of their nearest runs."""
    ours: list[dict[str, Any]] = []
    theirs: dict[str, list[dict[str, Any]]] = {reader: [] for reader in _THEIRS[name]}
    for _ in range(TURNS):
        ours.append(timed(_OURS, folder))
        for reader, code in _THEIRS[name].items():
            theirs[reader].append(timed(code, folder))
    equal = all(run["metrics"] == ours[0]["metrics"] for runs in theirs.values() for run in runs)
    seconds = sorted(run["seconds"] for run in ours)
    result: dict[str, Any] = {"ours_s": seconds, "ours_mb": max(run["peak_mb"] for run in ours), "equal": equal}
    for reader, runs in theirs.items():
        other = sorted(run["seconds"] for run in runs)
        result[reader] = {
            "seconds": other,
            "mb": max(run["peak_mb"] for run in runs),
            "ratio": statistics.median(other) / statistics.median(seconds),
            "worst_ratio": other[0] / seconds[-1],
        }
    return result


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path)
    parser.add_argument("--date", default=datetime.now(UTC).date().isoformat())
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/tracker_read.json"))
    asked = parser.parse_args()
    data = asked.data or Path(tempfile.mkdtemp())
    results: dict[str, Any] = {}
    for name in _WRITE:
        folder = (data / name).resolve()
        if not folder.exists():
            write(name, folder)
        results[name] = compared(name, folder)
        print(name, json.dumps(results[name]))
    versions = {p: metadata.version(p) for p in ("forerun", "wandb", "mlflow", "trackio", "numpy")}
    told = {"date": asked.date, "scalars": METRICS * STEPS, "python": platform.python_version(), "versions": versions}
    asked.out.write_text(json.dumps(told | {"results": results}, indent=1) + "\n")


if __name__ == "__main__":
    main()
