"""Tables of shapes.json."""

from __future__ import annotations

from typing import Any

from evidence.laws.tables.cells import lines, percent, points

_KINDS = "improving", "inverse", "u", "inverted-u", "tie"


def shape_kinds(found: dict[str, Any]) -> list[str]:
    def told(one: dict[str, Any]) -> str:
        low, high = one["interval"]
        return f"{percent(one['right'])} [{points(low, 1)}, {points(high, 1)}]"

    rows: list[list[str]] = []
    for sizes, known in dict.fromkeys((row["sizes"], row["noise_known"]) for row in found["rows"]):
        of = {row["planted"]: row for row in found["rows"] if (row["sizes"], row["noise_known"]) == (sizes, known)}
        rows.append([f"{sizes}", "known" if known else "not", *(told(of[kind]) for kind in _KINDS)])
    head = "sizes|noise|improving|inverse|U|inverted U|ties called unclear"
    return lines(head, rows)


def shape_totals(found: dict[str, Any]) -> list[str]:
    one = found["summary"]
    planted = [row for row in found["rows"] if row["planted"] != "tie"]
    wrong = sum(n for row in planted for kind, n in row["told"].items() if kind not in (row["planted"], "unclear"))
    rows = [["planted curves told", f"{one['planted_n']}", percent(one["planted_right"])],
            ["planted curves told as another kind", f"{one['planted_n']}", percent(wrong / one["planted_n"])],
            ["the least of a row's, told", f"{planted[0]['n']}", percent(one["planted_least"])],
            ["the control, a quadratic alone: planted curves told", f"{one['planted_n']}",
             percent(one["quadratic_alone_right"])],
            ["ties called unclear", f"{one['ties_n']}", percent(one["ties_refused"])]]  # fmt: skip
    return lines("over all|curves|share", rows)


TABLES = {
    "kinds": shape_kinds,
    "totals": shape_totals,
}
