"""Time ``import forerun`` against ``import numpy``, each in fresh interpreters: python benchmarks/import_time.py"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from pathlib import Path

_CODE = "import time; t = time.perf_counter(); import {}; print(time.perf_counter() - t)"


def seconds(module: str, repeats: int = 15) -> float:
    """Median seconds of one import."""
    command = [sys.executable, "-c", _CODE.format(module)]
    runs = [subprocess.run(command, capture_output=True, text=True, check=True) for _ in range(repeats)]
    return statistics.median(float(run.stdout) for run in runs)


def main() -> None:
    result = {module: round(seconds(module), 5) for module in ("forerun", "forerun.api", "numpy")}
    text = json.dumps(result | {"ratio_to_numpy": round(result["forerun"] / result["numpy"], 4)}, indent=1)
    out = Path(__file__).parent / "results" / "import_time.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(text + "\n", "utf-8")
    print(text)


if __name__ == "__main__":
    main()
