"""The table of README.md from results.json: python evidence/lab_forecasts/page.py"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
_TABLE = re.compile(r"<!-- results.json -->\n.*?<!-- end -->", re.DOTALL)
_HEAD = ("forecast", "50 / 80 / 90% hold", "mean error", "of the last value", "of the calibrated one",
         "less than the better of the two", "width of the 80% interval")  # fmt: skip


def table(found: dict[str, Any]) -> list[str]:
    """A row a way of forecasting, and one a schedule."""
    every = found["all"] | {f"told, {name}": one for name, one in found["by_schedule"].items()}
    rows = [_HEAD, ["---"] * len(_HEAD)]
    for name, one in every.items():
        hold = " / ".join(f"{share[0]:.2f}" for share in one["hold"].values())
        rows.append([name, f"{hold} ({one['n']} runs)", f"{one['error']:.4f}", f"{one['error_of_last']:.4f}",
                     f"{one['error_of_baseline']:.4f}", f"{one['gain']:+.0%}", f"{one['width_80']:.3f}"])  # fmt: skip
    return ["| " + " | ".join(row) + " |" for row in rows]


def written(text: str) -> str:
    """The page with its table as the raw numbers have it."""
    found = json.loads((HERE / "results.json").read_text("utf-8"))
    return _TABLE.sub("\n".join(["<!-- results.json -->", *table(found), "<!-- end -->"]), text)


if __name__ == "__main__":
    (HERE / "README.md").write_text(written((HERE / "README.md").read_text("utf-8")), "utf-8")
