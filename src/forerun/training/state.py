"""Make the state that a forecaster ships, from recorded runs.

    python -m forerun.training.state NAME TABLE... [-o src/forerun/forecast/weights] [--max-curves 2000]

NAME is a forecaster that learns what JSON can hold: last_value_calibrated, parametric, schedule_law. Reads tidy tables,
takes the curves the backtest takes and lets the forecaster learn from them, every source weighing the same. The same
tables give the same file. Writes the file and its sum. The nets of `learned` and `auto` are made by
`forerun.training.auto`.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path

from forerun import api
from forerun.evaluate.forecasts import backtest
from forerun.forecast import FORECASTERS, weights


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=("last_value_calibrated", "parametric", "schedule_law"))
    parser.add_argument("tables", nargs="+", type=Path)
    parser.add_argument("--max-curves", type=int, default=2000)
    parser.add_argument("-o", "--out", type=Path, default=Path(weights.__path__[0]))
    options = parser.parse_args()
    member = FORECASTERS.load(options.name)
    runs = api.read(options.tables)
    pasts = backtest.choose((past for run in runs for past in api.pasts_of(run)), options.max_curves)
    counts = Counter(past.source for past in pasts)
    state = api.learned_from(member, pasts)
    data = (json.dumps({"version": member.version, "curves": counts} | state, indent=1) + "\n").encode()
    weights.write(options.out, member.shipped, data)
    print(f"{member.shipped}: {len(data)} bytes, learned from {dict(counts)}")


if __name__ == "__main__":
    main()
