"""Time reading printed logs against a regular expression written by hand for each, in one run.

    python benchmarks/text_read.py [--lines N] [--date DATE] [--out benchmarks/results/text_read.json]

The baseline knows its format beforehand and keeps only the step and the metrics of a line, as floats in lists. Ours is
the reader alone, from the file to its logs. They take turns, seconds are processor time, the least of three.
"""

from __future__ import annotations

import argparse
import json
import platform
import re
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from forerun.runs.log import merged
from forerun.runs.readers.text_log import TEXT

N = r"([-+.\deEnaif]+)"
FORMATS: dict[str, tuple[Callable[[int], str], str]] = {
    "a step and a loss": (lambda i: f"step {i} loss {3 - i / 1e6:.4f}", rf"step (\d+) loss {N}"),
    "nanoGPT": (
        lambda i: f"iter {i}: loss {3 - i / 1e6:.4f}, time {100 + i % 7}.11ms, mfu {30 + i % 5}.00%",
        rf"iter (\d+): loss {N}, time {N}ms, mfu {N}%",
    ),
    "PyTorch's ImageNet example": (
        lambda i: (
            f"Epoch: [{i // 1000}][{i % 1000:4d}/1000]\tTime  0.350 ( 0.722)\tData  0.000 ( 0.359)\t"
            f"Loss {2 - i / 1e6:.4e} (7.5188e+00)\tAcc@1  30.00 ( 30.00)\tAcc@5  50.00 ( 50.00)"
        ),
        rf"Epoch: \[(\d+)\]\[ *(\d+)/.*Time +{N} .*Data +{N} .*Loss {N} .*Acc@1 +{N} .*Acc@5 +{N} ",
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=100_000)
    parser.add_argument("--date", default=datetime.now(UTC).date().isoformat())
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    results = {name: compared(line, pattern, arguments.lines) for name, (line, pattern) in FORMATS.items()}
    told = {"date": arguments.date, "python": platform.python_version(), "lines": arguments.lines, "formats": results}
    print(json.dumps(told, indent=2))
    if arguments.out:
        arguments.out.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


def compared(line: Callable[[int], str], pattern: str, count: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "train.log")
        file.write_text("".join(line(i) + "\n" for i in range(count)))
        times: dict[str, list[float]] = {"ours": [], "by_hand": []}
        scalars: dict[str, int] = {}
        for _ in range(3):
            for name, read in (("ours", ours), ("by_hand", lambda file: by_hand(file, pattern))):
                begin = time.process_time()
                scalars[name] = read(file)
                times[name].append(time.process_time() - begin)
        seconds = min(times["ours"])
        return {
            "seconds": seconds,
            "ratio": seconds / min(times["by_hand"]),
            "seconds_per_million_scalars": 1e6 * seconds / scalars["ours"],
        }


def ours(file: Path) -> int:
    log = merged([log for step in TEXT.follow(file, {}) for log in (*step.logs, *step.pending)])
    return log.n * len(log.axes) + sum(len(rows) for rows, _ in log.series.values())


def by_hand(file: Path, pattern: str) -> int:
    match, rows = re.compile(pattern).search, []
    with file.open() as lines:
        for line in lines:
            found = match(line)
            if found:
                rows.append([float(number) for number in found.groups()])
    return sum(map(len, rows))


if __name__ == "__main__":
    main()
