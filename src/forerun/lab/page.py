"""What a study leaves behind: its verdicts, every run's result in a compact table, and a page that works offline."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

from forerun import api
from forerun.core import Curve
from forerun.documents.lab import judged_claim, lab_study_document
from forerun.figures.markup import tag, text
from forerun.figures.page.frame import figures_page
from forerun.figures.study import TITLES, ClaimView, arms_chart, claims_chart
from forerun.lab.conduct import StudyResult, Verdict
from forerun.lab.runner import LOG


def document(name: str, outcome: StudyResult) -> dict[str, Any]:
    """The study as JSON: question, arms, seeds, and a row a claim."""
    study = outcome.study
    return lab_study_document(
        name,
        question=study.question,
        source=study.card.source,
        arms={arm: {"workload": one.workload, "settings": dict(one.settings)} for arm, one in study.arms.items()},
        n_seeds=len(next(iter(outcome.results.values()))),
        claims=[_claim(verdict) for verdict in outcome.verdicts],
    )


def _claim(verdict: Verdict) -> dict[str, Any]:
    claim = verdict.claim
    return judged_claim(
        claim.says, verdict.comparison, metric=claim.metric, direction=claim.direction, control=claim.control,
        upheld=verdict.upheld, margin=claim.margin,
    )  # fmt: skip


def leave(name: str, outcome: StudyResult, out: Path) -> None:
    """Write ``study.json``, ``results.csv`` (a row a run: arm, seed, metrics, cost but seconds) and ``page.html``."""
    (out / "study.json").write_text(json.dumps(document(name, outcome), indent=1, allow_nan=False) + "\n", "utf-8")
    rows = [
        {"arm": arm, "seed": r.job.seed, **r.metrics, **{k: v for k, v in r.cost.items() if k != "seconds"}}
        for arm, results in outcome.results.items()
        for r in results
    ]
    columns = list(dict.fromkeys(key for row in rows for key in row))
    with (out / "results.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows({k: f"{v:.6g}" if isinstance(v, float) else v for k, v in row.items()} for row in rows)
    (out / "page.html").write_text(page(name, outcome, out), "utf-8")


def page(name: str, outcome: StudyResult, out: Path) -> str:
    """The page: question, verdicts, a picture of them, and the arms' curves of each workload."""
    claims = [shown(verdict) for verdict in outcome.verdicts]
    charts = [claims_chart(claims), *(arms_chart(arms) for arms in _curves(outcome, out))]
    seeds = len(next(iter(outcome.results.values())))
    terms = f"{outcome.study.card.source}. {seeds} paired seeds; arms of a claim spent the same {outcome.study.budget}"
    head = tag("p", "Forerun", class_="brand") + tag("h1", text(outcome.study.question, longest=300))
    head += tag("p", text(f"{terms} unless said otherwise.", longest=1000), class_="quiet")
    heads = tag("thead", tag("tr", "".join(tag("th", title, scope="col") for title in TITLES)))
    table = tag("table", heads + tag("tbody", "".join(map(_row, claims))))
    return figures_page(name, tag("header", head + tag("div", table, class_="scroll")), charts)


def shown(verdict: Verdict) -> ClaimView:
    """What is shown of a claim and its verdict."""
    claim, comparison = verdict.claim, verdict.comparison
    words = "holds" if verdict.upheld else f"does not hold: {comparison.verdict}"
    says = f"{claim.says} (control)" if claim.control else claim.says
    return ClaimView(
        says, claim.metric, comparison.estimate, comparison.low, comparison.high,
        comparison.minimum_detectable_effect, words,
        verdict.upheld, claim.margin,
    )  # fmt: skip


def _row(claim: ClaimView) -> str:
    return tag("tr", "".join(tag("td", text(cell, longest=400)) for cell in claim.cells))


def _curves(outcome: StudyResult, out: Path) -> list[dict[str, list[Curve]]]:
    """For every workload, its arms' curves of the metric that its first claim is about, or of the gold metric."""
    metrics = {claim.metric for claim in outcome.study.claims}
    by_workload: dict[str, dict[str, list[Curve]]] = {}
    for arm, results in outcome.results.items():
        runs = [api.read(out / r.job.folder() / LOG)[0] for r in results]
        named = [m for m in runs[0].curves if m in metrics] or [m for m in runs[0].curves if m.startswith("gold/")]
        if named and all(named[0] in run.curves for run in runs):
            by_workload.setdefault(results[0].job.workload, {})[arm] = [run.curves[named[0]] for run in runs]
    return list(by_workload.values())
