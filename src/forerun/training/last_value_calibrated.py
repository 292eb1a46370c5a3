"""Make the table that `last_value_calibrated` ships.

    python -m forerun.training.last_value_calibrated TABLE... -o src/forerun/forecast/last_value_calibrated.json

Reads tidy tables, takes the curves the backtest takes, every source weighing the same, and writes the quantiles of
what happened after each origin. Deterministic: the same tables give the same bytes.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path

from forerun import api
from forerun.evaluate import backtest
from forerun.forecast import last_value_calibrated


def make(tables: list[Path], max_curves: int) -> dict[str, object]:
    runs = api.read(tables)
    pasts = backtest.choose((past for run in runs for past in api.pasts_of(run)), max_curves)
    state = last_value_calibrated.fit([past.curve for past in pasts], [past.source for past in pasts])
    return {"version": last_value_calibrated.VERSION, "curves": Counter(past.source for past in pasts)} | state


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", nargs="+", type=Path)
    parser.add_argument("--max-curves", type=int, default=2000)
    parser.add_argument("-o", "--out", type=Path, required=True)
    asked = parser.parse_args()
    asked.out.write_text(json.dumps(make(asked.tables, asked.max_curves), indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
