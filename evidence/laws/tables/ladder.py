"""Tables of ladder.json."""

from __future__ import annotations

from typing import Any

from evidence.laws.tables.cells import lines, percent


def ladder_targets(found: dict[str, Any]) -> list[str]:
    said = {"targets_from_1B": "7B and 13B, from up to 1B", "targets_from_3B": "7B and 13B, from up to 3B",
            "held_back": "each size from 760M, from the smaller ones", "all": "all"}  # fmt: skip
    rows = []
    for name, words in said.items():
        one = found["summary"][name]
        low, high = one["coverage_80_interval"]
        rows.append([words, f"{one['n']} ({one['tasks']} splits)", f"{one['mae']:.3f}", percent(one["relative_error"]),
                     percent(one["loss_relative_error"]), f"{one['mae_of_best_seen']:.3f}",
                     f"{one['coverage_80']:.0%} [{low:.0%}, {high:.0%}]", f"{one['width']:.3f}"])  # fmt: skip
    head = "predicted|n|error of score|relative|of the loss|doing nothing: best score seen, error|80% hold|width"
    return lines(head, rows)


def ladder_beside(found: dict[str, Any]) -> list[str]:
    rows, sums = [], dict[str, list[float]]()
    for one in found["beside_published"]:
        theirs = {"7B": one["published"].get("chained_7B"), "13B": one["published"].get("chained_largest")}
        cells = [one["task"].split("_rc")[0]]
        for size in ("7B", "13B"):
            cells += [percent(one["score"].get(size)), "" if theirs[size] is None else percent(abs(theirs[size]))]
            if theirs[size] is not None:
                sums.setdefault(f"ours {size}", []).append(one["score"][size])
                sums.setdefault(f"theirs {size}", []).append(abs(theirs[size]))
        rows.append(cells)
    mean = {name: sum(values) / len(values) for name, values in sums.items()}
    rows.append(
        ["mean where both", *(percent(mean[f"{who} {n}"]) for n in ("7B", "13B") for who in ("ours", "theirs"))]
    )
    return lines("benchmark|ours 7B|published 7B|ours 13B|published, largest", rows)


def ladder_arms(found: dict[str, Any]) -> list[str]:
    cases = "targets_from_1B", "targets_from_3B", "held_back"
    rows = [[arm, *(percent(of[case]["relative_error"]) for case in cases)] for arm, of in found["arms"].items()]
    return lines("arm|7B and 13B from 1B|from 3B|held-back sizes", rows)


TABLES = {
    "targets": ladder_targets,
    "beside": ladder_beside,
    "arms": ladder_arms,
}
