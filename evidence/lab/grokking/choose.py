"""What the ticket's decay and share were chosen on: python evidence/lab/grokking/choose.py RUNS

Seeds 0 to 2, which the study leaves out; decays of the training that finds the mask, and of the ticket's own, beside
the dense network's. RUNS is a folder for the runs, which go on where they stood. Writes chosen_decays.csv.
"""

from __future__ import annotations

import csv
import itertools
import sys
from pathlib import Path

from forerun.lab.job import Job
from forerun.lab.runner import sweep

TRAINING = {"lr": 0.003, "eval_every": 50, "steps": 4000}
DENSE = {"p": 31, "share": 0.6, "ordered": False, "width": 256, "bottleneck": 48, "until": "val/acc>=0.97", **TRAINING}
TICKET = DENSE | {f"start.{name}": value for name, value in TRAINING.items()}
SEEDS = range(3)
DECAYS = (1.0, 2.0, 4.0, 6.0, 8.0)
PAIRS = [
    *((before, own, 0.6) for before, own in itertools.product((1.0, 2.0), DECAYS[:4])),
    *((1.0, own, keep) for own, keep in itertools.product((2.0, 4.0), (0.2, 0.3, 0.4, 0.5, 0.7, 0.8))),
]


def main() -> None:
    dense = [((None, own, None), Job("modular", DENSE | {"weight_decay": own}, s)) for own in DECAYS for s in SEEDS]
    tickets = [
        ((before, own, keep), Job("modular", TICKET | {"start.weight_decay": before, "weight_decay": own,
                                                       "masked.keep": keep}, s, "magnitude_ticket"))
        for before, own, keep in PAIRS for s in SEEDS
    ]  # fmt: skip
    jobs = [*dense, *tickets]
    results = sweep([job for _, job in jobs], Path(sys.argv[1]))
    with Path(__file__).with_name("chosen_decays.csv").open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["network", "decay_before", "decay", "keep", "seed", "steps", "steps_to_90", "gold_acc"])
        for (of, job), result in zip(jobs, results, strict=True):
            name = "dense" if of[0] is None else "ticket"
            told = result.metrics["gold/steps_to_90"], round(result.metrics["gold/acc"], 2)
            out.writerow([name, *("" if value is None else f"{value:g}" for value in of), job.seed,
                          int(result.cost["steps"]), *told])  # fmt: skip


if __name__ == "__main__":
    main()
