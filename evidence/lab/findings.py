"""What scan sees in the runs that recipes are held against: python evidence/lab/findings.py LAB-RUNS

Of every arm that a claim with a finding holds its recipe against, five seeds of the study are trained in LAB-RUNS, as
``forerun lab study NAME --out LAB-RUNS`` does (what is there is not trained again), and scanned as any log is.
findings.csv has a row a run, with the kinds of findings by the words of `forerun.recipes.measured`.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

from forerun import api
from forerun.core import Finding
from forerun.lab import STUDIES
from forerun.lab.job import Job
from forerun.lab.runner import LOG, sweep
from forerun.lab.study import Study
from forerun.monitor.remedies import finding_words

OUT = Path(__file__).parent / "findings.csv"
SEEDS = 5


def main(runs: Path) -> None:
    rows = [row for name in STUDIES.table for row in of_study(name, STUDIES.load(name), runs)]
    with OUT.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["study", "arm", "seed", "findings"])
        writer.writerows(rows)


def of_study(name: str, study: Study, runs: Path) -> list[list[str]]:
    arms = dict.fromkeys(str(claim.second) for claim in study.claims if claim.answers)
    rows: list[list[str]] = []
    for arm in arms:
        one = study.arms[arm]
        seeds = range(study.first_seed, study.first_seed + SEEDS)
        for result in sweep([Job(one.world, one.settings, seed, one.recipe) for seed in seeds], runs / name):
            (scan,) = api.scan(runs / name / result.job.folder() / LOG)
            rows.append([name, arm, str(result.job.seed), " ".join(words(scan.findings))])
            print(*rows[-1], sep=" | ", flush=True)
    return rows


def words(findings: tuple[Finding, ...]) -> list[str]:
    return sorted(set(finding_words(findings)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
