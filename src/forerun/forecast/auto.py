"""The default: the learned quantiles, corrected by the finished runs beside a run where there are any.

A curve that mostly stands still (a return that is zero but for a few lucky episodes) is left to the calibrated last
value: its spread says nothing of what is to come. Beside other runs of its task, small nets correct the quantiles by
how those went on (`forerun.forecast.correction`); without any, nothing is corrected.
"""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Sequence
from functools import cache, partial

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
    does="The learned quantiles, corrected by the runs beside a run that are over; standing curves held.",
    source="ours; attention over siblings in the place of the kernel of freeze-thaw (Swersky et al. 2014)",
    assumes="As `learned`; of the runs beside, that they are of the same task and over, at their end or before it.",
    needs="4 finite points; one finished run beside it for a correction.",
    promises="Skill and coverage alone and beside 1, 5 and 20 runs, with tasks left out: evidence/forecast.",
    known_answer="Beside runs that all dropped late, and where the rate is about to cool down, a drop is forecast.",
    control="Runs of another kind move its median by less than a tenth of its 80% interval.",
)
_LEAST = 4
SHIPPED = "siblings.npz"
_STILL = 0.3, 0.7  # shares of steps of exactly zero between which a curve is left to the baseline
_SEED, _NETS, _STEPS = 0, 4, 2000
_TASKS = 8  # with siblings in them, from which a correction is learned


@cache
def _default() -> State:
    siblings = base64.b64encode(shipped(SHIPPED)).decode("ascii")
    return {"learned": learned.default(), "baseline": baseline.default(), "siblings": siblings}


def _learn(finished: Finished) -> State:
    """Learn all parts from the same curves; raises as they do."""
    state = learn_alone(finished)
    if not _has_siblings(finished):
        return state | {"siblings": ""}
    halves = [in_half(finished, half) for half in (0, 1)]
    states = [learn_alone(finished.only([not one for one in half])) for half in halves]
    return state | {"siblings": learn_siblings(finished, list(zip(states, halves, strict=True)))}


def learn_alone(finished: Finished, nets: int = learned.NETS) -> State:
    """What is known of curves without siblings, by so many nets."""
    return {"learned": learned.learn(finished, nets), "baseline": baseline.learn(finished)}


def in_half(finished: Finished, half: int) -> list[bool]:
    """Which curves are of tasks in a half of them."""
    return [sibling_cases.half_of(*task) == half for task in _tasks(finished)]


def learn_siblings(finished: Finished, parts: Sequence[tuple[State, Sequence[bool]]]) -> str:
    """The nets that correct, packed; ``parts`` as in `cases_beside`."""
    return taught(cases_beside(finished, parts))


def cases_beside(finished: Finished, parts: Sequence[tuple[State, Sequence[bool]]]) -> list[sibling_cases.CaseBeside]:
    """Forecasts with the runs beside them, to learn a correction from.

    Args:
        parts: what `learn_alone` made without some tasks, and which curves are of these tasks: by it their cases are
            forecast. Curves in no part are not learned from.
    """
    rng, places = np.random.default_rng(_SEED), sibling_cases.taken(finished)
    made: list[sibling_cases.CaseBeside] = []
    for state, left_out in parts:
        made += sibling_cases.cases(finished, [i for i in places if left_out[i]], partial(_alone, state), rng)
    return made


def taught(made: Sequence[sibling_cases.CaseBeside], nets: int = _NETS) -> str:
    """So many nets that correct, packed, learned from cases."""
    lessons = sibling_cases.lessons(made)
    steps = int(np.clip(len(made) // 30, 30, _STEPS))
    return packed(tuple(train(lessons, steps, _SEED + i) for i in range(nets)))


def _has_siblings(finished: Finished) -> bool:
    """Whether enough tasks have two curves for a correction to be learned."""
    return sum(n > 1 for n in Counter(_tasks(finished)).values()) >= _TASKS


def _tasks(finished: Finished) -> list[tuple[str, str]]:
    return list(zip(finished.groups, finished.tasks, strict=True))


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
    alone = partial(_alone, state)
    if not state["siblings"] or not any(one.siblings for one in requests):
        return [_answer(one, *said, None) for one, said in zip(requests, alone(requests), strict=True)]
    said, corrected = correction.corrections(state["siblings"], requests, alone)
    return [_answer(one, *own, of) for one, own, of in zip(requests, said, corrected, strict=True)]


def _answer(request: Request, scale: ZScale, z: Array, corrected: correction.Correction | None) -> Answer:
    if corrected is None:
        return scale.from_z(learned.turned(z, request.sign))
    quantiles = scale.from_z(learned.turned(corrected.quantiles, request.sign))
    alone = {"alone": float(scale.from_z(request.sign * z[-1, MIDDLE]))}
    return Fan(quantiles, {**corrected.events, **alone} if corrected.events else {})


AUTO = Forecaster(
    card=CARD, version="5", quantiles=_quantiles, least=_LEAST, default=_default, learn=_learn, heeds_siblings=True,
    shipped=SHIPPED,
)  # fmt: skip
