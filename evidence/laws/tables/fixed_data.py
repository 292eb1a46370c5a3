"""Tables of fixed_data.json."""

from __future__ import annotations

from typing import Any

from evidence.laws.tables.cells import between, lines, thousandths

_RATES = "one rate", "rate as 1/width"


def fixed_data_claims(found: dict[str, Any]) -> list[str]:
    one, two = (found[rate]["claims"] for rate in _RATES)
    rows = [[name, between(one[name]), between(two[name]), f"{two[name][3]}", thousandths(two[name][4])]
            for name in one]  # fmt: skip
    return lines("difference of gold loss, nats|at one rate|at a rate as 1/width|texts|detectable (the latter)", rows)


def fixed_data_widths(found: dict[str, Any]) -> list[str]:
    def often(pairs: list[list[float]]) -> str:
        return ", ".join(f"{int(epochs)}/{decay:g}" for epochs, decay in pairs)

    names = "usual", "stopped", "tuned", "ensemble of five"
    rows = [[rate, width, *(thousandths(one[name]) for name in names), often(one["chosen"])]
            for rate in _RATES for width, one in found[rate]["widths"].items()]  # fmt: skip
    head = "rate|width|decay .1, 64 epochs|decay .1, epochs chosen|both chosen|ensemble of five|epochs/decay by text"
    return lines(head, rows)


def fixed_data_asymptotes(found: dict[str, Any]) -> list[str]:
    one, two = (found[rate]["asymptotes"] for rate in _RATES)
    rows = [[name, between(one[name]), between(two[name])] for name in one]
    return lines(
        "asymptote, nats above the entropy (of the mean over texts: 80%)|at one rate|at a rate as 1/width", rows
    )


TABLES = {
    "claims": fixed_data_claims,
    "widths": fixed_data_widths,
    "asymptotes": fixed_data_asymptotes,
}
