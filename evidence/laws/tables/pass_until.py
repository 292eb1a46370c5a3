"""Tables of pass_until.json."""

from __future__ import annotations

from typing import Any

from evidence.laws.tables.cells import lines, percent, points


def pass_until_caps(found: dict[str, Any]) -> list[str]:
    rows: list[list[str]] = []
    for cap in ("1000000", "100000"):
        one = found["summary"][cap]
        item, means = ([f"{percent(law['mean_relative_error'])} [{points(law['interval'][0], 1)}, "
                        f"{points(law['interval'][1], 1)}]", percent(law["within_10_percent"])]
                       for law in (one["item_law"], one["law_of_means"]))  # fmt: skip
        rows.append([f"{int(cap):,}", *item, f"{100 * one['item_law']['bias']:+.1f}%", percent(one["coverage_80"]),
                     percent(one["coverage_80_by_sampling"]), *means, f"{one['mean_draws_a_suite']:.1e}",
                     f"{one['n']}"])  # fmt: skip
    head = ("cap of draws an item|law by item|within 10%|bias|80% holds|by sampling alone|law of the mean rates|"
            "within 10%|draws a suite|n")  # fmt: skip
    return lines(head, rows)


def pass_until_sampling(found: dict[str, Any]) -> list[str]:
    one = found["summary"]["1000000"]
    few = one["law_of_100_tries"]
    low, high = few["interval"]
    rows = [["suites where one greedy answer to every item by six models holds no success",
             percent(one["suites_with_no_greedy_answer_right"]), f"{one['n']}"],
            ["error of rates between 3e-5 and 3e-4, suite-models", percent(one["resolution_near_1e-4"]),
             f"{one['resolution_n']}"],
            ["error of the law of 100 tries an item, suites where it can be fitted",
             f"{percent(few['mean_relative_error'])} [{points(low, 1)}, {points(high, 1)}]",
             f"{few['n']}"]]  # fmt: skip
    return lines("cap 1e6|measured|n", rows)


TABLES = {
    "sampling": pass_until_sampling,
    "caps": pass_until_caps,
}
