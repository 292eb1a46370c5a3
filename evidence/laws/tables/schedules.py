"""Tables of schedules.json."""

from __future__ import annotations

from typing import Any

from evidence.laws.tables.cells import lines, two_percent


def _held(one: dict[str, Any]) -> str:
    return f"{round(one['covered_80'] * one['n'])} of {one['n']}"


def _short(task: str) -> str:
    return task.split("/")[-1].replace("L12H12@", "124M at ")


def schedule_unseen(found: dict[str, Any]) -> list[str]:
    rows: list[list[str]] = []
    for size, laws in found["unseen_schedules"].items():
        for law, told in laws.items():
            one = told["summary"]
            rows.append([size, f"`{law}`", f"{one['r2']:.4f}", f"{one['mae']:.4f}", f"{one['r2_post_branch']:.3f}",
                         f"{one['mae_post_branch']:.4f}", two_percent(one["final_error_relative"]), _held(one),
                         f"{one['width_80']:.3f}"])  # fmt: skip
        one = found["published"][size]
        rows.append([size, "published fit of the multi-power law", f"{one['r2']:.4f}", f"{one['mae']:.4f}",
                     "", "", "", "", ""])  # fmt: skip
    head = "size|law|R², all points|MAE|R², post-branch|MAE|error of the last loss|80% hold|width"
    return lines(head, rows)


def schedule_pairs(found: dict[str, Any]) -> list[str]:
    rows: list[list[str]] = []
    for part, second in (("one_cooldown", "a cooldown"), ("one_cosine", "a cosine")):
        for task, laws in found[part].items():
            for law, told in laws.items():
                one = told["summary"]
                rows.append([second, _short(task), f"`{law}`", f"{one['final_error']:.4f}",
                             f"{one['final_error_max']:.3f}", f"{one['bias']:+.4f}", f"{one['spearman']:.3f}",
                             _held(one), f"{one['width_80']:.3f}"])  # fmt: skip
    head = "a constant run and|model and peak|law|error of the last loss|largest|bias|rank correlation|80% hold|width"
    return lines(head, rows)


def schedule_going_on(found: dict[str, Any]) -> list[str]:
    (laws,) = found["going_on"].values()
    first = next(iter(laws.values()))
    rows: list[list[str]] = []
    for law, cases in laws.items():
        signs = sum(one["gain"] * one["gain_predicted"] > 0 for one in cases)
        rows.append([f"`{law}`", f"{signs} of {len(cases)}", *(f"{one['gain_predicted']:.4f}" for one in cases)])
    rows.append(["measured", "", *(f"{one['gain']:.4f}" for one in first)])
    ways = [("a two-stage rate" if "twostage" in one["run"] else "a longer cooldown", one["steps"]) for one in first]
    return lines("|".join(["gain by", "signs", *(f"{way}, to {steps:,.0f}" for way, steps in ways)]), rows)


TABLES = {
    "unseen": schedule_unseen,
    "pairs": schedule_pairs,
    "going_on": schedule_going_on,
}
