"""Tables of peaks.json."""

from __future__ import annotations

from typing import Any

from evidence.laws.tables.cells import lines, share, thousandths


def models(found: dict[str, Any]) -> list[str]:
    every = {**found["models"], "mean over models": found["mean"]}
    rows = [[name, *(f"{one[key]}" if key in one else "" for key in ("pairs", "fits", "runs")),
             *(thousandths(one[key]) for key in ("last_value", "error_as_it_is", "error")), f"{one['bias']:+.4f}",
             f"{one['chosen_without']:g}" if "chosen_without" in one else "", share(one["inside_80_of_that"]),
             thousandths(one["width_80_of_that"]), share(one["inside_80_if_none"]), thousandths(one["ensemble_error"]),
             share(one["ensemble_inside_80"])] for name, one in every.items()]  # fmt: skip
    return lines(
        "model|pairs of peaks|fits|runs asked|doing nothing|at its own rates|error|bias|misfits per e, chosen without|"
        "80% hold|width|hold with none|ensemble, error|80% hold",
        rows,
    )


TABLES = {"models": models}
