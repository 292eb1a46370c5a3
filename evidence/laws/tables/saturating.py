"""Tables of saturating.json."""

from __future__ import annotations

from typing import Any

from evidence.laws.tables.cells import between, lines, share, thousandths


def saturating_laws(found: dict[str, Any]) -> list[str]:
    words = {"rectified": "rectified", "sample_size": "plain power", "last_value": "last value (doing nothing)"}
    rows = [[words[name], between(found["errors"][name]), between(found["gain"][name]) if name in found["gain"] else "",
             share(found["errors"].get(f"{name}_inside_80", [None])[0]), thousandths(found["dealt_anew"].get(name))]
            for name in words]  # fmt: skip
    return lines("law|mean log error at 12,800 and 25,600|more than rectified|80% hold|control: sizes dealt anew", rows)


def saturating_widths(found: dict[str, Any]) -> list[str]:
    def size(value: Any) -> str:
        return value if isinstance(value, str) else f"{value[0]:,.0f} [{value[1]:,.0f}, {value[2]:,.0f}]"

    rows = []
    for (width, one), seeds in zip(found["saturation"].items(), found["saturation_by_seed"], strict=True):
        each = ", ".join("none" if of is None else f"{of:,.0f}" for of in seeds)
        rows.append([width, between(found["gain_by_width"][width]), size(one), each, share(found["losses"][width][-1])])
    head = "width|plain power's error above rectified|a doubling gains less than .01 from|by seed|loss at 25,600"
    return lines(head, rows)


def saturating_trend(found: dict[str, Any]) -> list[str]:
    rank, curves = found["rank_correlation"]
    slope = found["slope_of_width"]
    rows = [["exponent of that size in width", between(slope, ".2f"), f"{slope[3]} seeds"],
            ["rank correlation with width", f"{rank:.2f}", f"{curves} curves"]]  # fmt: skip
    return lines("saturating size by width|[95%]|n", rows)


TABLES = {
    "laws": saturating_laws,
    "widths": saturating_widths,
    "trend": saturating_trend,
}
