"""Time reading 1,000,000 TensorBoard scalars against tensorboard's own EventAccumulator, in one run.

    python benchmarks/tensorboard_read.py [--file EVENTS] [--out benchmarks/results/tensorboard_read.json]

Needs the extra [clients]. Each reader runs in a process of its own, so that its peak memory is its own; values and
steps are compared tag by tag. A file made before can be given; else one is written with torch's SummaryWriter (about a
minute).
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path

TAGS, STEPS = 10, 100_000

_OURS = """
import json, resource, sys, time
begin = time.perf_counter()
from forerun import api
(run,) = api.read(sys.argv[1], format="tensorboard")
seconds = time.perf_counter() - begin
sums = {m: [len(c), float(c.x.sum()), float(c.y.sum())] for m, c in run.curves.items()}
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"seconds": seconds, "peak_mb": peak, "sums": sums}))
"""

_THEIRS = """
import json, resource, sys, time
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
begin = time.perf_counter()
accumulator = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0})
accumulator.Reload()
scalars = {tag: accumulator.Scalars(tag) for tag in accumulator.Tags()["scalars"]}
seconds = time.perf_counter() - begin
sums = {t: [len(v), float(sum(e.step for e in v)), float(sum(e.value for e in v))] for t, v in scalars.items()}
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"seconds": seconds, "peak_mb": peak, "sums": sums}))
"""


def write(folder: Path) -> Path:
    """1,000,000 scalars in 10 tags, by torch's SummaryWriter."""
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(str(folder)) as writer:
        for step in range(STEPS):
            for tag in range(TAGS):
                writer.add_scalar(f"metric_{tag}/loss", 3.0 / (1 + step) + tag, step)
    return next(folder.iterdir())


def timed(code: str, path: Path) -> dict[str, object]:
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def same(ours: dict[str, list[float]], theirs: dict[str, list[float]]) -> bool:
    """Equal counts and steps, and value sums equal to rounding."""
    return ours.keys() == theirs.keys() and all(
        ours[tag][:2] == theirs[tag][:2] and abs(ours[tag][2] - theirs[tag][2]) <= 1e-9 * abs(theirs[tag][2])
        for tag in ours
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--file", type=Path)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "tensorboard_read.json")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = asked.file or write(Path(folder))
        ours = [timed(_OURS, file) for _ in range(asked.repeats)]
        theirs = timed(_THEIRS, file)
        assert same(ours[0]["sums"], theirs["sums"]), "the readers disagree"  # type: ignore[arg-type]
        best = min(float(run["seconds"]) for run in ours)  # type: ignore[arg-type]
        result = {
            "scalars": TAGS * STEPS,
            "bytes": file.stat().st_size,
            "forerun_seconds": [run["seconds"] for run in ours],
            "forerun_peak_mb": ours[0]["peak_mb"],
            "event_accumulator_seconds": theirs["seconds"],
            "event_accumulator_peak_mb": theirs["peak_mb"],
            "ratio": float(theirs["seconds"]) / best,  # type: ignore[arg-type]
            "versions": {name: metadata.version(name) for name in ("forerun", "tensorboard", "numpy", "torch")},
            "python": platform.python_version(),
        }
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
