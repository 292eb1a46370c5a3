"""Quantiles learned from recorded runs: small nets over scale-free features, the planned schedule among them."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import cache, lru_cache

import numpy as np

from forerun.core import Array, BadInput, Card, Curve, Schedule
from forerun.forecast.forecaster import Finished, Forecaster, Request, State
from forerun.forecast.nets import cases as training_cases
from forerun.forecast.nets.cases import Cases, Glimpse
from forerun.forecast.nets.features import COUNT, Shown, describe_all, group
from forerun.forecast.nets.invented import invented
from forerun.forecast.nets.quantile_net import Floats, Net, Training, packed, train, unpacked
from forerun.forecast.weights import shipped
from forerun.stats.zscale import ZScale

CARD = Card(
    name="learned",
    does="Quantiles from small nets that were trained on recorded runs, bent copies of them and invented ones.",
    source="ours; pinball loss as in quantile regression (Koenker and Bassett 1978), GELU nets averaged by quantile",
    assumes="The run is like some of those learned from, in shape if not in source; the last point asked is its end.",
    needs="4 finite points; to learn anew, the extra [torch].",
    promises="Skill and coverage per source, with tasks and with whole sources left out: evidence/forecast.",
    known_answer="A flat noisy curve is forecast as flat, within its noise.",
    control="A curve turned over (each gain a loss) is not forecast to improve as the curve is.",
)
_LEAST = 4
SHIPPED = "learned.npz"
_SEED = 0
NETS = 6
_STEPS = 3000
_RANDOM, _BENT = 3, 3  # cases a curve beside those at the origins; more where a group has few curves
_FEW = 3000  # curves below which a group's are used more often, at most ten times
_INVENTED = 40_000
_KIND_WEIGHTS = (3.0, 1.0, 0.5)  # of cases at the origins, at random and bent, as one would be judged
_KINDS = len(_KIND_WEIGHTS)
_SHAPE = tuple(group("levels", "last", "parts", "noise", "fits", "schedule", "lead"))
"""What a third of the nets are told: nothing by which a source could be recognised (bounds, number of points)."""


@cache
def default() -> State:
    return {"nets": base64.b64encode(shipped(SHIPPED)).decode("ascii")}


def learn(finished: Finished, nets: int = NETS) -> State:
    """Train the nets on complete curves.

    Groups weigh the same unless they hold few curves or tasks; within a group a task weighs as the root of its cases.

    Args:
        nets: how many, of which every third is told only the shape.

    Raises:
        BadInput: no curve has 4 finite points and a later one.
        MissingExtra: PyTorch is not installed.
    """
    known = (one is None for one in finished.schedules)
    key = (nets, *finished.groups, *finished.tasks, *map(_digest, finished.curves), *known)
    if key not in _LATEST:
        _LATEST.clear()
        _LATEST[key] = _trained(finished, nets)
    return dict(_LATEST[key])


_LATEST: dict[tuple[object, ...], State] = {}
"""What was learned last, so that `auto` and `learned` judged side by side are trained once."""


def _trained(finished: Finished, nets: int) -> State:
    features, outcome, weight = _weighted_cases(finished)
    made = _invented(min(_INVENTED, max(500, 2 * outcome.size)))
    steps = int(np.clip(outcome.size // 5, 30, _STEPS))
    trained = tuple(
        train(features, outcome, weight, (made.features, made.outcome), _training(i, steps), seed=_SEED + i)
        for i in range(nets)
    )
    return {"nets": packed(trained)}


@lru_cache(maxsize=1)
def _invented(n: int) -> Cases:
    """Invented cases, the same for all that is learned in a process."""
    return Cases.of(invented(np.random.default_rng(_SEED), n))


def _training(member: int, steps: int) -> Training:
    visible = _SHAPE if tells_shape(member) else tuple(range(COUNT))
    return Training(steps, visible, tuple(group("schedule")), hide=0.3, invented_share=0.1)


def tells_shape(member: int) -> bool:
    """Whether a net is one of those told only the shape: every third.

    Example:
        >>> [tells_shape(i) for i in range(6)]
        [False, False, True, False, False, True]
    """
    return member % 3 == 2


def _weighted_cases(finished: Finished) -> tuple[Floats, Floats, Array]:
    """Features, outcomes and weights of every case."""
    groups, tasks = list(finished.groups), finished.tasks
    sizes = {name: groups.count(name) for name in dict.fromkeys(groups)}
    more = [int(np.clip(_FEW // sizes[name], 1, 10)) for name in groups]
    cases = [case for kinds in _cases(finished, more) for case in kinds]
    of = [(i, kind) for i in range(len(groups)) for kind in range(_KINDS)]
    lengths = [case.outcome.size for case in cases]
    if not sum(lengths):
        raise BadInput("no curve has 4 finite points and a later one to learn from", where="learned")
    curve, kind = np.repeat(np.array(of), lengths, axis=0).T
    weight = _weights(
        np.array(groups)[curve], np.array([f"{g}|{t}" for g, t in zip(groups, tasks, strict=True)])[curve], curve
    )
    weight *= np.array(_KIND_WEIGHTS)[kind]
    return np.concatenate([c.features for c in cases]), np.concatenate([c.outcome for c in cases]), weight


_CASES: dict[tuple[object, ...], list[Cases]] = {}
"""Cases made so far, so that learning again without some of the curves (a fold) does not make them again."""
_MOST_CASES = 30_000
_AT_ONCE = 32  # curves whose cases are described at once


def _cases(finished: Finished, more: Sequence[int]) -> list[list[Cases]]:
    """Each curve's cases at its origins, at random, and bent; the same for the same curve."""
    keys = [
        (_digest(curve), curve.direction, n, plan is None)
        for curve, plan, n in zip(finished.curves, finished.schedules, more, strict=True)
    ]
    if len(_CASES.keys() | set(keys)) > _MOST_CASES:
        _CASES.clear()
    new = list({key: i for i, key in enumerate(keys) if key not in _CASES}.values())
    for begin in range(0, len(new), _AT_ONCE):
        some = new[begin : begin + _AT_ONCE]
        made = Cases.of_each(
            [kind for i in some for kind in _drawn(finished.curves[i], finished.schedules[i], more[i])]
        )
        for i, *kinds in zip(some, *(made[kind::_KINDS] for kind in range(_KINDS)), strict=True):
            _CASES[keys[i]] = kinds
    return [_CASES[key] for key in keys]


def _drawn(curve: Curve, plan: Schedule | None, more: int) -> list[list[Glimpse]]:
    rng = np.random.default_rng([_SEED, *_digest(curve)])
    return [
        training_cases.at_origins(curve, plan),
        training_cases.at_random(curve, plan, rng, _RANDOM * more),
        training_cases.bent(curve, plan, rng, _BENT * more),
    ]


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


def members(state: State, requests: Sequence[Request]) -> list[tuple[ZScale, Array]]:
    """For every curve the scale of z, and what every net says, z turned so that up is better, (nets, m, levels).

    `tells_shape` says which nets are told only the shape.
    """
    described = describe_all([Shown(one.x, one.y, one.sign, one.at, one.schedule) for one in requests])
    rows = np.concatenate([one.features for one in described]) if described else np.zeros((0, COUNT))
    z = np.stack([net(rows) for net in _nets(state["nets"])])
    ends = np.cumsum([len(one.features) for one in described])
    parts = np.split(z, ends[:-1], axis=1)
    return [(one.scale, part) for one, part in zip(described, parts, strict=bool(described))]


def turned(z: Array, sign: float) -> Array:
    """Quantiles of z with up better, (m, levels), as quantiles in the metric's own direction."""
    return z if sign > 0 else -z[:, ::-1]


def _quantiles(state: State, requests: Sequence[Request]) -> list[Array]:
    every = members(state, requests)
    return [scale.from_z(turned(z.mean(axis=0), one.sign)) for one, (scale, z) in zip(requests, every, strict=True)]


LEARNED = Forecaster(
    card=CARD, version="1", quantiles=_quantiles, least=_LEAST, default=default, learn=learn, shipped=SHIPPED
)  # fmt: skip
