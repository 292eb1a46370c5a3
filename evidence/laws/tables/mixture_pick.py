"""Tables of mixture_pick.json."""

from __future__ import annotations

from typing import Any

from evidence.laws.tables.cells import between, lines, thousandths


def mixture_pick_arms(found: dict[str, Any]) -> list[str]:
    rows = []
    for world, arms in found.items():
        for arm, one in arms.items():
            gains = [between(one[f"{m}_gain"]) if f"{m}_gain" in one else "" for m in ("loss", "error")]
            rows.append([world, arm, f"{one['n']}", f"{one['loss']:.4f}", gains[0],
                         thousandths(one.get("loss_detectable")), f"{one['error']:.4f}", gains[1]])  # fmt: skip
    head = "world|mixture|replicates|loss|below that of equal shares|detectable|error rate|below that of equal shares"
    return lines(head, rows)


TABLES = {
    "arms": mixture_pick_arms,
}
