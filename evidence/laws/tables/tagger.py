"""Tables of tagger.json."""

from __future__ import annotations

from typing import Any

from evidence.laws.tables.cells import lines


def inside(value: list[float]) -> str:
    """A share with its interval and n."""
    return "" if value[0] is None else f"{value[0]:.0%} [{value[1]:.0%}, {value[2]:.0%}] of {value[3]}"


_CURVES = {"clean": "as they are", "outliers": "two outliers in each", "walks": "control: walks at random"}


def tagger_levels(found: dict[str, Any]) -> list[str]:
    rows = []
    for key, words in _CURVES.items():
        one = found[key]
        for name, held in one["within_0.01"].items():
            error = f"{100 * one['mean_error'][name]:.2f}"
            others = (inside(one[f"within_{tau}"][name]) for tau in ("0.02", "0.005"))
            said = f"{one['announced']} of {one['curves']}, {one['level']:,.0f} words"
            rows.append([words, said, name, inside(held), *others, error])
    head = "curves|announced, at (median)|what is said|within 1 point ever after|2 points|.5 point|mean error, points"
    return lines(head, rows)


def tagger_taggers(found: dict[str, Any]) -> list[str]:
    rows = [[name, *(inside(found[name][key]["within_0.01"]["sequential"]) for key in ("clean", "outliers"))]
            for name in ("markov", "perceptron")]  # fmt: skip
    return lines("tagger|within 1 point, as they are|with outliers", rows)


TABLES = {
    "levels": tagger_levels,
    "taggers": tagger_taggers,
}
