"""Time of comparing every pair of 1,000 systems on 1,319 items, against a call for each pair, in one run.

    python benchmarks/item_pairs.py [--systems 1000] [--items 1319] [--single 200]

The calls (`over_items`, which is what `compare` makes of a benchmark) are timed on so many pairs and extrapolated.
Answers are drawn: 0 and 1, each system with its own rate. The whole command, `forerun compare TABLE --all-pairs
--json`, is timed too: it reads a table of all answers and writes a row a pair.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from forerun.evaluate.differences.over_items import over_items
from forerun.evaluate.items.all_pairs import all_pairs


def command_seconds(solved: Any) -> float:
    """Seconds of the command on a table with a row an item and a column a system."""
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder, "answers.csv")
        rows = ["item," + ",".join(f"m{i}" for i in range(len(solved)))]
        rows += [f"q{j}," + ",".join(f"{cell:.0f}" for cell in column) for j, column in enumerate(solved.T)]
        table.write_text("\n".join(rows))
        began = time.perf_counter()
        words = [sys.executable, "-m", "forerun", "compare", str(table), "--all-pairs", "--json"]
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--systems", type=int, default=1000)
    parser.add_argument("--items", type=int, default=1319)
    parser.add_argument("--single", type=int, default=200)
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    solved = (rng.random((options.systems, options.items)) < rng.random((options.systems, 1))) * 1.0
    began = time.perf_counter()
    pairs = all_pairs([str(i) for i in range(options.systems)], solved)
    together = time.perf_counter() - began
    began = time.perf_counter()
    for i in range(options.single):
        over_items(solved[i], solved[i + 1])
    alone = (time.perf_counter() - began) / options.single * len(pairs.first)
    result = {
        "systems": options.systems, "items": options.items, "pairs": len(pairs.first),
        "seconds": together, "seconds_one_by_one": alone, "times": alone / together,
        "seconds_command": command_seconds(solved),
    }  # fmt: skip
    (Path(__file__).parent / "results" / "item_pairs.json").write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result))


if __name__ == "__main__":
    main()
