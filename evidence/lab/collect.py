"""Keep what lab studies came to: python evidence/lab/collect.py [LAB-RUNS]

LAB-RUNS is the folder of ``forerun lab study NAME --out LAB-RUNS``: every study's runs (results.csv) there are copied
beside this file. Then all that lie here are judged anew (study.json), and README.md's tables are written from that. So
is src/forerun/recipes/measured.json: the claims that are the effect of a recipe, with how often scan raises its finding
in what it is held against (findings.csv, of findings.py).
"""

from __future__ import annotations

import csv
import json
import math
import shutil
import sys
import textwrap
from dataclasses import asdict
from pathlib import Path

from forerun.lab import STUDIES
from forerun.lab.conduct import StudyResult
from forerun.lab.judge import judge
from forerun.lab.page import read_results, written
from forerun.lab.study import Claim, Study
from forerun.recipes.measured import Effect

HERE = Path(__file__).parent
MEASURED = HERE.parents[1] / "src" / "forerun" / "recipes" / "measured.json"
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
    MEASURED.write_text(measured(), "utf-8")


def measured() -> str:
    """measured.json, of the studies' verdicts as they lie here; a line an effect."""
    raised = findings()
    told = [json.loads(path.read_text("utf-8")) for path in sorted(HERE.glob("*/study.json"))]
    rows = [json.dumps(asdict(effect)) for one in told for effect in effects(one, raised)]
    return '{"effects": [\n' + ",\n".join(rows) + "\n]}\n"


def effects(told: dict, raised: dict[tuple[str, str], list[list[str]]]) -> list[Effect]:
    """The claims of a study that are a recipe's, once a finding it is held against."""
    study = STUDIES.load(told["study"])
    return [
        effect(told, study, claim, row, finding, raised)
        for claim, row in zip(study.claims, told["claims"], strict=True)
        if claim.recipe
        for finding in claim.answers or ("",)
    ]


def effect(told: dict, study: Study, claim: Claim, row: dict, finding: str, raised: dict) -> Effect:
    runs = raised.get((told["study"], str(claim.second)), []) if finding else []
    return Effect(
        claim.recipe, finding, told["study"], row["claim"], study.arms[claim.first].world, row["metric"],
        row["estimate"], row["low"], row["high"], told["n_seeds"], row["verdict"], held(row),
        sum(finding in kinds for kinds in runs), len(runs),
    )  # fmt: skip


def findings() -> dict[tuple[str, str], list[list[str]]]:
    """The kinds that scan raises in the runs of every arm that a recipe is held against, a list a run."""
    raised: dict[tuple[str, str], list[list[str]]] = {}
    with (HERE / "findings.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            raised.setdefault((row["study"], row["arm"]), []).append(row["findings"].split())
    return raised


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
            f"| {name} | {claim['metric']} | {difference(claim)} | {detectable(claim)} "
            f"| {verdict} | {together(claim)} |"
        )
    return lines


def difference(claim: dict) -> str:
    """The difference with its interval, or the factor by which the first is better where that is claimed."""
    estimate, low, high = (claim[name] for name in ("estimate", "low", "high"))
    if "ratio" not in claim:
        return f"{estimate:.4g} ({low:.4g} to {high:.4g})"
    claimed = claim["ratio"] if claim["direction"] == "max" else 1.0 / claim["ratio"]
    factor, least, most = (claimed * math.exp(value) for value in (estimate, low, high))
    return f"{factor:.3g} times ({least:.3g} to {most:.3g}); claimed: {claimed:.3g}"


def detectable(claim: dict) -> str:
    least = claim["minimum_detectable_effect"]
    return f"{math.exp(least):.2g} times" if "ratio" in claim else f"{least:.2g}"


def together(claim: dict) -> str:
    if "p_together" not in claim:
        return "not counted"
    p = f"p = {claim['p_together']:.2g}"
    return f"holds, {p}" if held(claim) else p


def held(claim: dict) -> bool:
    """Whether it is upheld with the study's other claims counted."""
    return claim["upheld"] and claim.get("p_together", 0.0) <= 0.05


if __name__ == "__main__":
    main()
