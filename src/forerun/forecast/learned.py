"""Quantiles learned from recorded runs: small nets over scale-free features, the planned schedule among them."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from forerun.core import Array, BadInput, Card, Curve, Forecast, Schedule, Undecided
from forerun.forecast.answer import Seen, answer_all
from forerun.forecast.nets import cases as training_cases
from forerun.forecast.nets.cases import Cases
from forerun.forecast.nets.features import COUNT, describe, group
from forerun.forecast.nets.quantile_net import Net, Recipe, packed, train, unpacked
from forerun.forecast.weights import shipped
from forerun.stats.zscale import ZScale

CARD = Card(
    name="learned",
    does="Quantiles from small nets that were trained on recorded runs, bent copies of them and invented ones.",
    source="ours; pinball loss as in quantile regression (Koenker and Bassett 1978), GELU nets averaged by quantile",
    assumes="The run is like some of those learned from, in shape if not in source; the last point asked is its end.",
    needs="4 finite points; to learn anew, the extra [torch].",
    promises="Skill and coverage per source, with tasks and with whole sources left out: studies/forecast.",
    known_answer="A flat noisy curve is forecast as flat, within its noise.",
    control="A curve turned over (each gain a loss) is not forecast to improve as the curve is.",
)
VERSION = "1"
_LEAST = 4
SHIPPED = "learned.npz"
_SEED = 0
_MEMBERS = 6
_STEPS = 3000
_RANDOM, _BENT = 3, 3  # cases a curve beside those at the origins; more where a group has few curves
_FEW = 3000  # curves below which a group's are used more often, at most ten times
_INVENTED = 40_000
_KIND_WEIGHTS = (3.0, 1.0, 0.5)  # of cases at the origins, at random and bent, as one would be judged
_SHAPE = tuple(group("levels", "last", "parts", "noise", "fits", "schedule", "lead"))
"""What a third of the nets are told: nothing by which a source could be recognised (bounds, number of points)."""


@cache
def default() -> dict[str, Any]:
    return {"nets": base64.b64encode(shipped(SHIPPED)).decode("ascii")}


def fit(
    curves: Sequence[Curve],
    groups: Sequence[str] | None = None,
    *,
    tasks: Sequence[str] | None = None,
    schedule: Sequence[Schedule | None] | None = None,
) -> dict[str, Any]:
    """Train the nets on complete curves.

    Groups weigh the same unless they hold few curves or tasks; within a group a task weighs as the root of its cases.

    Raises:
        BadInput: no curve has 4 finite points and a later one.
        MissingExtra: PyTorch is not installed.
    """
    names = list(groups) if groups is not None else ["all"] * len(curves)
    key = (*names, *(tasks or ()), *map(_digest, curves), *(plan is None for plan in schedule or ()))
    if key not in _LEARNED:
        _LEARNED.clear()
        _LEARNED[key] = _learn(curves, names, tasks, schedule)
    return dict(_LEARNED[key])


_LEARNED: dict[tuple[object, ...], dict[str, Any]] = {}
"""What was learned last, so that `auto` and `learned` judged side by side are trained once."""


def _learn(
    curves: Sequence[Curve],
    names: list[str],
    tasks: Sequence[str] | None,
    schedule: Sequence[Schedule | None] | None,
) -> dict[str, Any]:
    work = list(tasks) if tasks is not None else names
    plans = list(schedule) if schedule is not None else [None] * len(curves)
    features, outcome, weight = _lessons(curves, names, work, plans)
    made = training_cases.invented(np.random.default_rng(_SEED), min(_INVENTED, max(500, 2 * outcome.size)))
    steps = int(np.clip(outcome.size // 5, 30, _STEPS))
    nets = tuple(
        train(features, outcome, weight, (made.features, made.outcome), _recipe(i, steps), seed=_SEED + i)
        for i in range(_MEMBERS)
    )
    return {"nets": packed(nets)}


def _recipe(member: int, steps: int) -> Recipe:
    kept = _SHAPE if tells_shape(member) else tuple(range(COUNT))
    return Recipe(steps, kept, tuple(group("schedule")), hide=0.3, invented_share=0.1)


def tells_shape(member: int) -> bool:
    """Whether a net is one of those told only the shape: every third.

    Example:
        >>> [tells_shape(i) for i in range(6)]
        [False, False, True, False, False, True]
    """
    return member % 3 == 2


def _lessons(
    curves: Sequence[Curve], groups: list[str], tasks: list[str], plans: list[Schedule | None]
) -> tuple[Array, Array, Array]:
    """Features, outcomes and weights of every case."""
    sizes = {name: groups.count(name) for name in dict.fromkeys(groups)}
    told: list[Cases] = []
    of: list[tuple[int, int]] = []  # curve and kind of each of `told`
    for i, curve in enumerate(curves):
        more = int(np.clip(_FEW // sizes[groups[i]], 1, 10))
        told += _practised(curve, plans[i], more)
        of += [(i, kind) for kind in range(3)]
    lengths = [case.outcome.size for case in told]
    if not sum(lengths):
        raise BadInput("no curve has 4 finite points and a later one to learn from", where="learned")
    curve, kind = np.repeat(np.array(of), lengths, axis=0).T
    weight = _weights(
        np.array(groups)[curve], np.array([f"{g}|{t}" for g, t in zip(groups, tasks, strict=True)])[curve], curve
    )
    weight *= np.array(_KIND_WEIGHTS)[kind]
    return np.concatenate([c.features for c in told]), np.concatenate([c.outcome for c in told]), weight


_PRACTISED: dict[tuple[object, ...], list[Cases]] = {}
"""Cases made so far, so that learning again without some of the curves (a fold) does not make them again."""
_MOST_PRACTISED = 30_000


def _practised(curve: Curve, plan: Schedule | None, more: int) -> list[Cases]:
    """A curve's cases at its origins, at random, and bent; the same for the same curve."""
    digest = _digest(curve)
    key = (digest, curve.direction, more, plan is None)
    if key not in _PRACTISED:
        if len(_PRACTISED) >= _MOST_PRACTISED:
            _PRACTISED.clear()
        rng = np.random.default_rng([_SEED, *digest])
        _PRACTISED[key] = [
            training_cases.at_origins(curve, plan),
            training_cases.at_random(curve, plan, rng, _RANDOM * more),
            training_cases.bent(curve, plan, rng, _BENT * more),
        ]
    return _PRACTISED[key]


def _digest(curve: Curve) -> bytes:
    return hashlib.sha1(curve.x.tobytes() + curve.y.tobytes(), usedforsecurity=False).digest()


def _weights(group_of: Array, task_of: Array, curve: Array) -> Array:
    """How often each case is drawn."""
    _, task, cases = np.unique(task_of, return_inverse=True, return_counts=True)
    names, which = np.unique(group_of, return_inverse=True)
    weight = cases[task] ** -0.5
    weight = weight / np.bincount(which, weight)[which]
    n_curves = np.array([np.unique(curve[which == k]).size for k in range(names.size)])
    n_tasks = np.array([np.unique(task[which == k]).size for k in range(names.size)])
    return weight * np.sqrt(np.minimum(1.0, n_curves / 200) * np.minimum(1.0, n_tasks / 6))[which]


@lru_cache(maxsize=8)
def _nets(text: str) -> tuple[Net, ...]:
    return unpacked(text)


def members(state: dict[str, Any], seen: Sequence[Seen]) -> list[tuple[ZScale, Array]]:
    """For every curve the scale of z, and what every net says, z turned so that up is better, (nets, m, levels).

    `tells_shape` says which nets are told only the shape.
    """
    told = [describe(one.x, one.y, one.sign, one.at, one.schedule) for one in seen]
    rows = np.concatenate([one.features for one in told]) if told else np.zeros((0, COUNT))
    said = np.stack([net(rows) for net in _nets(state["nets"])])
    ends = np.cumsum([len(one.features) for one in told])
    return [(one.scale, part) for one, part in zip(told, np.split(said, ends[:-1], axis=1), strict=bool(told))]


def turned(z: Array, sign: float) -> Array:
    """Quantiles of z with up better, (m, levels), as quantiles in the metric's own direction."""
    return z if sign > 0 else -z[:, ::-1]


def predict(
    state: dict[str, Any],
    curves: Sequence[Curve],
    at: Sequence[ArrayLike],
    *,
    schedule: Sequence[Schedule | None] | None = None,
) -> list[Forecast | Undecided]:
    def quantiles(seen: Sequence[Seen]) -> list[Array]:
        said = members(state, seen)
        return [scale.from_z(turned(z.mean(axis=0), s.sign)) for s, (scale, z) in zip(seen, said, strict=True)]

    return answer_all(curves, at, schedule, CARD, VERSION, quantiles, least=_LEAST)
