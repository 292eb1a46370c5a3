"""What a study leaves behind: its verdicts, every run's result in a compact table, and a page that works offline."""

from __future__ import annotations

import csv
import html
import json
from pathlib import Path
from typing import Any

from forerun import api
from forerun.core import Curve
from forerun.core.codec import encode
from forerun.figures.study import Bar, arms_figure, claims_figure
from forerun.lab.runner import LOG
from forerun.lab.study import Findings, Verdict


def document(name: str, found: Findings) -> dict[str, Any]:
    """The study as JSON: question, arms, seeds, and a row a claim."""
    return encode(
        {
            "study": name,
            "question": found.study.question,
            "source": found.study.source,
            "arms": {n: {"workload": a.workload, "settings": dict(a.settings)} for n, a in found.study.arms.items()},
            "n_seeds": len(next(iter(found.results.values()))),
            "claims": [_claim(verdict) for verdict in found.verdicts],
        }
    )


def _claim(verdict: Verdict) -> dict[str, Any]:
    claim, told = verdict.claim, verdict.comparison
    more = {} if claim.margin is None else {"margin": claim.margin}
    return {
        "claim": claim.says, "metric": claim.metric, "direction": claim.direction, "control": claim.control,
        "estimate": told.estimate, "low": told.low, "high": told.high,
        "minimum_detectable_effect": told.minimum_detectable_effect, "verdict": told.verdict,
        "upheld": verdict.upheld, **more,
    }  # fmt: skip


def leave(name: str, found: Findings, out: Path) -> None:
    """Write ``study.json``, ``results.csv`` (a row a run: arm, seed, metrics, cost but seconds) and ``page.html``."""
    (out / "study.json").write_text(json.dumps(document(name, found), indent=1, allow_nan=False) + "\n", "utf-8")
    rows = [
        {"arm": arm, "seed": r.job.seed, **r.metrics, **{k: v for k, v in r.cost.items() if k != "seconds"}}
        for arm, results in found.results.items()
        for r in results
    ]
    columns = list(dict.fromkeys(key for row in rows for key in row))
    with (out / "results.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows({k: f"{v:.6g}" if isinstance(v, float) else v for k, v in row.items()} for row in rows)
    (out / "page.html").write_text(page(name, found, out), "utf-8")


def page(name: str, found: Findings, out: Path) -> str:
    """The page: question, verdicts, a picture of them, and the arms' curves of each workload."""
    bars = [
        Bar(v.claim.says, v.comparison.estimate, v.comparison.low, v.comparison.high, v.claim.margin, v.upheld)
        for v in found.verdicts
    ]
    figures = [claims_figure(bars), *(arms_figure(arms) for arms in _curves(found, out))]
    drawn = [
        figure.to_html(full_html=False, include_plotlyjs=(i == 0), config={"displaylogo": False})
        for i, figure in enumerate(figures)
    ]
    rows = "".join(
        f"<tr><td>{html.escape(v.claim.says)}{' (control)' if v.claim.control else ''}</td>"
        f"<td>{html.escape(v.claim.metric)}</td><td>{v.comparison.estimate:.4g}</td>"
        f"<td>{v.comparison.low:.4g} to {v.comparison.high:.4g}</td>"
        f"<td>{v.comparison.minimum_detectable_effect:.3g}</td>"
        f"<td>{'holds' if v.upheld else 'does not hold: ' + v.comparison.verdict}</td></tr>"
        for v in found.verdicts
    )
    seeds = len(next(iter(found.results.values())))
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{html.escape(name)}</title><style>'
        "body{font:15px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem}"
        "table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.3rem .6rem;"
        "border-bottom:1px solid #ddd}</style></head><body>"
        f"<h1>{html.escape(found.study.question)}</h1><p>{html.escape(found.study.source)}. {seeds} paired seeds; "
        f"arms of a claim spent the same {html.escape(found.study.budget)} unless said otherwise.</p>"
        "<table><tr><th>claim</th><th>by</th><th>difference</th><th>95%</th><th>could have seen</th><th>verdict</th>"
        f"</tr>{rows}</table>{''.join(drawn)}</body></html>\n"
    )


def _curves(found: Findings, out: Path) -> list[dict[str, list[Curve]]]:
    """For every workload, its arms' curves of the metric that its first claim is about, or of the gold metric."""
    metrics = {claim.metric for claim in found.study.claims}
    by_workload: dict[str, dict[str, list[Curve]]] = {}
    for arm, results in found.results.items():
        runs = [api.read(out / r.job.folder() / LOG)[0] for r in results]
        named = [m for m in runs[0].curves if m in metrics] or [m for m in runs[0].curves if m.startswith("gold/")]
        if named and all(named[0] in run.curves for run in runs):
            by_workload.setdefault(results[0].job.workload, {})[arm] = [run.curves[named[0]] for run in runs]
    return list(by_workload.values())
