"""Tables of test_time.json."""

from __future__ import annotations

from typing import Any

from evidence.laws.tables.cells import lines, percent


def test_time_tries(found: dict[str, Any]) -> list[str]:
    rows: list[list[str]] = []
    for name, one in found["summary"].items():
        if ", k = " in name:
            kind, k = name.split(", k = ")
            rows.append([kind, f"{int(k):,}", f"{one['beta']:.3f}", percent(one["coverage_80"]), f"{one['plain']:.3f}",
                         f"{one['line']:.3f}", f"{one['n']}"])  # fmt: skip
    return lines("rates|k|Beta-binomial|80% holds|plain rates|line|n", rows)


TABLES = {
    "tries": test_time_tries,
}
