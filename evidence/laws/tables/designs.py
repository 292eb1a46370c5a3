"""Tables of designs.json."""

from __future__ import annotations

from typing import Any

from evidence.laws.tables.cells import lines


def design_losses(found: dict[str, Any]) -> list[str]:
    fits = found["fits"]
    heads = [f"fitted to {name} (γ {one['params']['gamma']:.2f})" for name, one in fits.items()]
    rows = [[schedule, *(cell for one in fits.values() for cell in _cells(one["schedules"][schedule]))]
            for schedule in next(iter(fits.values()))["schedules"]]  # fmt: skip
    return lines("|".join(["100M, 24,000 steps", *(f"{head}|falls at once, of the peak" for head in heads)]), rows)


def _cells(one: dict[str, float]) -> tuple[str, str]:
    at_once = f"{one['fall']:.2f} after {one['after']:.0%} of the steps" if one["fall"] >= 0.01 else ""
    return f"{one['loss']:.5f}", at_once


def design_gains(found: dict[str, Any]) -> list[str]:
    rows = [[name, *(f"{one['gains'][name][0]:.4f} [{one['gains'][name][1]:.3f}, {one['gains'][name][2]:.3f}]"
                     for one in found["fits"].values())]
            for name in next(iter(found["fits"].values()))["gains"]]  # fmt: skip
    return lines("|".join(["gain of the design on [80%]", *(f"fitted to {name}" for name in found["fits"])]), rows)


TABLES = {
    "losses": design_losses,
    "gains": design_gains,
}
