"""Tables of distilled.json."""

from __future__ import annotations

from typing import Any

from evidence.laws.tables.cells import between, lines, thousandths


def arms(found: dict[str, Any]) -> list[str]:
    rows = [[arm, f"{one['decay']:g}", between(one["gold"]), between(one["better than a member"]),
             thousandths(one["better than a member"][4]), between(one["kept"], ".2f"), f"{one['gold'][3]}"]
            for arm, one in found.items()]  # fmt: skip
    return lines("arm|decay|gold loss|better than a member by|detectable|share of the ensemble's gain|texts", rows)


TABLES = {"arms": arms}
