"""Time reading 1,000,000 TensorBoard scalars against tensorboard's own EventAccumulator, in one run.

    python benchmarks/tensorboard_read.py [--file EVENTS] [--date DATE] [--out benchmarks/results/tensorboard_read.json]

Needs the extra [clients]. Each reader runs in a process of its own, so that its peak memory is its own, and they take
turns; steps and values must be equal to the bit, tag by tag. The events are written with torch's SummaryWriter (about a
minute); with ``--file`` they are kept there and used again.
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

TAGS, STEPS = 10, 100_000

_OURS = """
import hashlib, json, resource, sys, time
begin = time.perf_counter()
from forerun import api
(run,) = api.read(sys.argv[1], format="tensorboard")
seconds = time.perf_counter() - begin
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
told = {m: [len(c), hashlib.sha256(c.x.tobytes() + c.y.tobytes()).hexdigest()] for m, c in run.curves.items()}
print(json.dumps({"seconds": seconds, "peak_mb": peak, "tags": told}))
"""

_THEIRS = """
import array, hashlib, json, resource, sys, time
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
begin = time.perf_counter()
accumulator = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0})
accumulator.Reload()
scalars = {tag: accumulator.Scalars(tag) for tag in accumulator.Tags()["scalars"]}
seconds = time.perf_counter() - begin
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
told = {}
for tag, events in scalars.items():
    x, y = array.array("d", [e.step for e in events]), array.array("d", [e.value for e in events])
    told[tag] = [len(events), hashlib.sha256(x.tobytes() + y.tobytes()).hexdigest()]
print(json.dumps({"seconds": seconds, "peak_mb": peak, "tags": told}))
"""


def write(folder: Path) -> Path:
    """1,000,000 scalars in 10 tags, by torch's SummaryWriter."""
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(str(folder)) as writer:
        for step in range(STEPS):
            for tag in range(TAGS):
                writer.add_scalar(f"metric_{tag}/loss", 3.0 / (1 + step) + tag, step)
    return next(folder.iterdir())


def kept(file: Path) -> Path:
    """The file, written first where it is not there yet."""
    if not file.exists():
        with tempfile.TemporaryDirectory() as folder:
            shutil.move(write(Path(folder)), file)
    return file


def timed(code: str, file: Path) -> dict[str, Any]:
    done = subprocess.run([sys.executable, "-c", code, str(file)], capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def measured(file: Path, repeats: int, date: str) -> dict[str, Any]:
    pairs = [(timed(_OURS, file), timed(_THEIRS, file)) for _ in range(repeats)]
    ours, theirs = zip(*pairs, strict=True)
    assert all(run["tags"] == ours[0]["tags"] for run in (*ours, *theirs)), "the readers disagree"
    seconds = [[run["seconds"] for run in side] for side in (ours, theirs)]
    return {
        "date": date,
        "scalars": sum(count for count, _ in ours[0]["tags"].values()),
        "bytes": file.stat().st_size,
        "forerun_seconds": seconds[0],
        "forerun_peak_mb": max(run["peak_mb"] for run in ours),
        "event_accumulator_seconds": seconds[1],
        "event_accumulator_peak_mb": max(run["peak_mb"] for run in theirs),
        "ratio_of_medians": statistics.median(seconds[1]) / statistics.median(seconds[0]),
        "versions": {name: metadata.version(name) for name in ("forerun", "tensorboard", "numpy", "torch")},
        "python": platform.python_version(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--file", type=Path)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--date", default=datetime.now(UTC).date().isoformat())
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "tensorboard_read.json")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = kept(asked.file) if asked.file else write(Path(folder))
        result = json.dumps(measured(file, asked.repeats, asked.date), indent=1)
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(result + "\n", "utf-8")
    print(result)


if __name__ == "__main__":
    main()
