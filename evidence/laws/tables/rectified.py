"""Tables of rectified.json."""

from __future__ import annotations

from typing import Any

from evidence.laws.tables.cells import levels, lines, percent


def rectified_beyond(found: dict[str, Any]) -> list[str]:
    rows = [[one["task"], f"{one['sizes']}", f"{one['curves']}",
             *(percent(one[name]) for name in ("rectified", "log_linear", "last_three", "last_value")),
             *levels(one["coverage"]), percent(one["without_the_point"]), f"{one['worse_than_log_linear']}"]
            for one in found["beyond"]]  # fmt: skip
    return lines("task|sizes|curves|rectified|log-linear|last three|doing nothing|50%|80%|90%|"
                 "without the supposed point|curves on which log-linear is nearer", rows)  # fmt: skip


def rectified_in_sample(found: dict[str, Any]) -> list[str]:
    rows = [[task, *(f"{one[name]:.4f}" for name in ("rmsd", "published", "rmsd_without"))]
            for task, one in found["by_task"].items()]  # fmt: skip
    return lines("in sample, mean log-RMSD|here|published|without the supposed point", rows)


TABLES = {
    "in_sample": rectified_in_sample,
    "beyond": rectified_beyond,
}
