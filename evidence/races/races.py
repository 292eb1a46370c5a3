"""How far the published orders of training algorithms can be trusted: python evidence/races/races.py DATA

DATA holds AlgoPerf's times, targets and published scores (mlcommons/submissions_algorithms, Apache-2.0), as
``v05_self_tuning_trials.csv``, ``workload_targets_v05.json`` and so on. Writes races.json beside this file, and
README.md of it.
"""

from __future__ import annotations

import csv
import json
import sys
from dataclasses import asdict, replace
from itertools import combinations
from pathlib import Path
from typing import Any

from forerun.evaluate.races.race import RaceResult, run_race
from forerun.evaluate.races.rules import RULES, RaceTargets, targets_of
from forerun.evaluate.races.times import RaceTrial

HERE = Path(__file__).parent
ROUNDS = {"v0.5": ("v05_self_tuning", "v05"), "v0.6": ("v06_external", "v06")}

_HEAD = """# How far the published orders of training algorithms can be trusted

Made by `python evidence/races/races.py DATA` from races.json beside it. Data: AlgoPerf's logs of v0.5 (self-tuning, 5
studies) and v0.6 (external tuning, 3 studies), mlcommons/submissions_algorithms, Apache-2.0. Intervals are 95%, of
studies drawn again 2,000 times within each submission and workload; with 5 or 3 studies a drawn median has few values,
and they are coarse. A score is relative to the field: who else is in it changes it, which no interval here shows."""
_COLUMNS = "| submission | published | ours | 95% | comes first | by time | integral |"


def trials(path: Path) -> list[RaceTrial]:
    with path.open() as file:
        return [RaceTrial(row["submission"], row["workload"], row["study"], row["trial"], int(row["hit_index"]),
                      float(row["time_to_target_s"])) for row in csv.DictReader(file)]  # fmt: skip


def by_name(result: RaceResult) -> dict[str, float]:
    return {one.submission: one.score for one in result.scores}


def measured(data: Path, rules: str) -> dict[str, Any]:
    """A round's scores by every reading of the rules, and who leads with fewer studies."""
    name, short = ROUNDS[rules]
    published = json.loads((data / "published_and_expected.json").read_text())[name]["published_scores_4dp"]
    targets = targets_of(json.loads((data / f"workload_targets_{short}.json").read_text()))
    runs, of = trials(data / f"{name}_trials.csv"), RULES[rules]
    result = run_race(runs, targets, of)
    readings = {
        "by time": by_name(run_race(runs, targets, of, by="time", draws=100)),
        "integral": by_name(run_race(runs, targets, of, exact=True, draws=100)),
    }
    return {
        "published": published, "scores": [asdict(one) for one in result.scores],
        "pairs": [asdict(one) for one in result.pairs[:1]], "readings": readings,
        "leaders": leaders(runs, targets, rules), "control": control(runs, targets, rules),
    }  # fmt: skip


def leaders(runs: list[RaceTrial], targets: RaceTargets, rules: str) -> dict[str, int]:
    """Who is first in the field of every choice of studies, all but one or two of them, the same for all."""
    studies = sorted({run.study for run in runs})
    n = max(2, len(studies) - 2)
    count: dict[str, int] = {}
    for chosen in combinations(studies, n):
        first = run_race([run for run in runs if run.study in chosen], targets, RULES[rules], draws=100).scores[0]
        count[first.submission] = count.get(first.submission, 0) + 1
    return {"studies": n, **count}


def control(runs: list[RaceTrial], targets: RaceTargets, rules: str) -> dict[str, Any]:
    """The leader beside a copy of itself: the chance to come first must be shared, and the verdict be none."""
    first = run_race(runs, targets, RULES[rules], draws=100).scores[0].submission
    alone = [run for run in runs if run.submission == first]
    pair = run_race([*alone, *(replace(run, submission="copy") for run in alone)], targets, RULES[rules])
    return {"p_first": [one.p_first for one in pair.scores], "verdict": pair.pairs[0].verdict}


def page(rounds: dict[str, Any]) -> str:
    lines = [*_HEAD.splitlines(), ""]
    for rules, of in rounds.items():
        lines += [f"## {rules}", "", _COLUMNS, "|---" * 7 + "|"]
        for one in of["scores"]:
            name = one["submission"]
            readings = " | ".join(f"{scores[name]:.4f}" for scores in of["readings"].values())
            interval = f"{one['low']:.3f} to {one['high']:.3f} | {one['p_first']:.0%}"
            lines.append(f"| {name} | {of['published'][name]:.4f} | {one['score']:.4f} | {interval} | {readings} |")
        lines += ["", *said(of), ""]
    return "\n".join([*lines, *coverage()]) + "\n"


def coverage() -> list[str]:
    """What `coverage.py` found, of fields whose true scores are known."""
    found = json.loads((HERE / "coverage.json").read_text())
    rows = [f"| {one['studies']} | {'yes' if one['copies'] > 1 else 'no'} | {one['held']:.1%} ({one['low']:.1%} to "
            f"{one['high']:.1%}, n = {one['n']}) | {one['width']:.3f} | {one['first_error']:.3f} | "
            f"{one['first_by_chance']:.3f} |" for one in found["lines"]]  # fmt: skip
    return [
        "## How often the intervals hold", "",
        f"Of {found['fields']} fields of 6 submissions that `coverage.py` makes, whose scores over endless studies are "
        "known:", "",
        "| studies | each counted four times (control) | intervals that hold | width | error of chances to be first | "
        "the same by chance |",
        "|---" * 6 + "|", *rows,
        "", "The error of chances is the expected calibration error over 10 bins; beside it, what chance alone adds.",
    ]  # fmt: skip


def said(of: dict[str, Any]) -> list[str]:
    pair, leaders_, control_ = of["pairs"][0], dict(of["leaders"]), of["control"]
    n = leaders_.pop("studies")
    worst = max(abs(one["score"] - of["published"][one["submission"]]) for one in of["scores"])
    often = ", ".join(f"{name} in {count}" for name, count in sorted(leaders_.items(), key=lambda item: -item[1]))
    return [
        f"- Ours differ from the published by {worst:.5f} at most.",
        f"- {pair['a']} over {pair['b']}: {pair['difference']:+.3f} ({pair['low']:+.3f} to {pair['high']:+.3f}), "
        f"{pair['verdict']}; of studies of one workload {pair['wins']} against {pair['losses']} were faster "
        f"(sign test, p = {pair['p_value']:.2g}).",
        f"- Of all fields of {n} of the studies, the first is {often}.",
        f"- Control: the leader beside a copy of itself comes first {control_['p_first'][0]:.0%} of the time; verdict: "
        f"{control_['verdict']}.",
    ]


if __name__ == "__main__":
    rounds = {rules: measured(Path(sys.argv[1]), rules) for rules in ROUNDS}
    (HERE / "races.json").write_text(json.dumps(rounds, indent=1) + "\n")
    (HERE / "README.md").write_text(page(rounds))
