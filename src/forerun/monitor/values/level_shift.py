"""A jump to the bad side that stays: the metric goes on at another level."""

from __future__ import annotations

from forerun.core import Card
from forerun.monitor.lasting import lasting

CARD = Card(
    name="level_shift",
    does="Raises when a metric has jumped as for a spike, has not come back within an eighth of the points before it, "
    "16 to 48, and neither rises on nor comes down; ends when five values in the middle are back.",
    source="ours; spike, level shift and divergence are one event told apart by how it recovers",
    assumes="Noise and trend as for spikes; what comes down slowly is waited for.",
    needs="16 finite points before the jump, 64 of a score.",
    promises="At most 1 false alarm per 100,000 points under normal and t4 noise (measured: none in 400,000). "
    "Of shifts by 10 sds 95% are told, and not as a divergence.",
    known_answer="A loss under normal noise that jumps by 10 sds and stays raises it, and no divergence.",
    control="A spike that fades raises none.",
)
LEVEL_SHIFT = lasting(
    CARD, "level_shift", lambda metric: f"{metric} stays at a worse level", "at most 1 false alarm per 100,000 points"
)
