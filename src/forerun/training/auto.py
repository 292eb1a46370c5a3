"""Make what `auto` ships: the nets of `learned`, and those that heed siblings.

    python -m forerun.training.auto TABLE... --work DIR [-o src/forerun/forecast/weights] [--max-curves 2000]

Reads tidy tables and takes the curves the backtest takes. What is learned of all curves and of each half of the tasks
is left in DIR as it is done, so that a killed run goes on; nothing that stands there is learned again. About twenty
minutes of one core; the same tables give the same files on the same machine. The calibrated last value, by which all
methods are judged, stays as it was shipped.
"""

from __future__ import annotations

import argparse
import base64
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from forerun import api
from forerun.evaluate.forecasts import backtest
from forerun.forecast import auto, learned, weights
from forerun.forecast.forecaster import Finished, State

WILD = "wild_"
"""Begins the sources of logs of many small projects, a source a format; they count as one."""


def pasts_of(tables: Sequence[Path]) -> list[backtest.Past]:
    """Every curve of tidy tables that the backtest takes."""
    every = (past for run in api.read(tables) if run.source for past in api.pasts_of(run))
    pasts = [replace(past, source=f"{WILD}public") if past.source.startswith(WILD) else past for past in every]
    return backtest.choose(pasts, len(pasts))


def finished(pasts: Sequence[backtest.Past]) -> Finished:
    """Curves to learn from."""
    return Finished(
        [past.curve for past in pasts],
        [past.source for past in pasts],
        [past.task for past in pasts],
        [past.schedule for past in pasts],
    )


def kept(path: Path, curves: Finished, nets: int = learned.NETS) -> State:
    """What so many nets learn of curves, from a file where it was left."""
    if not path.exists():
        path.with_suffix(".part").write_text(json.dumps(auto.learn_alone(curves, nets)))
        path.with_suffix(".part").replace(path)
    return json.loads(path.read_text())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", nargs="+", type=Path)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--max-curves", type=int, default=2000)
    parser.add_argument("-o", "--out", type=Path, default=Path(weights.__path__[0]))
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    every = finished(backtest.first(pasts_of(options.tables), options.max_curves))
    halves = [auto.in_half(every, half) for half in (0, 1)]
    without = [every.only([not one for one in half]) for half in halves]
    states = [kept(options.work / f"without{i}.json", curves) for i, curves in enumerate(without)]
    whole = kept(options.work / "all.json", every)
    siblings = auto.learn_siblings(every, list(zip(states, halves, strict=True)))
    for name, text in ((learned.SHIPPED, whole["learned"]["nets"]), (auto.SHIPPED, siblings)):
        data = base64.b64decode(text)
        weights.write(options.out, name, data)
        print(f"{name}: {len(data)} bytes")
    print(f"learned from {dict(Counter(every.groups))}")


if __name__ == "__main__":
    main()
