"""CPU seconds of commands that only look, against those of ``import numpy``, in fresh interpreters:
python benchmarks/start_up.py"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]
_COMMANDS = {"help": ["--help"], "read of six runs": ["read", "examples/runs"], "methods": ["methods"]}


def cpu_seconds(command: list[str], repeats: int = 9) -> float:
    """Median CPU seconds, of the process and the system for it."""
    taken: list[float] = []
    for _ in range(repeats):
        before = os.times()
        subprocess.run([sys.executable, *command], cwd=_ROOT, stdout=subprocess.DEVNULL, check=True)
        after = os.times()
        spent = after.children_user - before.children_user + after.children_system - before.children_system
        taken.append(spent)
    return round(statistics.median(taken), 3)


def main() -> None:
    result = {"import numpy": cpu_seconds(["-c", "import numpy"])}
    result |= {name: cpu_seconds(["-m", "forerun", *words]) for name, words in _COMMANDS.items()}
    ratios = {f"{name}, ratio to numpy": round(result[name] / result["import numpy"], 2) for name in _COMMANDS}
    text = json.dumps(result | ratios, indent=1)
    out = Path(__file__).parent / "results" / "start_up.json"
    out.write_text(text + "\n", "utf-8")
    print(text)


if __name__ == "__main__":
    main()
