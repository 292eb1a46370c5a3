"""Tables of observational.json."""

from __future__ import annotations

from typing import Any

from evidence.laws.tables.cells import lines, percent, points

_CUTS = {"0.7": "top 30%", "0.8": "top 20%", "0.9": "top 10%", "families": "families"}


def _held(one: dict[str, Any]) -> str:
    low, high = one["coverage_80_interval"]
    return f"{percent(one['coverage_80'])} [{points(low, 0)}, {points(high, 0)}]"


def observational_cases(found: dict[str, Any]) -> list[str]:
    rows: list[list[str]] = []
    for one in found["cases"]:
        alone, helped = one["from_compute"], one["with_half_the_scores"]
        rows.append([one["source"].removesuffix("_llm_scores"), _CUTS[str(one["cut"])], f"{one['models']}",
                     f"{alone['n']}", f"{alone['mae']:.3f}", f"{alone['bias']:+.3f}", _held(alone),
                     f"{alone['width']:.2f}", f"{helped['mae']:.3f}", _held(helped), f"{one['mae_of_line']:.3f}",
                     f"{one['mae_of_last']:.3f}"])  # fmt: skip
    alone, helped = (found["summary"][kind] for kind in ("from_compute", "with_half_the_scores"))
    errors = [f"{one['mae_mean_over_cases']:.3f}" for one in (alone, helped)]
    held = [percent(one["coverage_80"]) for one in (alone, helped)]
    rows.append(["all", "", "", f"{alone['n']}", errors[0], "", held[0], "", errors[1], held[1], "", ""])
    head = "source|held back|models|scores|from compute|bias|80% hold|width|half its scores known|80% hold|line|last"
    return lines(head, rows)


TABLES = {
    "cases": observational_cases,
}
