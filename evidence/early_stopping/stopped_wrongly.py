"""Why `auto` stops runs wrongly in MLPerf: ``python -m evidence.early_stopping.stopped_wrongly DATA``.

The races of `side_by_side` once more, told where runs of a task usually end, and told where each really ends, which
nobody knew; and by how many sds of one of its evaluations the end of a run wrongly stopped was better than the best
that was left. Writes ``stopped_wrongly.json`` beside this file.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from evidence.early_stopping.replay import FILES
from evidence.early_stopping.side_by_side import RUNS, race
from forerun import api
from forerun.decide.auto import AUTO
from forerun.evaluate.replays.candidates import replay_tasks

HERE = Path(__file__).parent
SOURCES = ("mlperf_training_v2", "mlperf_training_v4")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--orders", type=int, default=5)
    options = parser.parse_args()
    rows: list[dict[str, object]] = []
    for source in SOURCES:
        for task in replay_tasks(api.read(options.data / FILES.get(source, source))):
            for own in (False, True):
                for seed in range(options.orders):
                    drawn = np.random.default_rng(seed).permutation(len(task.candidates))[:RUNS]
                    runs = [task.candidates[i] for i in sorted(drawn.tolist())]
                    came = race(task, runs, AUTO, forecasts=True, own_ends=own)
                    rows.append({
                        "source": source, "task": task.task, "own_ends": own, "seed": seed, "spent": came.spent,
                        "regret": came.regret, "stopped": came.stopped, "ahead_sds": came.ahead,
                    })  # fmt: skip
    (HERE / "stopped_wrongly.json").write_text(json.dumps(rows, indent=0, allow_nan=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
