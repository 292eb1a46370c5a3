"""Tables of misfit.json."""

from __future__ import annotations

from typing import Any

from evidence.laws.tables.cells import levels, lines, share


def left_out(found: dict[str, Any]) -> list[str]:
    rows = [[name, f"{one['cases']}", *constants(one["chosen_without"]), *levels(one["coverage"]),
             share(one["as_shipped"]["0.8"])] for name, one in found["left_out"].items()]  # fmt: skip
    none = [""] * len(found["shipped"])
    for words, key in (("mean over these", "over_groups"), ("mean over cases", "over_cases")):
        one = found[key]
        count = f"{one['cases']}" if "cases" in one else ""
        rows.append([words, count, *none, *levels(one["coverage"]), share(one["as_shipped"]["0.8"])])
    rows += [[words, "", *constants(found[key]), "", "", "", ""]
             for words, key in (("chosen with all", "chosen_with_all"), ("shipped", "shipped"))]  # fmt: skip
    return lines("left out|cases|" + "|".join(found["shipped"]) + "|50%|80%|90%|80%, as shipped", rows)


def constants(of: dict[str, float]) -> list[str]:
    return [f"{value:.3g}" for value in of.values()]


TABLES = {"left_out": left_out}
