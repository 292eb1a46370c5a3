"""Tables of kaplan.json."""

from __future__ import annotations

from typing import Any

from evidence.laws.tables.cells import lines, percent, two_percent


def kaplan_halves(found: dict[str, Any]) -> list[str]:
    rows: list[list[str]] = []
    for by, words in (("compute", "by compute a step"), ("parameters", "by parameters alone")):
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


TABLES = {
    "halves": kaplan_halves,
}
