"""Tables of trained_schedules.json."""

from __future__ import annotations

from typing import Any

from evidence.laws.tables.cells import estimated, lines, percent, share, thousandths, two_percent

_SCHEDULES = "wsd", "linear", "rex", "multistep"


def schedules_laws(found: dict[str, Any]) -> list[str]:
    rows: list[list[str]] = []
    for words, arms in found["laws"].items():
        for arm, one in arms.items():
            farther = ["", "", ""]
            if arm != "lr_annealing":
                both = one["farther_than_lr_annealing"], one["farther_at_the_end"]
                cells = [estimated(each, two_percent, detectable=True) for each in both]
                farther = [cells[0], both[0]["verdict"], f"{cells[1]}: {both[1]['verdict']}"]
            rows.append([words, arm, estimated(one["error"], two_percent),
                         *(two_percent(one["by_schedule"][name]) for name in _SCHEDULES),
                         estimated(one["error_at_the_end"], two_percent), share(one["held_80"]), *farther])  # fmt: skip
    head = ("fitted to|arm|error of the curve [95%]|WSD|linear|REX|multi-step|at the end|80% hold|farther off than "
            "lr_annealing [95%]; could have been seen|lr_annealing is|at the end")  # fmt: skip
    return lines(head, rows)


def schedules_starts(found: dict[str, Any]) -> list[str]:
    rows = [[start, two_percent(one["own"]), two_percent(one["blind"]), estimated(one["nearer"], two_percent),
             one["nearer"]["verdict"]] for start, one in found["other_starts"].items()]  # fmt: skip
    return lines("from step|lr_annealing|a power law in steps|nearer by [95%]|it is", rows)


_AGREES = "constant", "cosine", "wsd", "wsd, fitted to the other two", "all three", "less the constant"


_FALLS = "bound falls, wsd", "loss falls, wsd", "bound falls, constant", "loss falls, constant"


_DROPS = "drop at the end", "drop, told by the bound", "drop, told by the area alone"


def schedules_bound(found: dict[str, Any]) -> list[str]:
    over, mean = found["bound"]["over_seeds"], found["bound"]["mean_curves"]
    rows = [["correlation, " + name, estimated(over[name], share), share(mean[name])] for name in _AGREES]
    rows += [["from the cooldown's start to the end, " + name, estimated(over[name], percent), percent(mean[name])]
             for name in _FALLS]  # fmt: skip
    rows += [[f"{name}, nats", estimated(over[name], thousandths), thousandths(mean[name])] for name in _DROPS]
    return lines("of the bound and the loss|mean over seeds [95%]|of the seeds' mean curve", rows)


def schedules_advice(found: dict[str, Any]) -> list[str]:
    rows = [[name, one["what"], share(one["factor"]), thousandths(one["old"]), estimated(one, thousandths),
             thousandths(one["could_have_seen"]), f"{one['n']}", one["verdict"]]
            for name, one in found["advice"].items()]  # fmt: skip
    head = (
        "what was done|as|factor on the old rate|loss at the old rate|lower by, nats [95%]|could have been seen|n|it is"
    )
    return lines(head, rows)


def schedules_tuning(found: dict[str, Any]) -> list[str]:
    told = found["settings"]
    rows = [[name, *(thousandths(one) for one in ends), f"{told['peaks'][name]:.4g}"]
            for name, ends in told["tuning"].items()]  # fmt: skip
    return lines("|".join(["schedule", *(f"{lr:.4g}" for lr in told["grid"]), "tuned"]), rows)


TABLES = {
    "laws": schedules_laws,
    "starts": schedules_starts,
    "bound": schedules_bound,
    "advice": schedules_advice,
    "tuning": schedules_tuning,
}
