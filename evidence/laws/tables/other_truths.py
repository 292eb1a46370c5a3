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
                     percent(one["bias"]), share(one["within_10_percent"]), percent(one["by_items"]),
                     percent(one["last_value"]), *(share(one["bends"][kind]) for kind in one["bends"])])  # fmt: skip
    return lines("truth|n|error|bias|within 10%|not moved|doing nothing|called linear|concave|convex", rows)


def other_held(found: dict[str, Any]) -> list[str]:
    rows = []
    for form, one in found["summary"]["pass_until"].items():
        parts = one["held"]
        rows.append([form, *(share(of["coverage_80"]) for of in parts.values()),
                     *(f"{parts[name]['width']:.3f}" for name in ("sampling", "shipped")),
                     *(f"{parts[name]['score']:.2f}" for name in ("sampling", "shipped"))])  # fmt: skip
    head = ("truth|sampling alone|with training|and the law's error|and a bend|80% hold as shipped|"
            "width, sampling alone|as shipped|score, sampling alone|as shipped")  # fmt: skip
    return lines(head, rows)


def other_choice(found: dict[str, Any]) -> list[str]:
    rows = [[form, *(f"{share(of['coverage_80'])}, {of['score']:.2f}" for of in parts.values())]
            for form, parts in found["summary"]["chosen_on"].items()]  # fmt: skip
    head = "truth|sampling alone|with training|and the law's error|and a bend|the larger of both, shipped"
    return lines(head, rows)


TABLES = {
    "suites": other_cod,
    "rates": other_pass,
    "held": other_held,
    "choice": other_choice,
}
