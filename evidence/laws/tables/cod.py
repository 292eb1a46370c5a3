"""Tables of cod.json."""

from __future__ import annotations

from typing import Any

from evidence.laws.tables.cells import lines, percent, points


def cod_suites(found: dict[str, Any]) -> list[str]:
    names = {"100 samples": "100 samples an item", "20 samples": "20 samples an item",
             "multiple choice": "multiple choice (chance .25)"}  # fmt: skip
    rows: list[list[str]] = []
    for name, words in names.items():
        one = found["summary"][name]
        error = one["absolute_error"]
        own, curve = (f"{points(error[arm]['mean'])} [{points(error[arm]['interval'][0])}, "
                      f"{points(error[arm]['interval'][1])}]" for arm in ("cod", "one_curve"))  # fmt: skip
        rows.append([words, own, points(error["cod"]["max"], 1), percent(one["within_2_points"]), curve,
                     points(error["one_curve_from_chance"]["mean"]), points(error["last"]["mean"], 1),
                     percent(one["closer_than_one_curve"]), _gain(one), percent(one["coverage_80"]),
                     points(one["width"], 1), f"{one['n']}"])  # fmt: skip
    head = ("suites|COD|largest|within 2|one curve|from chance|last score|closer than one curve|gain over it|80% holds|"
            "width|n")  # fmt: skip
    return lines(head, rows)


def _gain(one: dict[str, Any]) -> str:
    low, high = one["gain_over_one_curve_interval"]
    return f"[{points(low, 1)}, {points(high, 1)}]"


TABLES = {
    "suites": cod_suites,
}
