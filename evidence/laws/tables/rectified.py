"""Tables of rectified.json."""

from __future__ import annotations

from typing import Any

from evidence.laws.tables.cells import levels, lines, percent


def rectified_beyond(found: dict[str, Any]) -> list[str]:
    rows = [[one["task"], f"{one['sizes']}", f"{one['curves']}",
             *(percent(one[name]) for name in ("rectified", "log_linear", "last_three", "last_value")),
             *levels(one["coverage"])] for one in found["beyond"]]  # fmt: skip
    return lines("task|sizes|curves|rectified|log-linear|last three|doing nothing|50%|80%|90%", rows)


TABLES = {
    "beyond": rectified_beyond,
}
