"""Tables of designed_runs.json."""

from __future__ import annotations

from typing import Any

from evidence.laws.tables.cells import lines

_BY = {
    "fitted_parameters_alone": "the fitted parameters alone (version 1)",
    "judged": "half the fitted parameters, half what else the data allow (version 1)",
    "version_3": "the same, as shipped (version 3)",
}


def designed_stories(found: dict[str, Any]) -> list[str]:
    rows: list[list[str]] = []
    for name, words in _BY.items():
        of = found[name]["rows"]
        for story in of:
            told, gain = story["loss"], story["gain_on_wsd"]
            rows.append([words if story is of[0] else "", f"{story['ended']:.4f}",
                         f"{told['estimate']:.4f} [{told['low']:.4f}, {told['high']:.4f}]",
                         "yes" if story["inside"] else "no",
                         f"{gain['estimate']:.4f} [{gain['low']:.4f}, {gain['high']:.4f}]",
                         f"{story['gain_measured']:.4f}", "yes" if story["gain_inside"] else "no"])  # fmt: skip
    head = "designed by|ended at|told [80%]|inside|gain on the usual cooldown, told [80%]|measured|inside"
    return lines(head, rows)


def designed_means(found: dict[str, Any]) -> list[str]:
    rows: list[list[str]] = []
    for name, words in _BY.items():
        one = found[name]
        of, n = one["rows"], one["stories"]
        gain = sum(story["gain_on_wsd"]["estimate"] for story in of) / n
        rows.append([words, f"{n}", f"{sum(story['inside'] for story in of)}", f"{one['error']:.3f}",
                     f"{one['half_width']:.3f}", f"{gain:.4f}", f"{one['gain_measured']:.4f}",
                     f"{sum(story['gain_inside'] for story in of)}",
                     f"{sum(story['gain_measured'] > 0 for story in of)}"])  # fmt: skip
    head = ("designed by|stories|ended inside|error, mean|half width|gain told, mean|measured|gain inside|"
            "gains above 0")  # fmt: skip
    return lines(head, rows)


TABLES = {
    "means": designed_means,
    "stories": designed_stories,
}
