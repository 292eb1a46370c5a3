"""Tables of other_truths.json."""

from __future__ import annotations

from typing import Any

from evidence.laws.tables.cells import lines, percent, share, tenths


def other_cod(found: dict[str, Any]) -> list[str]:
    rows = []
    for form, one in found["summary"]["cod"].items():
        off, (low, high) = one["absolute_error"], one["gain_over_one_curve_interval"]
        rows.append([form, f"{one['n']}", *(tenths(off[name]["mean"]) for name in off), share(one["within_2_points"]),
                     f"[{tenths(low)}, {tenths(high)}]", share(one["coverage_80"])])  # fmt: skip
    return lines("truth|n|COD|one curve|from chance|last score|within 2 points|gain over one curve|80% hold", rows)


def other_pass(found: dict[str, Any]) -> list[str]:
    rows = []
    for form, one in found["summary"]["pass_until"].items():
        low, high = one["interval"]
        rows.append([form, f"{one['n']}", f"{percent(one['mean_relative_error'])} [{percent(low)}, {percent(high)}]",
                     percent(one["bias"]), share(one["within_10_percent"]), percent(one["last_value"]),
                     share(one["coverage_80"]), *(share(one["bends"][kind]) for kind in one["bends"])])  # fmt: skip
    head = "truth|n|error|bias|within 10%|doing nothing|80% hold|called linear|concave|convex"
    return lines(head, rows)


TABLES = {
    "suites": other_cod,
    "rates": other_pass,
}
