"""Tables of test_time.json."""

from __future__ import annotations

from typing import Any

from evidence.laws.tables.cells import lines, percent, points


def test_time_tries(found: dict[str, Any]) -> list[str]:
    rows: list[list[str]] = []
    for name, one in found["summary"].items():
        if ", k = " in name:
            kind, k = name.split(", k = ")
            rows.append([kind, f"{int(k):,}", f"{one['beta']:.3f}", percent(one["coverage_80"]), f"{one['plain']:.3f}",
                         f"{one['line']:.3f}", f"{one['n']}"])  # fmt: skip
    return lines("rates|k|Beta-binomial|80% holds|plain rates|line|n", rows)


def test_time_also(found: dict[str, Any]) -> list[str]:
    cross, budget = found["summary"]["crossing"], found["summary"]["budget"]
    low, high = budget["gain_interval"]
    rows = [["crossing: 80% intervals that hold the true number of tries", percent(cross["coverage_80"]),
             f"{cross['n']}"],
            ["crossing: median over the true number", f"{cross['median_ratio']:.2f}", f"{cross['n']}"],
            ["score at the same number of tries for all", points(budget["even"], 1), f"{budget['n']}"],
            ["gain of giving tries by difficulty, points [95%]",
             f"{points(budget['gain'])} [{points(low)}, {points(high)}]", f"{budget['n']}"]]  # fmt: skip
    return lines("|measured|n", rows)


TABLES = {
    "also": test_time_also,
    "tries": test_time_tries,
}
