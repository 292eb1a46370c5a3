"""Tables of schedules_choices.json."""

from __future__ import annotations

from typing import Any

from evidence.laws.tables.cells import lines


def choice_errors(found: dict[str, Any]) -> list[str]:
    of: dict[str, dict[str, list[float]]] = {}
    for words, tasks in found.items():
        early, prior = words.split(", ")
        if prior != "prior 0":
            for task, one in tasks.items():
                name = task.split("/")[-1].replace("L12H12@", "124M at ")
                of.setdefault(early.split()[1], {}).setdefault(name, []).append(one["final_error"])
    rows = [[early, *(f"{min(errors):.4f} to {max(errors):.4f}" for errors in tasks.values())]
            for early, tasks in of.items()]  # fmt: skip
    return lines("|".join(["left out of the largest LR area", *next(iter(of.values()))]), rows)


TABLES = {
    "errors": choice_errors,
}
