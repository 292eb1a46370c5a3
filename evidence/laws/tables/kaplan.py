"""Tables of kaplan.json."""

from __future__ import annotations

from typing import Any

from evidence.laws.tables.cells import lines, percent, two_percent

_BY = ("compute", "by compute a step"), ("parameters", "by parameters alone")


def kaplan_halves(found: dict[str, Any]) -> list[str]:
    rows: list[list[str]] = []
    for by, words in _BY:
        one = found[by]
        held, fitted, ends = one["held_out"], one["in_sample"], one["interval_95"]
        loss, steps = (f"{two_percent(held[name])} [{two_percent(ends[name][0])}, {two_percent(ends[name][1])}]"
                       for name in ("loss_error", "steps_error"))  # fmt: skip
        rows += [[f"{words}: loss", two_percent(fitted["loss_error"]), f"{loss} ({held['n_points']} points)",
                  percent(held["loss_coverage_80"]), percent(one["one batch for all"]["loss_error"]), "2%"],
                 [f"{words}: steps to target", percent(fitted["steps_error"]),
                  f"{steps} ({held['n_targets']} targets; median {percent(held['steps_median_error'])})",
                  percent(held["steps_coverage_80"]), "", "15%"]]  # fmt: skip
    head = "split, mean relative error|fitted half|held-out half [95%]|80% hold|not told the batch|line"
    return lines(head, rows)


def kaplan_also(found: dict[str, Any]) -> list[str]:
    largest = list(found["compute"]["by_cell"].values())[-1]
    rows = [[words, *(f"{two_percent(one[name])} [{two_percent(low)}, {two_percent(high)}]"
                      for name, (low, high) in one["interval_95"].items())]
            for words, one in found["also"].items()]  # fmt: skip
    rows.append(["the largest cell, bias", two_percent(largest["loss_bias"]), two_percent(largest["steps_bias"])])
    return lines("by compute a step, held-out half|loss|steps to target", rows)


def kaplan_parameters(found: dict[str, Any]) -> list[str]:
    names = {"A": "A", "alpha_N": "α_N", "T": "T", "alpha_S": "α_S", "B_star": "B*", "alpha_B": "α_B"}
    rows = [[words, *(f"{one['params'][name]:.3g}" + ("" if _told(one, name) else " (not told)") for name in names)]
            for by, words in _BY for one in [found[by]]]  # fmt: skip
    return lines("|".join(["fitted", *names.values()]), rows)


def _told(one: dict[str, Any], name: str) -> bool:
    return not any(name in warning.split() for warning in one["warnings"])


TABLES = {
    "halves": kaplan_halves,
    "also": kaplan_also,
    "parameters": kaplan_parameters,
}
