"""Tables of path_constants.json."""

from __future__ import annotations

from typing import Any

from evidence.laws.tables.cells import lines, share, thousandths

_HELD = ("inside_80_of_that_factor", "inside_80", "inside_80_before", "inside_80_of_that_mix", "ensemble_inside_80",
         "ensemble_inside_80_before")  # fmt: skip


def path_settings(found: dict[str, Any]) -> list[str]:
    rows = [[name, f"{one['runs']}", f"{one['fits']}", thousandths(one["last_value"]),
             thousandths(one["error_of_that_prior"]), thousandths(one["error"]), f"{one['bias']:+.4f}",
             *(share(one[name]) for name in _HELD), *(post(one, of) for of in ("_of_that_prior", ""))]
            for name, one in found["settings"].items()]  # fmt: skip
    for name, words in (
        ("settings", "mean over settings"),
        ("runs", "mean over runs"),
        ("largest", "settings of 20 or more"),
    ):
        one = found["mean"][name]
        rows.append([words, "", "", thousandths(one["last_value"]),
                     thousandths(one["error_of_that_prior"]), thousandths(one["error"]), "",
                     *(share(one[name]) for name in _HELD), "", ""])  # fmt: skip
    head = ("setting|runs asked|fits|doing nothing|error, prior chosen without|as shipped|bias|80% hold, chosen "
            "without|as shipped|version 2|ensemble, chosen without|as shipped|version 2|post-branch MAE and R², prior "
            "chosen without|as shipped")  # fmt: skip
    return lines(head, rows)


def post(one: dict[str, Any], prior: str) -> str:
    mae, r2 = one[f"mae_post_branch{prior}"], one[f"r2_post_branch{prior}"]
    return "" if mae is None else f"{thousandths(mae)}, {r2:.3f}"


def path_priors(found: dict[str, Any]) -> list[str]:
    chosen = [one["prior"] for one in found["settings"].values()]
    rows = [[prior, thousandths(sum(of.values()) / len(of)), f"{chosen.count(prior)}"]
            for prior, of in found["priors"].items()]  # fmt: skip
    return lines(
        "B's share and its sd, β and its sd, γ and its sd|mean error|settings that the others choose it for", rows
    )


def path_rules(found: dict[str, Any]) -> list[str]:
    rows = [[rule, ", ".join(f"{value:g}" for value in one["shares"]), *(share(one[name]) for name in _MEANS)]
            for rule, one in found["rules"].items()]  # fmt: skip
    return lines("rule|shares that come of it|80% hold, over runs|settings of 20 and more|over settings", rows)


_MEANS = "runs", "largest", "settings"


def path_one_run(found: dict[str, Any]) -> list[str]:
    rows = [[name, f"{one['runs']}", thousandths(one["error"]), f"{one['bias']:+.4f}", share(one["inside_80"]),
             share(one["ensemble_inside_80"])] for name, one in found["one_run"].items()]  # fmt: skip
    return lines("setting|runs asked|error|bias|80% hold|ensemble", rows)


TABLES = {
    "settings": path_settings,
    "priors": path_priors,
    "rules": path_rules,
    "one_run": path_one_run,
}
