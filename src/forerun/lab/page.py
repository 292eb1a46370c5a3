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
from forerun.lab.conduct import StudyResult
from forerun.lab.job import Job
from forerun.lab.judge import Verdict
from forerun.lab.runner import LOG, Result
from forerun.lab.study import Arm, Study


def document(name: str, outcome: StudyResult) -> dict[str, Any]:
    """The study as JSON: question, arms, seeds, and a row a claim."""
    study = outcome.study
    return lab_study_document(
        name,
        question=study.question,
        source=study.card.source,
        arms={arm: _arm(one) for arm, one in study.arms.items()},
        n_seeds=len(next(iter(outcome.results.values()))),
        claims=[_claim(verdict) for verdict in outcome.verdicts],
    )


def _arm(arm: Arm) -> dict[str, Any]:
    about = {"workload": arm.world, "settings": dict(arm.settings)}
    return about | ({"recipe": arm.recipe} if arm.recipe else {})


def _claim(verdict: Verdict) -> dict[str, Any]:
    claim = verdict.claim
    return judged_claim(
        claim.says, verdict.comparison, metric=claim.metric, direction=claim.direction, control=claim.control,
        upheld=verdict.upheld, diverged=verdict.diverged, p_together=verdict.p_together, margin=claim.margin,
        ratio=claim.ratio,
    )  # fmt: skip


def leave(name: str, outcome: StudyResult, out: Path) -> None:
    """Write ``study.json``, ``results.csv`` and ``page.html``.

    The table has a row a run: arm, seed, whether it diverged, metrics, cost and that of its start, but seconds.
    """
    (out / "study.json").write_text(written(name, outcome), "utf-8")
    rows = [
        {"arm": arm, "seed": r.job.seed, "diverged": int(r.diverged), **r.metrics, **_cost(r)}
        for arm, results in outcome.results.items()
        for r in results
    ]
    columns = list(dict.fromkeys(key for row in rows for key in row))
    with (out / "results.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows({k: f"{v:.6g}" if isinstance(v, float) else v for k, v in row.items()} for row in rows)
    (out / "page.html").write_text(page(name, outcome, out), "utf-8")


def written(name: str, outcome: StudyResult) -> str:
    """``study.json``."""
    return json.dumps(document(name, outcome), indent=1, allow_nan=False) + "\n"


def _cost(result: Result) -> dict[str, float]:
    start = {f"start/{name}": spent for name, spent in result.cost_of_start.items()}
    return {name: spent for name, spent in {**result.cost, **start}.items() if "seconds" not in name}


def read_results(study: Study, path: Path) -> dict[str, list[Result]]:
    """Every run's numbers by arm, from the ``results.csv`` that `leave` wrote; metrics and costs are one there."""
    by_arm: dict[str, list[Result]] = {arm: [] for arm in study.arms}
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            arm, seed = row.pop("arm"), int(row.pop("seed"))
            diverged = row.pop("diverged", "0") == "1"
            numbers = {key: float(value) for key, value in row.items() if value}
            start = {key.removeprefix("start/"): value for key, value in numbers.items() if key.startswith("start/")}
            one = study.arms[arm]
            job = Job(one.world, one.settings, seed, one.recipe)
            by_arm[arm].append(Result(job, numbers, numbers, diverged, start))
    return by_arm


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
    says = f"{claim.says} (control)" if claim.control else claim.says
    by = claim.metric if claim.ratio is None else f"log of {claim.metric}"
    return ClaimView(
        says, by, comparison.estimate, comparison.low, comparison.high,
        comparison.minimum_detectable_effect, in_words(verdict),
        verdict.upheld, claim.margin,
    )  # fmt: skip


def in_words(verdict: Verdict) -> str:
    """Whether a claim holds, alone and together with the study's others, and how many runs diverged."""
    first, second = verdict.diverged
    words = "holds" if verdict.upheld else f"does not hold: {verdict.comparison.verdict}"
    if verdict.upheld and not verdict.upheld_together:
        words += f" alone, not among all claims (Holm p = {verdict.p_together:.2g})"
    return words + (f"; diverged: {first} of {verdict.comparison.n} against {second}" if first or second else "")


def _row(claim: ClaimView) -> str:
    return tag("tr", "".join(tag("td", text(cell, longest=400)) for cell in claim.cells))


def _curves(outcome: StudyResult, out: Path) -> list[dict[str, list[Curve]]]:
    """For every world, its arms' curves of the metric that its first claim is about, or of the gold metric."""
    metrics = {claim.metric for claim in outcome.study.claims}
    by_world: dict[str, dict[str, list[Curve]]] = {}
    for arm, results in outcome.results.items():
        runs = [api.read(out / r.job.folder() / LOG)[0] for r in results]
        named = [m for m in runs[0].curves if m in metrics] or [m for m in runs[0].curves if m.startswith("gold/")]
        if named and all(named[0] in run.curves for run in runs):
            by_world.setdefault(results[0].job.world, {})[arm] = [run.curves[named[0]] for run in runs]
    return list(by_world.values())
