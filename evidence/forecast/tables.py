"""Draw tables.md from the figures the other scripts left: python evidence/forecast/tables.py"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def skill(found: dict[str, Any]) -> list[str]:
    lines = [f"Made by `skill.py` on {found['date']}, Forerun {found['forerun']}, seed {found['seed']}."]
    for split, methods in found["splits"].items():
        lines += ["", f"## {split.capitalize()}: mean over sources", ""]
        lines += [
            "| method | skill (95%) | lowest 95% end of a source | curves that move | 50 / 80 / 90% hold "
            + "| width 80 / baseline's | undecided | PIT KS | Kendall τ (last value's) "
            + "| Brier P(improves) (base rate's) | AUROC P(diverges) | µs |",
            "|---|---|---|---|---|---|---|---|---|---|---|---|",
        ]
        for one in methods:
            r = one["rows"][0]
            lines.append(
                f"| {one['method']} | {r['skill']:+.3f} ({r['skill_95'][0]:+.3f} to {r['skill_95'][1]:+.3f}) "
                f"| {r['lowest_95']:+.3f} | {r['skill_of_curves_that_move']:+.3f} "
                f"| {r['in_50']:.2f} / {r['in_80']:.2f} / {r['in_90']:.2f} "
                f"| {r['width_80']:.2f} / {r['width_80_baseline']:.2f} | {r['undecided']:.1%} | {r['pit_ks']:.2f} "
                f"| {word(r['kendall'])} ({word(r['kendall_last'])}) "
                f"| {r['brier_improves']:.3f} ({r['brier_base_rate']:.3f}) | {word(r['auroc_diverges'])} "
                f"| {one['us_per_forecast']} |"
            )
        for one in methods:
            if one["method"] in ("auto", "learned"):
                lines += ["", f"### `{one['method']}` by source, {split}", ""]
                lines += ["| source | tasks | cases | skill (95%) | 50 / 80 / 90% hold | width 80 / baseline's |"]
                lines += ["|---|---|---|---|---|---|"]
                lines += [
                    f"| {r['source']} | {r['tasks']} | {r['n']} "
                    f"| {r['skill']:+.3f} ({r['skill_95'][0]:+.3f} to {r['skill_95'][1]:+.3f}) "
                    f"| {r['in_50']:.2f} / {r['in_80']:.2f} / {r['in_90']:.2f} "
                    f"| {r['width_80']:.2f} / {r['width_80_baseline']:.2f} |"
                    for r in one["rows"]
                ]
    return lines


def word(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def prior(found: dict[str, Any]) -> list[str]:
    lines = ["", f"## `pfn` on {found['curves']:,} curves of its prior (`prior.py`, seed {found['seed']})", ""]
    lines += [
        "| seen | pfn (se) | published 3 x 128 | subset | pfn there | MCMC there | pfn - MCMC (se) | ms | MCMC s |"
    ]
    lines += ["|---|---|---|---|---|---|---|---|---|"]
    lines += [
        f"| {seen}% | {r['pfn']:.3f} ({r['pfn_se']:.3f}) | {r['published_small']:.3f} | {r['subset']} "
        f"| {r['pfn_on_subset']:.3f} | {r['mcmc_on_subset']:.3f} "
        f"| {r['pfn_minus_mcmc']:+.3f} ({r['pfn_minus_mcmc_se']:.3f}) | {r['pfn_ms']:.2f} | {r['mcmc_s']:.2f} |"
        for seen, r in found["seen"].items()
    ]
    return lines


def taskset(found: dict[str, Any]) -> list[str]:
    lines = ["", f"## TaskSet tasks not learned from, {found['curves']} curves (`taskset.py`)", ""]
    lines += [
        "| seen | method | curves | CRPS | log-likelihood | error of end | 90% hold | auto - it: CRPS (se) | LL (se) |"
    ]
    lines += ["|---|---|---|---|---|---|---|---|---|"]
    for share, rows in found["shares"].items():
        for name, r in rows.items():
            gaps = [
                f"{r[key][0]:+.4f} ({r[key][1]:.4f})" if key in r else ""
                for key in ("auto_minus_crps", "auto_minus_ll")
            ]
            lines.append(
                f"| {share} | {name} | {r.get('n', '')} | {r['crps']:.4f} | {r['ll']:.2f} | {r['mae_end']:.4f} "
                f"| {r['cover_90']:.2f} | {gaps[0]} | {gaps[1]} |"
            )
    lines += [
        "",
        "| method | ms a curve, 31 points, batch | the end alone, batch | one curve alone |",
        "|---|---|---|---|",
    ]
    lines += [f"| {n} | {t['batch_ms']} | {t['batch_end_ms']} | {t['alone_ms']} |" for n, t in found["times"].items()]
    return lines


def main() -> None:
    lines = ["# Tables", ""]
    for name, draw in (("skill", skill), ("prior", prior), ("taskset", taskset)):
        file = HERE / f"{name}.json"
        lines += draw(json.loads(file.read_text("utf-8"))) if file.exists() else []
    (HERE / "tables.md").write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
