"""The default: the learned quantiles, corrected by the finished runs beside a run where there are any.

A curve that mostly stands still (a return that is zero but for a few lucky episodes) is left to the calibrated last
value: its spread says nothing of what is to come. Beside other runs of its task, small nets correct the quantiles by
how those went on (`forerun.forecast.correction`); without any, nothing is corrected.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from functools import cache

import numpy as np

from forerun.core import Array, Card
from forerun.forecast import correction, learned
from forerun.forecast import last_value_calibrated as baseline
from forerun.forecast.forecaster import Answer, Fan, Finished, Forecaster, Request, State
from forerun.forecast.nets import sibling_cases
from forerun.forecast.nets.sibling_net import MIDDLE, packed, train
from forerun.forecast.weights import shipped
from forerun.stats.zscale import ZScale

CARD = Card(
    name="auto",
    does="The learned quantiles, drawn to last_value_calibrated where the nets disagree or the curve stands still.",
    source="ours",
    assumes="As `learned`; where that fails, as `last_value_calibrated`.",
    needs="4 finite points.",
    promises="Skill and coverage per source, with tasks and with whole sources left out: evidence/forecast.",
    known_answer="A run about to cool down is forecast to drop more than the same run at a constant rate.",
    control="A curve turned over (each gain a loss) is not forecast to improve as the curve is.",
)
_LEAST = 4
SHIPPED = "siblings.npz"
_STILL = 0.3, 0.7  # shares of steps of exactly zero between which a curve is left to the baseline
_NETS, _STEPS = 4, 300
_TASKS = 8  # with siblings in them, from which a correction is learned


@cache
def _default() -> State:
    siblings = base64.b64encode(shipped(SHIPPED)).decode("ascii")
    return {"learned": learned.default(), "baseline": baseline.default(), "siblings": siblings}


def _learn(finished: Finished) -> State:
    """Learn both parts from the same curves; raises as they do."""
    return _learn_alone(finished) | {"siblings": _learn_siblings(finished)}


def _learn_alone(finished: Finished) -> State:
    return {"learned": learned.learn(finished), "baseline": baseline.learn(finished)}


def _learn_siblings(finished: Finished) -> str:
    """The nets that correct, packed: each half of the tasks is forecast by what learned from the other half.

    Empty, and nothing is corrected, where fewer than 8 tasks have two curves.
    """
    rng = np.random.default_rng(0)
    keys = list(zip(finished.groups, finished.tasks, strict=True))
    places = sibling_cases.taken(finished)
    shared = [keys[i] for i in places]
    if sum(shared.count(key) > 1 for key in set(shared)) < _TASKS:
        return ""
    made: list[sibling_cases.Case] = []
    for half in (0, 1):
        state = _learn_alone(finished.only([sibling_cases.fold_of(*key) != half for key in keys]))
        mine = [i for i in places if sibling_cases.fold_of(*keys[i]) == half]
        made += sibling_cases.cases(finished, mine, lambda some, known=state: _alone(known, some), rng)
    lessons = sibling_cases.lessons(made)
    steps = int(np.clip(len(made) // 20, 30, _STEPS))
    return packed(tuple(train(lessons, steps, seed) for seed in range(_NETS)))


def _alone(state: State, requests: Sequence[Request]) -> list[tuple[ZScale, Array]]:
    """Of every curve the scale and the quantiles (m, levels) in z, up is better, without siblings."""
    table = baseline.table_of(state["baseline"])
    answers: list[tuple[ZScale, Array]] = []
    for one, (scale, members) in zip(requests, learned.members(state["learned"], requests), strict=True):
        z = members.mean(axis=0)
        still = (float((np.diff(one.y) == 0.0).mean()) - _STILL[0]) / (_STILL[1] - _STILL[0])
        if still > 0.0:
            share = min(still, 1.0)
            z = (1.0 - share) * z + share * table.gain(one.x[-1], one.y.size, one.at)
        answers.append((scale, z))
    return answers


def _quantiles(state: State, requests: Sequence[Request]) -> list[Answer]:
    said = _alone(state, requests)
    beside = any(one.siblings for one in requests) and bool(state["siblings"])
    corrected = (
        correction.corrections(state["siblings"], requests, said, lambda some: _alone(state, some))
        if beside
        else [None] * len(requests)
    )
    return [_answer(one, *own, of) for one, own, of in zip(requests, said, corrected, strict=True)]


def _answer(request: Request, scale: ZScale, z: Array, corrected: correction.Correction | None) -> Answer:
    if corrected is None:
        return scale.from_z(learned.turned(z, request.sign))
    quantiles = scale.from_z(learned.turned(corrected.quantiles, request.sign))
    if not corrected.leaned_on:
        return quantiles
    alone = float(scale.from_z(request.sign * z[-1, MIDDLE]))
    return Fan(quantiles, {"leaned_on": dict(corrected.leaned_on), "alone": alone})


AUTO = Forecaster(
    card=CARD, version="4", quantiles=_quantiles, least=_LEAST, default=_default, learn=_learn, heeds_siblings=True,
    shipped=SHIPPED,
)  # fmt: skip
