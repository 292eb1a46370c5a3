"""Tables of beyond.json."""

from __future__ import annotations

from typing import Any

from evidence.laws.tables.cells import levels, lines, percent, share


def beyond_sources(found: dict[str, Any]) -> list[str]:
    every = {**found["sources"], "mean over cases": found["over_cases"]}
    rows = [[name, f"{one['tables']}", f"{one['cases']}", percent(one["error"]), percent(one["error_of_last_value"]),
             *levels(one["coverage"])] for name, one in every.items()]  # fmt: skip
    mean = found["mean_over_sources"]
    rows.append(["mean over sources", "", "", "", "", *levels(mean)])
    return lines("source|tables|cases|mean error|doing nothing|50%|80%|90%", rows)


def beyond_bounds(found: dict[str, Any]) -> list[str]:
    rows = []
    for words, at in (("a parameter at a bound", True), ("none", False)):
        own = [case for case in found["cases"] if bool(case["at_bound"]) == at]
        rows.append([words, f"{len(own)}", share(sum(case["inside"]["0.8"] for case in own) / len(own))])
    return lines("fits with|cases|80% hold", rows)


TABLES = {
    "sources": beyond_sources,
    "bounds": beyond_bounds,
}
