"""Held-out accuracy that comes long after the training data was known by heart."""

from __future__ import annotations

import numpy as np

from forerun.core import Card
from forerun.core.display import number
from forerun.monitor.binned import Judge, Sight, View, binned
from forerun.monitor.pairs.memorised import KNOWN, at_chance, shares, splits_of_a_share
from forerun.stats.level import last_level

CARD = Card(
    name="grokking",
    does="Raises when the held-out accuracy passes half of what there was to gain, twice as many steps after the start "
    "as the training data was known by heart, having been at chance in between; ends if it falls back.",
    source="ours, for the delayed generalisation of Power et al. 2022, arXiv 2201.02177",
    assumes="As `memorised`; x counts from the start of training.",
    needs="32 held-out evaluations of a share that is logged of both splits under one name.",
    promises="Not one of 500 runs whose held-out accuracy rises with the training accuracy raises it, under noise of "
    "sd .02 (normal, t4, AR(1) .5).",
    known_answer="Train 1 from point 50, held-out .01 until 150 and 1 from 160 of 300 raises it after 160.",
    control="Held-out accuracy that follows training accuracy by 10 points raises nothing.",
)
_HALFWAY = 0.5  # of what there was to gain
_DELAY = 2.0  # times the steps to memorise
_SDS = 2.0
_LEAST = 3  # bins in which the data was known by heart and nothing carried over


def _sees(view: View) -> Sight | None:
    split = shares(view)
    if split is None:
        return None
    train, held_out, chance = split
    level, half = last_level(held_out, max(4, view.x.size // 16)), chance + _HALFWAY * (1.0 - chance)
    waited = np.flatnonzero((train >= KNOWN) & at_chance(held_out, chance))
    if waited.size < _LEAST or level.mean - _SDS * level.error < half:
        return None
    came = waited[-1] + 1 + int((held_out[waited[-1] + 1 :] >= half).argmax())
    memorised, start = float(view.x[waited[0]]), float(view.x[came])
    if memorised <= 0.0 or start < _DELAY * memorised:
        return None
    message = (
        f"{view.metrics['held_out']} has risen from {number(chance)} to {number(level.mean)} at {view.at(start)}, "
        f"where {view.metrics['train']} was known by heart from {view.at(memorised)} on: "
        f"delayed generalisation (grokking)"
    )
    return Sight(start, start / memorised, _DELAY, message, {"memorised": memorised, "chance": chance})


def _ends(view: View, sight: Sight) -> str | None:
    split, chance = shares(view), float(sight.evidence["chance"])
    if split is None:
        return None
    level = last_level(split[1], max(4, view.x.size // 16))
    fallen = level.mean + _SDS * level.error < chance + _HALFWAY * (1.0 - chance)
    return f"fallen back to {number(level.mean)} by {view.at(view.now)}" if fallen else None


GROKKING = binned(
    CARD,
    "1",
    Judge(
        _sees,
        _ends,
        "raised on none of 500 runs that generalise as they learn",
        metric="held_out",
        roles=("train", "held_out"),
    ),
    splits_of_a_share,
)
