"""Tables of trained_batches.json."""

from __future__ import annotations

from typing import Any

from evidence.laws.tables.cells import estimated, lines, share, two_percent


def batches_held(found: dict[str, Any]) -> list[str]:
    over, mean = found["over_seeds"], found["mean_curves"]
    names = {"loss": "**loss at the unseen width and batch** (line: 3%)",
             "steps": "**steps to a target there** (line: 15%)",
             "steps, median": "steps to a target, median", "steps, bias": "steps to a target, bias",
             "loss, not told the batch": "loss, the law not told the batch (control)",
             "loss, nearest fitted curves": "loss, the nearest fitted curves",
             "loss, held-out batch at the fitted widths": "loss at the unseen batch, fitted widths",
             "loss, all batches of the held-out width": "loss at all batches of the unseen width",
             "loss, in sample": "loss of what was fitted"}  # fmt: skip
    rows = [[words, estimated(over[name], two_percent), two_percent(mean[name]), f"{over[name]['n']}"]
            for name, words in names.items()]  # fmt: skip
    held = {"loss_held_80": "80% intervals hold, of the losses", "steps_held_80": "of the steps"}
    rows += [[words, estimated(over[name], share), share(mean[name]), f"{over[name]['n']}"]
             for name, words in held.items()]  # fmt: skip
    return lines("mean relative error|seed by seed [95%]|of the seeds' mean curves|seeds", rows)


def batches_gains(found: dict[str, Any]) -> list[str]:
    rows = [[name, estimated(one, two_percent), two_percent(one["could_have_seen"]), one["verdict"]]
            for name, one in found["gains"].items()]  # fmt: skip
    return lines("the law is nearer to the loss|by [95%]|could have been seen|it is", rows)


def batches_critical(found: dict[str, Any]) -> list[str]:
    rows = [[loss, f"{one['measured']:,.0f}", f"{one['law']:,.0f}", share(one["law"] / one["measured"]), f"{one['n']}"]
            for loss, one in found["critical"].items()]  # fmt: skip
    ratio = found["critical_ratio"]
    rows.append(["all", "", "", estimated(ratio | {"could_have_seen": None}, share), f"{ratio['n']}"])
    return lines("loss|measured, tokens|by the law|ratio|seeds", rows)


def batches_rates(found: dict[str, Any]) -> list[str]:
    return lines("batch, tokens|" + "|".join(found["factors"]),
                 [["of the rule's rate", *(f"{one:g}" for one in found["factors"].values())]])  # fmt: skip


TABLES = {
    "held": batches_held,
    "gains": batches_gains,
    "critical": batches_critical,
    "rates": batches_rates,
}
