"""Tables of one_epoch.json."""

from __future__ import annotations

from typing import Any

from evidence.laws.tables.cells import between, lines, thousandths


def one_epoch_law(found: dict[str, Any]) -> list[str]:
    rows = [[name, between(found["law"][name], ".2%"), between(gain, ".2%") if gain else ""]
            for name in ("with a floor", "without", "straight in log steps", "last value")
            for gain in [found["gain_of_the_floor"].get(name)]]  # fmt: skip
    rows[0] += [between(found["law"][name], form) for name, form in (("inside_80", ".0%"), ("r2_of_logs", ".2f"))]
    head = ("law in steps|mean relative error, steps 400 to 1,600|more than with a floor|80% hold|"
            "R² of log (loss less floor) in log steps")  # fmt: skip
    return lines(head, [row + [""] * (5 - len(row)) for row in rows])


def one_epoch_defaults(found: dict[str, Any]) -> list[str]:
    def seconds(value: Any) -> str:
        return f"{value:.1f}" if isinstance(value, float) else "never"

    rows = [[f"{one['default']}", f"{one['target']:.3f}", f"{one['seconds']:.1f}",
             f"{one['width']}, {one['steps']:,.0f}",
             between([one[name] for name in ("said", "said_low", "said_high")], ".1f"),
             seconds(one["took"]), f"{seconds(one['best'])}, {one['best_width']}"]
            for one in found["adviser"]["cases"]]  # fmt: skip
    head = ("default width|its loss at 1,600 steps|its seconds|advised width, steps|seconds it says [80%]|seconds the "
            "advised width took (curves end at 1,600)|fastest of six")  # fmt: skip
    return lines(head, rows)


def one_epoch_fresh(found: dict[str, Any]) -> list[str]:
    rows = [[name, f"{one['pair'][0]}, {one['pair'][1]:,}", f"{one['y']:.4f}",
             between(one["above"]) if "above" in one else "", f"{one['seconds']:.1f}",
             thousandths(one.get("detectable")), between(one["times_faster"], ".2f") if "above" in one else "",
             f"{one['seeds']}"]
            for name, one in found["fresh"].items()]  # fmt: skip
    return lines(
        "pair|width, steps|loss|above the default's|seconds|detectable difference of loss|times as fast|seeds", rows
    )


TABLES = {
    "law": one_epoch_law,
    "defaults": one_epoch_defaults,
    "fresh": one_epoch_fresh,
}
