"""Keep what lab studies came to: python evidence/lab/collect.py LAB-RUNS

LAB-RUNS is the folder of ``forerun lab study NAME --out LAB-RUNS``. Copies every study's verdicts (study.json) and runs
(results.csv) beside this file and writes README.md's tables anew from them.
"""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
from pathlib import Path

HERE = Path(__file__).parent
MARK = "<!-- tables -->"


def main() -> None:
    for found in sorted(Path(sys.argv[1]).glob("*/study.json")):
        kept = HERE / found.parent.name
        kept.mkdir(exist_ok=True)
        for name in ("study.json", "results.csv"):
            shutil.copyfile(found.parent / name, kept / name)
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
    lines += ["| claim | by | difference (95%) | could have seen | verdict |", "|---|---|---|---|---|"]
    for claim in told["claims"]:
        name = claim["claim"] + (" (control)" if claim["control"] else "")
        verdict = "holds" if claim["upheld"] else f"does not hold: {claim['verdict']}"
        lines.append(
            f"| {name} | {claim['metric']} | {claim['estimate']:.4g} ({claim['low']:.4g} to {claim['high']:.4g}) "
            f"| {claim['minimum_detectable_effect']:.2g} | {verdict} |"
        )
    return lines


if __name__ == "__main__":
    main()
