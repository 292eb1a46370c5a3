"""A policy solves more with one try and less with many: it sharpens what it knew and explores no more."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from forerun.core import Card
from forerun.core.display import number
from forerun.monitor.binned import Judge, Sight, View, binned
from forerun.stats.level import last_level

CARD = Card(
    name="narrowing",
    does="Raises when what is solved in one of k tries has fallen from its best by 4 errors, and by 5% beyond one, "
    "while what is solved by a single try has risen by 3 errors since; ends where the former is back.",
    source="ours, for the fall of exploration that Zeng et al. 2024, arXiv 2412.17256 (B-STaR), and Yue et al. 2025, "
    "arXiv 2504.13837, measure by pass@k; thresholds arbitrary",
    assumes="Both are measured on the same held-out tasks, at one temperature.",
    needs="24 evaluations of both: verl's ``mean@k`` and ``best@k/mean``, or ``pass@1`` and ``pass@k``.",
    promises="At most 2% of runs whose rate in k tries stays at its best, or loses a thirtieth, raise it in 200 "
    "evaluations while the rate of one try rises, under noise of .03 (normal, t4, AR(1) .5).",
    known_answer="A rate of one try from .3 to .6 beside one in k tries from .9 to .75 raises it.",
    control="Both rising, and both falling, raise nothing.",
)
_MANY_SDS, _ONE_SDS = 4.0, 3.0
_OF_BEST = 0.05
_BACK = 0.5  # of the fall; less than this is left when it is over
_TRIES = re.compile(r"(?i)^(.*?)(mean|avg|pass|best)@(\d+)(/mean)?$")


def one_and_many(names: Sequence[str]) -> list[dict[str, str]]:
    """Of each prefix the rate of one try and that of the most tries.

    Example:
        >>> one_and_many(["val-core/math/acc/mean@8", "val-core/math/acc/best@8/mean", "val-core/math/acc/maj@8/mean"])
        [{'one': 'val-core/math/acc/mean@8', 'many': 'val-core/math/acc/best@8/mean'}]
        >>> one_and_many(["eval/pass@1", "eval/pass@4", "eval/pass@16", "loss"])
        [{'one': 'eval/pass@1', 'many': 'eval/pass@16'}]
    """
    one: dict[str, str] = {}
    many: dict[str, tuple[int, str]] = {}
    for name in names:
        if not (tries := _TRIES.match(name)):
            continue
        prefix, kind, k = tries[1], tries[2].lower(), int(tries[3])
        if kind in ("mean", "avg") or (kind == "pass" and k == 1):
            one.setdefault(prefix, name)
        elif k > 1:
            many[prefix] = max(many.get(prefix, (0, "")), (k, name))
    return [{"one": name, "many": many[prefix][1]} for prefix, name in one.items() if prefix in many]


def _sees(view: View) -> Sight | None:
    one, many = view.y["one"], view.y["many"]
    n = max(4, view.x.size // 5)
    if view.x.size < 3 * n:
        return None
    best = int(np.argmax(np.convolve(many[:-n], np.full(n, 1.0 / n), mode="valid")))
    before, level = float(many[best : best + n].mean()), last_level(many, n)
    fallen, error = before - level.mean, 2.0**0.5 * level.error
    if fallen < _MANY_SDS * error or fallen - error < _OF_BEST * abs(before) or fallen <= 0.0:
        return None
    single, after = float(one[best : best + n].mean()), last_level(one, n)
    if after.mean - single < _ONE_SDS * 2.0**0.5 * after.error or after.mean <= single:
        return None
    start = float(view.x[best + n // 2])
    message = (
        f"{view.metrics['many']} has fallen from {number(before)} to {number(level.mean)} since {view.at(start)}, and "
        f"{view.metrics['one']} has risen from {number(single)} to {number(after.mean)}: fewer tasks are within reach"
    )
    return Sight(start, fallen / before, _OF_BEST, message, {"best": before, "fallen": fallen})


def _ends(view: View, sight: Sight) -> str | None:
    level = last_level(view.y["many"], max(4, view.x.size // 5)).mean
    if level < sight.evidence["best"] - _BACK * sight.evidence["fallen"]:
        return None
    return f"back at {number(level)} by {view.at(view.now)}"


_PROMISE = "raised on at most 2% of runs whose rate in k tries stays at its best, per 200 evaluations"
NARROWING = binned(
    CARD, "1", Judge(_sees, _ends, _PROMISE, metric="many", roles=("one", "many"), least=24), one_and_many
)
