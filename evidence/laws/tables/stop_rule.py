"""Tables of stop_rule.json."""

from __future__ import annotations

from typing import Any

from evidence.laws.tables.cells import between, lines, percent


def stop_rule_rules(found: dict[str, Any]) -> list[str]:
    rows = [[name, between(one["times"], ".2f"), between(one["lost"], ".2%"), percent(one["lost_1"][0]),
             percent(one["stopped"][0]), percent(one["wrongly"][0])]
            for name, one in found["mean"].items() if "below" not in name]  # fmt: skip
    return lines("rule|times fewer steps|score lost|orders that lose 1% and more|runs stopped|of these wrongly", rows)


def stop_rule_against(found: dict[str, Any]) -> list[str]:
    rows = [[name, between(one["faster"], ".2f"), between(one["less_lost"], ".1%")]
            for name, one in found["pfn_against"].items() if "below" not in name]  # fmt: skip
    return lines("`pfn` against|times faster|less of the score lost", rows)


def stop_rule_tasks(found: dict[str, Any]) -> list[str]:
    rules = "pfn", "patience", "median"
    rows = [[task, *(f"{of[name]['times']:.2f}, {of[name]['lost']:.2%}" for name in rules)]
            for task, of in found["tasks"].items()]  # fmt: skip
    return lines("task (24 runs)|pfn: times fewer steps, score lost|patience|median", rows)


def stop_rule_others(found: dict[str, Any]) -> list[str]:
    rows = [[name.removeprefix("pfn, "), between(one["times"], ".2f"), between(one["lost"], ".2%")]
            for name, one in found["mean"].items() if "below" in name]  # fmt: skip
    mean, of = found["chosen_elsewhere"]["mean"], found["chosen_elsewhere"]["tasks"]
    rows.append(["chosen on the tasks of other worlds", between(mean["times"], ".2f"), between(mean["lost"], ".2%")])
    rows += [[f"- {task}: {one['rule'].removeprefix('pfn, ')}", f"{one['times']:.2f}", f"{one['lost']:.2%}"]
             for task, one in of.items()]  # fmt: skip
    return lines("stop with a chance below, from a share of the run|times fewer steps|score lost", rows)


TABLES = {
    "rules": stop_rule_rules,
    "against": stop_rule_against,
    "tasks": stop_rule_tasks,
    "others": stop_rule_others,
}
