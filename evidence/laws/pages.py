"""Tables of the pages beside this file, from the raw numbers: python evidence/laws/pages.py

A page holds a table between two lines, ``<!-- NAME of FILE.json -->`` and ``<!-- end -->``; what stands there is
written anew from the file. tests/laws/test_pages.py fails where the two differ.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
_BLOCK = re.compile(r"<!-- (\w+) of (\w+)\.json -->\n.*?<!-- end -->", re.DOTALL)
Cells = Iterable[Iterable[str]]


def percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f}%"


def share(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def thousandths(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def levels(coverage: dict[str, float]) -> list[str]:
    """What intervals of 50, 80 and 90% hold."""
    return [share(coverage[level]) for level in ("0.5", "0.8", "0.9")]


def lines(head: str, rows: Cells) -> list[str]:
    """A table: its head's cells parted by |, then its rows."""
    names = head.split("|")
    return ["| " + " | ".join(row) + " |" for row in (names, ["---"] * len(names), *rows)]


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


def beyond_sources(found: dict[str, Any]) -> list[str]:
    every = {**found["sources"], "mean over cases": found["over_cases"]}
    rows = [[name, f"{one['tables']}", f"{one['cases']}", percent(one["error"]), percent(one["error_of_last_value"]),
             *levels(one["coverage"])] for name, one in every.items()]  # fmt: skip
    mean = found["mean_over_sources"]
    rows.append(["mean over sources", "", "", "", "", *levels(mean)])
    return lines("source|tables|cases|mean error|doing nothing|50%|80%|90%", rows)


def beyond_bounds(found: dict[str, Any]) -> list[str]:
    rows = []
    for words, at in (("a parameter at a bound", True), ("none", False)):
        own = [case for case in found["cases"] if bool(case["at_bound"]) == at]
        rows.append([words, f"{len(own)}", share(sum(case["inside"]["0.8"] for case in own) / len(own))])
    return lines("fits with|cases|80% hold", rows)


def rectified_beyond(found: dict[str, Any]) -> list[str]:
    rows = [[one["task"], f"{one['sizes']}", f"{one['curves']}",
             *(percent(one[name]) for name in ("rectified", "log_linear", "last_three", "last_value")),
             *levels(one["coverage"])] for one in found["beyond"]]  # fmt: skip
    return lines("task|sizes|curves|rectified|log-linear|last three|doing nothing|50%|80%|90%", rows)


_HELD = ("inside_80_of_that_factor", "inside_80", "inside_80_before", "inside_80_of_that_mix", "ensemble_inside_80",
         "ensemble_inside_80_before")  # fmt: skip


def path_settings(found: dict[str, Any]) -> list[str]:
    rows = [[name, f"{one['runs']}", f"{one['fits']}", thousandths(one["last_value"]), thousandths(one["error"]),
             f"{one['bias']:+.4f}", *(share(one[name]) for name in _HELD),
             thousandths(one["mae_post_branch"]), share(one["r2_post_branch"])]
            for name, one in found["settings"].items()]  # fmt: skip
    for name, words in (
        ("settings", "mean over settings"),
        ("runs", "mean over runs"),
        ("largest", "settings of 20 or more"),
    ):
        one = found["mean"][name]
        rows.append([words, "", "", thousandths(one["last_value"]), thousandths(one["error"]), "",
                     *(share(one[name]) for name in _HELD), "", ""])  # fmt: skip
    head = ("setting|runs asked|fits|doing nothing|error|bias|80% hold, chosen without|as shipped|version 2|ensemble, "
            "chosen without|as shipped|version 2|post-branch MAE|R²")  # fmt: skip
    return lines(head, rows)


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


def _between(one: dict[str, Any], tell: Callable[[float | None], str], *, detectable: bool = False) -> str:
    """An estimate with its interval, and what could have been seen."""
    said = f"{tell(one['estimate'])} [{tell(one['low'])}, {tell(one['high'])}]"
    return f"{said}; {tell(one['could_have_seen'])}" if detectable else said


_SCHEDULES = "wsd", "linear", "rex", "multistep"


def schedules_laws(found: dict[str, Any]) -> list[str]:
    rows: list[list[str]] = []
    for words, arms in found["laws"].items():
        for arm, one in arms.items():
            farther = ["", "", ""]
            if arm != "lr_annealing":
                both = one["farther_than_lr_annealing"], one["farther_at_the_end"]
                cells = [_between(each, two_percent, detectable=True) for each in both]
                farther = [cells[0], both[0]["verdict"], f"{cells[1]}: {both[1]['verdict']}"]
            rows.append([words, arm, _between(one["error"], two_percent),
                         *(two_percent(one["by_schedule"][name]) for name in _SCHEDULES),
                         _between(one["error_at_the_end"], two_percent), share(one["held_80"]), *farther])  # fmt: skip
    head = ("fitted to|arm|error of the curve [95%]|WSD|linear|REX|multi-step|at the end|80% hold|farther off than "
            "lr_annealing [95%]; could have been seen|lr_annealing is|at the end")  # fmt: skip
    return lines(head, rows)


def schedules_starts(found: dict[str, Any]) -> list[str]:
    rows = [[start, two_percent(one["own"]), two_percent(one["blind"]), _between(one["nearer"], two_percent),
             one["nearer"]["verdict"]] for start, one in found["other_starts"].items()]  # fmt: skip
    return lines("from step|lr_annealing|a power law in steps|nearer by [95%]|it is", rows)


def two_percent(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.2f}%"


_AGREES = "constant", "cosine", "wsd", "wsd, fitted to the other two", "all three", "less the constant"
_FALLS = "bound falls, wsd", "loss falls, wsd", "bound falls, constant", "loss falls, constant"
_DROPS = "drop at the end", "drop, told by the bound", "drop, told by the area alone"


def schedules_bound(found: dict[str, Any]) -> list[str]:
    over, mean = found["bound"]["over_seeds"], found["bound"]["mean_curves"]
    rows = [["correlation, " + name, _between(over[name], share), share(mean[name])] for name in _AGREES]
    rows += [["from the cooldown's start to the end, " + name, _between(over[name], percent), percent(mean[name])]
             for name in _FALLS]  # fmt: skip
    rows += [[f"{name}, nats", _between(over[name], thousandths), thousandths(mean[name])] for name in _DROPS]
    return lines("of the bound and the loss|mean over seeds [95%]|of the seeds' mean curve", rows)


def schedules_advice(found: dict[str, Any]) -> list[str]:
    rows = [[name, one["what"], share(one["factor"]), thousandths(one["old"]), _between(one, thousandths),
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


def inside(value: list[float]) -> str:
    """A share with its interval and n."""
    return "" if value[0] is None else f"{value[0]:.0%} [{value[1]:.0%}, {value[2]:.0%}] of {value[3]}"


_CURVES = {"clean": "as they are", "outliers": "two outliers in each", "walks": "control: walks at random"}


def tagger_levels(found: dict[str, Any]) -> list[str]:
    rows = []
    for key, words in _CURVES.items():
        one = found[key]
        for name, held in one["within_0.01"].items():
            error = f"{100 * one['mean_error'][name]:.2f}"
            others = (inside(one[f"within_{tau}"][name]) for tau in ("0.02", "0.005"))
            said = f"{one['announced']} of {one['curves']}, {one['level']:,.0f} words"
            rows.append([words, said, name, inside(held), *others, error])
    head = "curves|announced, at (median)|what is said|within 1 point ever after|2 points|.5 point|mean error, points"
    return lines(head, rows)


def tagger_taggers(found: dict[str, Any]) -> list[str]:
    rows = [[name, *(inside(found[name][key]["within_0.01"]["sequential"]) for key in ("clean", "outliers"))]
            for name in ("markov", "perceptron")]  # fmt: skip
    return lines("tagger|within 1 point, as they are|with outliers", rows)


def points(share: float, digits: int = 2) -> str:
    """In points, hundredths of a score."""
    return f"{100 * share:.{digits}f}"


def cod_suites(found: dict[str, Any]) -> list[str]:
    names = {"100 samples": "100 samples an item", "20 samples": "20 samples an item",
             "multiple choice": "multiple choice (chance .25)"}  # fmt: skip
    rows: list[list[str]] = []
    for name, words in names.items():
        one = found["summary"][name]
        error = one["absolute_error"]
        own, curve = (f"{points(error[arm]['mean'])} [{points(error[arm]['interval'][0])}, "
                      f"{points(error[arm]['interval'][1])}]" for arm in ("cod", "one_curve"))  # fmt: skip
        rows.append([words, own, points(error["cod"]["max"], 1), percent(one["within_2_points"]), curve,
                     points(error["one_curve_from_chance"]["mean"]), points(error["last"]["mean"], 1),
                     percent(one["closer_than_one_curve"]), percent(one["coverage_80"]), points(one["width"], 1),
                     f"{one['n']}"])  # fmt: skip
    head = "suites|COD|largest|within 2|one curve|from chance|last score|closer than one curve|80% holds|width|n"
    return lines(head, rows)


def pass_until_caps(found: dict[str, Any]) -> list[str]:
    rows: list[list[str]] = []
    for cap in ("1000000", "100000"):
        one = found["summary"][cap]
        item, means = ([f"{percent(law['mean_relative_error'])} [{points(law['interval'][0], 1)}, "
                        f"{points(law['interval'][1], 1)}]", percent(law["within_10_percent"])]
                       for law in (one["item_law"], one["law_of_means"]))  # fmt: skip
        rows.append([f"{int(cap):,}", *item, f"{100 * one['item_law']['bias']:+.1f}%", percent(one["coverage_80"]),
                     *means, f"{one['mean_draws_a_suite']:.1e}", f"{one['n']}"])  # fmt: skip
    head = ("cap of draws an item|law by item|within 10%|bias|80% holds|law of the mean rates|within 10%|"
            "draws a suite|n")  # fmt: skip
    return lines(head, rows)


def test_time_tries(found: dict[str, Any]) -> list[str]:
    rows: list[list[str]] = []
    for name, one in found["summary"].items():
        if ", k = " in name:
            kind, k = name.split(", k = ")
            rows.append([kind, f"{int(k):,}", f"{one['beta']:.3f}", percent(one["coverage_80"]), f"{one['plain']:.3f}",
                         f"{one['line']:.3f}", f"{one['n']}"])  # fmt: skip
    return lines("rates|k|Beta-binomial|80% holds|plain rates|line|n", rows)


def isoflop_both(found: dict[str, Any]) -> list[str]:
    told = found["summary"]
    far, off = told["mean_distance_to_published"], told["largest_budget_off_by_factor"]
    unbiased = sum("bias_without_noise" in one for one in found["settings"].values())
    rows = [[f"mean distance of the exponent from the published (n = {told['settings']})",
             f"{far['parabola']:.3f}", f"{far['law']:.3f}"],
            ["N* at the largest budget from the budgets below, off by a factor (geometric mean)",
             share(off["parabola_over_published"]), share(off["law_over_published"])],
            [f"bias of the exponent if the fitted law held without noise, mean ({unbiased} settings)",
             f"{told['mean_bias_without_noise']:.3f}", "0"]]  # fmt: skip
    return lines("|approach 2|approach 3", rows)


def chinchilla_parameters(found: dict[str, Any]) -> list[str]:
    tell = {"E": ".4f", "A": ".2f", "B": ".1f", "alpha": ".4f", "beta": ".4f"}
    rows = [
        [words, *(f"{found[name][one]:{form}}" for one, form in tell.items())]
        for words, name in (("here", "params"), ("sd of 1,000 draws", "sd"), ("Besiroglu et al.", "published"))
    ]
    ranges = [" to ".join(f"{end:{form}}" for end in found["intervals"][one]) for one, form in tell.items()]
    return lines("|E|A|B|α|β", [*rows[:2], ["95% of the draws", *ranges], rows[2]])  # fmt: skip


def chinchilla_held(found: dict[str, Any]) -> list[str]:
    rows = [[f"{one['share']:.0%}", f"{one['asked']}", two_percent(one["mean"]), percent(one["most"]),
             share(one["inside_80"])] for one in found["held_out"]]  # fmt: skip
    return lines("fitted to the cheapest|asked|mean error|largest|80% interval holds", rows)


def kaplan_halves(found: dict[str, Any]) -> list[str]:
    rows: list[list[str]] = []
    for by, words in (("compute", "by compute a step"), ("parameters", "by parameters alone")):
        one = found[by]
        held, fitted, ends = one["held_out"], one["in_sample"], one["interval_95"]
        loss, steps = (f"{two_percent(held[name])} [{two_percent(ends[name][0])}, {two_percent(ends[name][1])}]"
                       for name in ("loss_error", "steps_error"))  # fmt: skip
        rows += [[f"{words}: loss", two_percent(fitted["loss_error"]), f"{loss} ({held['n_points']} points)",
                  percent(held["loss_coverage_80"]), percent(one["one batch for all"]["loss_error"]), "2%"],
                 [f"{words}: steps to target", percent(fitted["steps_error"]),
                  f"{steps} ({held['n_targets']} targets; median {percent(held['steps_median_error'])})",
                  percent(held["steps_coverage_80"]), "", "15%"]]  # fmt: skip
    head = "split, mean relative error|fitted half|held-out half [95%]|80% hold|not told the batch|line"
    return lines(head, rows)


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
    rows = [[words, _between(over[name], two_percent), two_percent(mean[name]), f"{over[name]['n']}"]
            for name, words in names.items()]  # fmt: skip
    held = {"loss_held_80": "80% intervals hold, of the losses", "steps_held_80": "of the steps"}
    rows += [[words, _between(over[name], share), share(mean[name]), f"{over[name]['n']}"]
             for name, words in held.items()]  # fmt: skip
    return lines("mean relative error|seed by seed [95%]|of the seeds' mean curves|seeds", rows)


def batches_gains(found: dict[str, Any]) -> list[str]:
    rows = [[name, _between(one, two_percent), two_percent(one["could_have_seen"]), one["verdict"]]
            for name, one in found["gains"].items()]  # fmt: skip
    return lines("the law is nearer to the loss|by [95%]|could have been seen|it is", rows)


def batches_critical(found: dict[str, Any]) -> list[str]:
    rows = [[loss, f"{one['measured']:,.0f}", f"{one['law']:,.0f}", share(one["law"] / one["measured"]), f"{one['n']}"]
            for loss, one in found["critical"].items()]  # fmt: skip
    ratio = found["critical_ratio"]
    rows.append(["all", "", "", _between(ratio | {"could_have_seen": None}, share), f"{ratio['n']}"])
    return lines("loss|measured, tokens|by the law|ratio|seeds", rows)


def batches_rates(found: dict[str, Any]) -> list[str]:
    return lines("batch, tokens|" + "|".join(found["factors"]),
                 [["of the rule's rate", *(f"{one:g}" for one in found["factors"].values())]])  # fmt: skip


def tenths(share: float) -> str:
    """In points, to a tenth."""
    return points(share, 1)


def other_cod(found: dict[str, Any]) -> list[str]:
    rows = []
    for form, one in found["summary"]["cod"].items():
        off, (low, high) = one["absolute_error"], one["gain_over_one_curve_interval"]
        rows.append([form, f"{one['n']}", *(tenths(off[name]["mean"]) for name in off), share(one["within_2_points"]),
                     f"[{tenths(low)}, {tenths(high)}]", share(one["coverage_80"])])  # fmt: skip
    return lines("truth|n|COD|one curve|from chance|last score|within 2 points|gain over one curve|80% hold", rows)


def other_pass(found: dict[str, Any]) -> list[str]:
    rows = []
    for form, one in found["summary"]["pass_until"].items():
        low, high = one["interval"]
        rows.append([form, f"{one['n']}", f"{percent(one['mean_relative_error'])} [{percent(low)}, {percent(high)}]",
                     percent(one["bias"]), share(one["within_10_percent"]), percent(one["last_value"]),
                     share(one["coverage_80"]), *(share(one["bends"][kind]) for kind in one["bends"])])  # fmt: skip
    head = "truth|n|error|bias|within 10%|doing nothing|80% hold|called linear|concave|convex"
    return lines(head, rows)


def trained_suites(found: dict[str, Any]) -> list[str]:
    rows = []
    for name, one in found["cod"].items():
        pool = one["pooled"]
        off = {way: tenths(abs(pool[way] - pool["true"])) for way in ("cod", "one_curve", "last") if way in pool}
        cells = [name, f"{one['n']} of {len(one['cases'])}"]
        if "error" in one:
            beside = one["beside"]["one_curve"]
            low, high = beside["interval"]
            cells += [*(tenths(one["error"][way]) for way in ("cod", "one_curve", "last")),
                      f"{tenths(beside['better_by'])} [{tenths(low)}, {tenths(high)}]", tenths(beside["detectable"]),
                      beside["verdict"], share(one["within_2_points"]), share(one["inside_80"])]  # fmt: skip
        else:
            cells += [""] * 8
        rows.append([*cells, *(off.get(way, "undecided") for way in ("cod", "one_curve"))])
    head = ("suite|seeds|COD off|one curve off|last score off|COD nearer than one curve by|detectable|verdict|"
            "within 2|80% hold|pooled: COD|one curve")  # fmt: skip
    return lines(head, rows)


def trained_rare(found: dict[str, Any]) -> list[str]:
    rows = []
    for name, one in found["pass_until"].items():
        cases = [case for case in one["cases"] if "relative" in case]
        cells = [""] * 9
        if cases:
            each = [", ".join(f"{case[key]:.2g}" for case in cases) for key in ("fitted", "true", "predicted")]
            cells = [*each, *(percent(one[key]) for key in ("mean_relative_error", "last_value")),
                     *(share(one[key]) for key in ("within_10_percent", "inside_80")),
                     ", ".join(case["bend_of_fitted"] or "too few" for case in cases),
                     ", ".join(case["bend_of_all"] for case in cases)]  # fmt: skip
        rows.append([name, f"{one['n']} of {len(one['cases'])}", *cells])
    head = (
        "task, fitted to|seeds|sizes|true|predicted|error|doing nothing|within 10%|80% hold|bend of the fitted|of all"
    )
    return lines(head, rows)


def trained_tasks(found: dict[str, Any]) -> list[str]:
    rows = [[task, ", ".join(f"{value:.2f}" for value in one["scores"]), f"{one['linearity']:.2f}",
             f"{one['breakthroughness']:.2f}", f"{one['of_logp']:.2f}"]
            for task, one in found["emergence"]["tasks"].items()]  # fmt: skip
    return lines("task|exact match, smallest model to largest|linearity|breakthroughness|of the log probability", rows)


def trained_claims(found: dict[str, Any]) -> list[str]:
    of = found["emergence"]
    claims = {
        "tasks of several steps are more of a breakthrough than memory": of["several steps against memory"],
        "log probability is less of one than exact match": of["log probability against exact match"],
    }
    claims |= {f"calibration error of the larger half is lower: {name}": one["larger half against smaller"]
               for name, one in found["calibration"].items()}  # fmt: skip
    return claim_lines(claims)


def claim_lines(claims: dict[str, dict[str, Any]]) -> list[str]:
    rows = []
    for words, one in claims.items():
        low, high = one["interval"]
        rows.append([words, f"{one['n']}", f"{one['first']:.3g}", f"{one['second']:.3g}", f"{one['better_by']:.3g}",
                     f"[{low:.3g}, {high:.3g}]", f"{one['detectable']:.3g}", one["verdict"]])  # fmt: skip
    return lines("claim|seeds|first|second|better by|95% interval|detectable|verdict", rows)


def trained_shapes(found: dict[str, Any]) -> list[str]:
    rows = []
    for one in found["shapes"]:
        mixed = one["shuffled"]
        unclear = sum(n for told, n in mixed.items() if told in ("unclear", "undecided")) / sum(mixed.values())
        each = ", ".join(f"{told} {n}" for told, n in one["each_seed"].items())
        scores = ", ".join(f"{value:.3f}" for value in one["scores"])
        rows.append([one["task"], one["over"], scores, one["told"], each, share(unclear)])
    return lines("task|over|mean rate, smallest to largest|told|each seed|labels shuffled: refused", rows)


def repeats_levels(found: dict[str, Any]) -> list[str]:
    def sizes(values: list[float | str]) -> str:
        return ", ".join(value if isinstance(value, str) else f"{value:.0f}" for value in values)

    rows = []
    for one in found["levels"]:
        cells = [f"{one['repeats']}", *(f"{one[name]:.3f}" for name in ("y", "copy", "chain"))]
        for against in ("against_none", "against_most"):
            told = one[against]
            low, high = (0.0, 0.0) if told is None else told["interval"]
            cells.append("" if told is None else f"{-told['better_by']:+.3f} [{-high:+.3f}, {-low:+.3f}]")
        rows.append([*cells, sizes(one["equal_size"]), sizes(one["equal_size_by_copy"])])
    head = "repeats|loss|copying|chain|loss above none repeated|above the most repeated|equal to parameters|by copying"
    return lines(head, rows)


def repeats_rising(found: dict[str, Any]) -> list[str]:
    rows = []
    for one in found["levels"]:
        for words, key in (("loss", "rising"), ("chain", "rising_on_chain")):
            told = one[key]
            rows.append(
                [f"{one['repeats']}", words, f"{told['flagged']} of {told['of']}", percent(told["largest_rise"])]
            )
    return lines("repeats|held-out|flagged by `rising`|largest rise above the best so far", rows)


def repeats_claims(found: dict[str, Any]) -> list[str]:
    words = {
        "copying loss grows by a larger factor than the loss (logarithms)": found["copy against loss"],
        "copying loss grows by more nats": found["copy against loss, nats"],
    }
    return claim_lines(words)


def skills_scores(found: dict[str, Any]) -> list[str]:
    rows = []
    for skill, one in found["skills"].items():
        for name in ("digits", "exact", "format"):
            rows.append([skill, name, *(f"{value:.3f}" for value in one[name])])
    return lines("skill|share right|" + "|".join(f"{n:.0f}" for n in found["sizes"]), rows)


def skills_carried(found: dict[str, Any]) -> list[str]:
    rows = []
    for skill, one in found["summary"].items():
        line = found["skills"].get(skill)
        cells = [skill, f"{one['n']}", "" if line is None else ", ".join(f"{value:.2f}" for value in line["r2"])]
        for law in ("sample_size", "rectified"):
            said = one[law]
            cells += [f"{said['log_error']:.2f}", f"{said['inside_90']:.2f}"] if said["n"] else ["refused", ""]
        rows.append([*cells, f"{one['doing nothing']:.2f}"])
    head = "skill|cases|R² of a line in logarithms, by seed|off in log error|90% hold|rectified|90% hold|doing nothing"
    return lines(head, rows)


def skills_claims(found: dict[str, Any]) -> list[str]:
    claims = {f"{skill}: {name}": told for skill, one in found["skills"].items()
              for name, told in one.items() if isinstance(told, dict)}  # fmt: skip
    claims["all four: gain after 100 examples, digits against format"] = found["gain after 100"]
    return claim_lines(claims)


def between(value: list[float], form: str = ".4f") -> str:
    """A mean with its interval."""
    return f"{value[0]:{form}} [{value[1]:{form}}, {value[2]:{form}}]"


def one_epoch_law(found: dict[str, Any]) -> list[str]:
    rows = [[name, between(found["law"][name], ".2%"), between(gain, ".2%") if gain else ""]
            for name in ("with a floor", "without", "straight in log steps", "last value")
            for gain in [found["gain_of_the_floor"].get(name)]]  # fmt: skip
    return lines("law in steps|mean relative error, steps 400 to 1,600|more than with a floor", rows)


def one_epoch_defaults(found: dict[str, Any]) -> list[str]:
    def seconds(value: Any) -> str:
        return f"{value:.1f}" if isinstance(value, float) else "never"

    rows = [[f"{one['default']}", f"{one['target']:.3f}", f"{one['seconds']:.1f}",
             f"{one['width']}, {one['steps']:,.0f}",
             between([one[name] for name in ("said", "said_low", "said_high")], ".1f"),
             seconds(one["took"]), f"{seconds(one['best'])}, {one['best_width']}"]
            for one in found["adviser"]["cases"]]  # fmt: skip
    head = ("default width|its loss at 1,600 steps|its seconds|advised width, steps|seconds it says [80%]|seconds the "
            "advised width took (curves end at 1,600)|fastest of six")  # fmt: skip
    return lines(head, rows)


def one_epoch_fresh(found: dict[str, Any]) -> list[str]:
    rows = [[name, f"{one['pair'][0]}, {one['pair'][1]:,}", f"{one['y']:.4f}",
             between(one["above"]) if "above" in one else "", f"{one['seconds']:.1f}",
             between(one["times_faster"], ".2f") if "above" in one else "", f"{one['seeds']}"]
            for name, one in found["fresh"].items()]  # fmt: skip
    return lines("pair|width, steps|loss|above the default's|seconds|times as fast|seeds", rows)


def stop_rule_rules(found: dict[str, Any]) -> list[str]:
    rows = [[name, between(one["times"], ".2f"), between(one["lost"], ".2%"), percent(one["lost_1"][0]),
             percent(one["stopped"][0]), percent(one["wrongly"][0])]
            for name, one in found["mean"].items() if "below" not in name]  # fmt: skip
    return lines("rule|times fewer steps|score lost|orders that lose 1% and more|runs stopped|of these wrongly", rows)


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


def mixture_pick_arms(found: dict[str, Any]) -> list[str]:
    rows = []
    for world, arms in found.items():
        for arm, one in arms.items():
            gains = [between(one[f"{m}_gain"]) if f"{m}_gain" in one else "" for m in ("loss", "error")]
            rows.append([world, arm, f"{one['n']}", f"{one['loss']:.4f}", gains[0],
                         thousandths(one.get("loss_detectable")), f"{one['error']:.4f}", gains[1]])  # fmt: skip
    head = "world|mixture|replicates|loss|below that of equal shares|detectable|error rate|below that of equal shares"
    return lines(head, rows)


def saturating_laws(found: dict[str, Any]) -> list[str]:
    words = {"rectified": "rectified", "sample_size": "plain power", "last_value": "last value (doing nothing)"}
    rows = [[words[name], between(found["errors"][name]), between(found["gain"][name]) if name in found["gain"] else "",
             share(found["errors"].get(f"{name}_inside_80", [None])[0]), thousandths(found["dealt_anew"].get(name))]
            for name in words]  # fmt: skip
    return lines("law|mean log error at 12,800 and 25,600|more than rectified|80% hold|control: sizes dealt anew", rows)


def saturating_widths(found: dict[str, Any]) -> list[str]:
    def size(value: Any) -> str:
        return value if isinstance(value, str) else f"{value[0]:,.0f} [{value[1]:,.0f}, {value[2]:,.0f}]"

    rows = []
    for (width, one), seeds in zip(found["saturation"].items(), found["saturation_by_seed"], strict=True):
        each = ", ".join("none" if of is None else f"{of:,.0f}" for of in seeds)
        rows.append([width, between(found["gain_by_width"][width]), size(one), each])
    return lines("width|plain power's error above rectified|a doubling gains less than .01 from|by seed", rows)


_RATES = "one rate", "rate as 1/width"


def fixed_data_claims(found: dict[str, Any]) -> list[str]:
    one, two = (found[rate]["claims"] for rate in _RATES)
    rows = [[name, between(one[name]), between(two[name]), f"{two[name][3]}", thousandths(two[name][4])]
            for name in one]  # fmt: skip
    return lines("difference of gold loss, nats|at one rate|at a rate as 1/width|texts|detectable (the latter)", rows)


def fixed_data_widths(found: dict[str, Any]) -> list[str]:
    def often(pairs: list[list[float]]) -> str:
        return ", ".join(f"{int(epochs)}/{decay:g}" for epochs, decay in pairs)

    names = "usual", "stopped", "tuned", "ensemble of five"
    rows = [[rate, width, *(thousandths(one[name]) for name in names), often(one["chosen"])]
            for rate in _RATES for width, one in found[rate]["widths"].items()]  # fmt: skip
    head = "rate|width|decay .1, 64 epochs|decay .1, epochs chosen|both chosen|ensemble of five|epochs/decay by text"
    return lines(head, rows)


def fixed_data_asymptotes(found: dict[str, Any]) -> list[str]:
    one, two = (found[rate]["asymptotes"] for rate in _RATES)
    rows = [[name, between(one[name]), between(two[name])] for name in one if len(one[name]) == 5]
    return lines("asymptote, nats above the entropy|at one rate|at a rate as 1/width", rows)


TABLES: dict[tuple[str, str], Callable[[dict[str, Any]], list[str]]] = {
    ("targets", "ladder"): ladder_targets,
    ("beside", "ladder"): ladder_beside,
    ("arms", "ladder"): ladder_arms,
    ("sources", "beyond"): beyond_sources,
    ("bounds", "beyond"): beyond_bounds,
    ("beyond", "rectified"): rectified_beyond,
    ("settings", "path_constants"): path_settings,
    ("priors", "path_constants"): path_priors,
    ("rules", "path_constants"): path_rules,
    ("one_run", "path_constants"): path_one_run,
    ("laws", "trained_schedules"): schedules_laws,
    ("starts", "trained_schedules"): schedules_starts,
    ("bound", "trained_schedules"): schedules_bound,
    ("advice", "trained_schedules"): schedules_advice,
    ("held", "trained_batches"): batches_held,
    ("gains", "trained_batches"): batches_gains,
    ("critical", "trained_batches"): batches_critical,
    ("rates", "trained_batches"): batches_rates,
    ("suites", "cod"): cod_suites,
    ("caps", "pass_until"): pass_until_caps,
    ("tries", "test_time"): test_time_tries,
    ("both", "isoflop"): isoflop_both,
    ("parameters", "chinchilla"): chinchilla_parameters,
    ("held", "chinchilla"): chinchilla_held,
    ("halves", "kaplan"): kaplan_halves,
    ("tuning", "trained_schedules"): schedules_tuning,
    ("rules", "stop_rule"): stop_rule_rules,
    ("tasks", "stop_rule"): stop_rule_tasks,
    ("others", "stop_rule"): stop_rule_others,
    ("arms", "mixture_pick"): mixture_pick_arms,
    ("laws", "saturating"): saturating_laws,
    ("widths", "saturating"): saturating_widths,
    ("claims", "fixed_data"): fixed_data_claims,
    ("widths", "fixed_data"): fixed_data_widths,
    ("asymptotes", "fixed_data"): fixed_data_asymptotes,
    ("law", "one_epoch"): one_epoch_law,
    ("defaults", "one_epoch"): one_epoch_defaults,
    ("fresh", "one_epoch"): one_epoch_fresh,
    ("levels", "tagger"): tagger_levels,
    ("taggers", "tagger"): tagger_taggers,
    ("suites", "other_truths"): other_cod,
    ("rates", "other_truths"): other_pass,
    ("suites", "trained_suite"): trained_suites,
    ("rates", "trained_suite"): trained_rare,
    ("tasks", "trained_suite"): trained_tasks,
    ("claims", "trained_suite"): trained_claims,
    ("shapes", "trained_suite"): trained_shapes,
    ("levels", "trained_repeats"): repeats_levels,
    ("rising", "trained_repeats"): repeats_rising,
    ("claims", "trained_repeats"): repeats_claims,
    ("scores", "trained_skills"): skills_scores,
    ("carried", "trained_skills"): skills_carried,
    ("claims", "trained_skills"): skills_claims,
}


def written(text: str) -> str:
    """A page with its tables as the raw numbers have them."""

    def table(match: re.Match[str]) -> str:
        name, file = match.groups()
        found = json.loads((HERE / f"{file}.json").read_text("utf-8"))
        return "\n".join([f"<!-- {name} of {file}.json -->", *TABLES[name, file](found), "<!-- end -->"])

    return _BLOCK.sub(table, text)


def main() -> None:
    for page in sorted(HERE.glob("*.md")):
        text = page.read_text("utf-8")
        if (new := written(text)) != text:
            page.write_text(new, "utf-8")


if __name__ == "__main__":
    main()
