"""Keep what lab studies came to: python evidence/lab/collect.py [LAB-RUNS]

LAB-RUNS is the folder of ``forerun lab study NAME --out LAB-RUNS``: every study's runs (results.csv) there are copied
beside this file. Then all that lie here are judged anew (study.json), and README.md's tables are written from that.
"""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
from pathlib import Path

from forerun.lab import STUDIES
from forerun.lab.conduct import StudyResult
from forerun.lab.judge import judge
from forerun.lab.page import read_results, written

HERE = Path(__file__).parent
MARK = "<!-- tables -->"


def main() -> None:
    for runs in sorted(Path(sys.argv[1]).glob("*/results.csv")) if sys.argv[1:] else []:
        (HERE / runs.parent.name).mkdir(exist_ok=True)
        shutil.copyfile(runs, HERE / runs.parent.name / runs.name)
    for runs in sorted(HERE.glob("*/results.csv")):
        name = runs.parent.name
        study = STUDIES.load(name)
        results = read_results(study, runs)
        outcome = StudyResult(study, results, judge(study, results))
        (runs.parent / "study.json").write_text(written(name, outcome), "utf-8")
    head = (HERE / "README.md").read_text("utf-8").split(MARK)[0]
    lines = [
        line for study in sorted(HERE.glob("*/study.json")) for line in table(json.loads(study.read_text("utf-8")))
    ]
    (HERE / "README.md").write_text(head + MARK + "\n" + "\n".join(lines) + "\n", "utf-8")


def table(told: dict) -> list[str]:
    lines = [
        "",
        f"## `{told['study']}`",
        "",
        *textwrap.wrap(f"{told['question']} {told['source']}; {told['n_seeds']} paired seeds.", 119),
        "",
    ]
    lines += [
        "| claim | by | difference (95%) | could have seen | alone | all claims (Holm) |",
        "|---|---|---|---|---|---|",
    ]
    for claim in told["claims"]:
        name = claim["claim"] + (" (control)" if claim["control"] else "")
        verdict = "holds" if claim["upheld"] else f"does not hold: {claim['verdict']}"
        lines.append(
            f"| {name} | {claim['metric']} | {claim['estimate']:.4g} ({claim['low']:.4g} to {claim['high']:.4g}) "
            f"| {claim['minimum_detectable_effect']:.2g} | {verdict} | {together(claim)} |"
        )
    return lines


def together(claim: dict) -> str:
    if "p_together" not in claim:
        return "not counted"
    p = f"p = {claim['p_together']:.2g}"
    return f"holds, {p}" if claim["upheld"] and claim["p_together"] <= 0.05 else p


if __name__ == "__main__":
    main()
