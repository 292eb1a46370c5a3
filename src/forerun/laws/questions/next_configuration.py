"""Which configuration to evaluate next, of a few whose evaluations are noisy and may be had 50 times or less."""

from __future__ import annotations

from typing import Literal

import numpy as np

from forerun.core import Answer, Array, BadInput, Card, Range, Table, Undecided
from forerun.core.display import counted, number
from forerun.laws.question import Question
from forerun.laws.weights import query_net

CARD = Card(
    name="next_configuration",
    does="Which of a few configurations to evaluate next, where evaluations are noisy and may be had 50 times or less.",
    source="Zhang, Jain and Jamieson 2020 (learning to actively learn); the net and its classes are ours",
    assumes="Evaluations of one configuration are independent and about normal, with one spread for all.",
    needs="Columns configuration and y, a row an evaluation, y empty where there was none; settings budget and goal.",
    promises="Of problems of one complexity it errs on the worst class .05 less than UCB (.02 to .07), .07 less than "
    "uncertainty sampling, and about as top-two sampling does: evidence/small_budgets.",
    known_answer="Two that stand close are evaluated before one far behind; the best mean leads.",
    control="One configuration alone leaves nothing to choose: undecided.",
)
FEATURES = 9
_FEWEST = 3  # degrees of freedom of a spread that evaluations themselves tell; arbitrary


def answer(
    table: Table, *, budget: int, goal: Literal["min", "max"] = "min", sd: float | None = None
) -> Answer | Undecided:
    """The configuration to evaluate next, and which leads so far.

    Each is tried once before the net is asked; until three repeats tell the spread, the leader is tried again.

    Args:
        table: a row an evaluation. budget: evaluations in all, those made among them.
        goal: whether lower or higher is better. sd: of one evaluation; default that of repeats, pooled.
    """
    names = [str(name) for name in table.columns["configuration"]]
    y = np.asarray(table.columns["y"], float) * (1.0 if goal == "max" else -1.0)
    every = list(dict.fromkeys(names))
    of = np.array([every.index(name) for name in names])
    if len(every) < 2:
        return Undecided(f"there is {counted(len(every), 'configuration')}", "two configurations or more")
    if (endless := np.flatnonzero(np.isinf(y))).size:
        raise BadInput(f"y must be finite or empty, but row {endless[0] + 1} is not finite")
    if budget < len(every):
        raise BadInput(f"the budget is at least one evaluation of each of {len(every)}, but budget={budget}")
    if sd is not None and not sd > 0:
        raise BadInput(f"sd must be above 0, but sd={sd:g}")
    known = np.isfinite(y)
    count = np.bincount(of[known], minlength=len(every)).astype(float)
    total = np.bincount(of[known], y[known], minlength=len(every))
    mean = np.divide(total, count, out=np.full(len(every), -np.inf), where=count > 0)
    left, free = budget - int(known.sum()), float((count - 1.0)[count > 0].sum())
    squares = float(((y - mean[of])[known] ** 2).sum())
    spread = sd if sd is not None else float(np.sqrt(squares / free)) if free >= _FEWEST and squares > 0 else None
    lead = int(mean.argmax())
    if left <= 0:
        pick, why = lead, "the budget is spent"
    elif (count == 0).any():
        pick, why = int((count == 0).argmax()), "it was not evaluated yet"
    elif spread is None:
        pick, why = lead, "it leads, and how noisy an evaluation is is not known yet"
    else:
        pick = int(query_net("next_configuration")(arm_features(count, mean, left, spread)).argmax())
        why = "by the learned policy"
    return _said(every, count, mean if goal == "max" else -mean, spread, lead, pick, why, max(left, 0))


def _said(
    every: list[str], count: Array, mean: Array, spread: float | None, lead: int, pick: int, why: str, left: int
) -> Answer:
    half = np.full(len(every), np.nan) if spread is None else _EIGHTY * spread / np.sqrt(np.maximum(count, 1.0))
    values: dict[str, Range | float | str] = {"leader": every[lead], "left": float(left)}
    if left:
        values = {"next": every[pick], **values}
    if count[lead] and spread is not None:
        at = float(mean[lead])
        values["level"] = Range(at, at - float(half[lead]), at + float(half[lead]), "y")
    does = f"evaluate {every[pick]} next: {why}; {left} left" if left else why
    mean = np.where(count > 0, mean, np.nan)
    rows = {"place": np.arange(1.0, len(every) + 1), "configuration": every, "evaluations": count, "measured": mean,
            "low": mean - half, "high": mean + half}  # fmt: skip
    best = f"; {every[lead]} leads at {number(float(mean[lead]))}" if count[lead] else ""
    return Answer(CARD.name, "1", does + best, values, Table(rows))


_EIGHTY = 1.2816  # sds of a normal that 80% lie within


def arm_features(count: Array, mean: Array, left: int, sd: Array | float) -> Array:
    """What the net sees of each configuration.

    Args:
        count: shape (..., n), evaluations of each, 1 or more.
        mean: shape (..., n), of each, higher is better.
        left: evaluations still to come.
        sd: of one evaluation.

    Returns:
        Shape (..., n, 9): whether it leads; how many standard errors it lies behind the leader (the leader: ahead of
        the next), and how much doubt that leaves; its evaluations beside an even share, and the width they leave; the
        distance itself, in sds; its rank; and of all of them what share is left, and how many a configuration.
    """
    n = mean.shape[-1]
    order = np.argsort(-mean, axis=-1, kind="stable")
    lead = order[..., :1]
    leads = np.equal(np.arange(n, dtype=np.int64), lead)
    rank = np.argsort(order, axis=-1) / max(n - 1, 1)
    width = 1.0 / np.sqrt(count)
    gap = (np.take_along_axis(mean, lead, -1) - mean) / sd
    z = gap / np.hypot(width, np.take_along_axis(width, lead, -1))
    nearest = np.where(leads, np.inf, z).min(axis=-1, keepdims=True)
    closest = np.where(leads, np.inf, gap).min(axis=-1, keepdims=True)
    z, gap = np.where(leads, nearest, z), np.where(leads, closest, gap)
    made = count.sum(axis=-1, keepdims=True)
    share = left / (left + made)
    each = np.log1p(left / n)
    own = [leads, np.minimum(z, 5.0), np.exp(-0.5 * z**2), np.log(count * n / made), width, np.tanh(gap), rank]
    of_all = [np.broadcast_to(one, mean.shape) for one in (share, each)]
    return np.stack([np.asarray(one, np.float64) for one in (*own, *of_all)], axis=-1)


QUESTION = Question(card=CARD, version="1", columns=("configuration", "y"), answer=answer)
