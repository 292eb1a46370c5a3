"""Tables of bends.json."""

from __future__ import annotations

from typing import Any

from evidence.laws.tables.cells import lines, share


def told(one: dict[str, Any]) -> list[str]:
    return [f"{share(one['share'])} [{share(one['low'])}, {share(one['high'])}]", share(one["second_order"])]


def bends_lines(found: dict[str, Any]) -> list[str]:
    """Of the slopes, the one of which most are called bent."""
    worst: dict[tuple[str, int], dict[str, Any]] = {}
    for one in found["lines"]:
        key = one["noise"], one["sizes"]
        worst[key] = max(worst.get(key, one), one, key=lambda row: row["share"])
    rows = [[noise, f"{sizes}", f"{one['falls']:g}", f"{one['n']}", *told(one)]
            for (noise, sizes), one in worst.items()]  # fmt: skip
    return lines("noise|sizes|falls by|n|called bent|by the second-order term", rows)


def bends_curves(found: dict[str, Any]) -> list[str]:
    rows = [[one["curve"], one["kind"], f"{one['sizes']}", f"{one['falls']:g}", f"{one['n']}", *told(one)]
            for one in found["curves"]]  # fmt: skip
    return lines("curve|truth|sizes|falls by|n|told|by the second-order term", rows)


TABLES = {
    "lines": bends_lines,
    "curves": bends_curves,
}
