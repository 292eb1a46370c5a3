"""Tables of trained_repeats.json."""

from __future__ import annotations

from typing import Any

from evidence.laws.tables.cells import claim_lines, lines, percent


def repeats_levels(found: dict[str, Any]) -> list[str]:
    def sizes(values: list[float | str]) -> str:
        return ", ".join(value if isinstance(value, str) else f"{value:.0f}" for value in values)

    rows = []
    for one in found["levels"]:
        cells = [f"{one['repeats']}", *(f"{one[name]:.3f}" for name in ("y", "copy", "chain"))]
        for against in ("against_none", "against_most"):
            told = one[against]
            low, high = (0.0, 0.0) if told is None else told["interval"]
            cells.append("" if told is None else f"{-told['better_by']:+.3f} [{-high:+.3f}, {-low:+.3f}]")
        rows.append([*cells, sizes(one["equal_size"]), sizes(one["equal_size_by_copy"])])
    head = "repeats|loss|copying|chain|loss above none repeated|above the most repeated|equal to parameters|by copying"
    return lines(head, rows)


def repeats_rising(found: dict[str, Any]) -> list[str]:
    rows = []
    for one in found["levels"]:
        for words, key in (("loss", "rising"), ("chain", "rising_on_chain")):
            told = one[key]
            rows.append(
                [f"{one['repeats']}", words, f"{told['flagged']} of {told['of']}", percent(told["largest_rise"])]
            )
    return lines("repeats|held-out|flagged by `rising`|largest rise above the best so far", rows)


def repeats_claims(found: dict[str, Any]) -> list[str]:
    words = {
        "copying loss grows by a larger factor than the loss (logarithms)": found["copy against loss"],
        "copying loss grows by more nats": found["copy against loss, nats"],
    }
    return claim_lines(words)


TABLES = {
    "levels": repeats_levels,
    "rising": repeats_rising,
    "claims": repeats_claims,
}
