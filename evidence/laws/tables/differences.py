"""Tables of differences.json."""

from __future__ import annotations

from typing import Any

from evidence.laws.tables.cells import lines, percent, thousandths


def difference_tasks(found: dict[str, Any]) -> list[str]:
    rows = [[name.split("/", 1)[1], f"{one['pairs']}", thousandths(one["error_of_difference"]),
             thousandths(one["error_of_losses"]), percent(one["same_sign"]), percent(one["right_sign"]),
             percent(one["holds_1"]), percent(one["holds_2"]), f"{one['half_2']:.3f}", f"{one['losses']}",
             percent(one["holds_loss"])] for name, one in found["summary"].items()]  # fmt: skip
    every = found["all"]
    rows.append(["all", f"{every['pairs']}", "", "", "", "", percent(every["holds_1"]), percent(every["holds_2"]), "",
                 f"{every['losses']}", percent(every["holds_loss"])])  # fmt: skip
    head = ("|pairs|error of the difference, mean|of the losses|their errors share a sign|sign told|"
            "80% hold, own error once|twice|half width|losses|80% hold, twice")  # fmt: skip
    return lines(head, rows)


TABLES = {
    "tasks": difference_tasks,
}
