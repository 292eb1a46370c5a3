"""A jump to the bad side from which the metric goes on getting worse, or has lost all it had gained."""

from __future__ import annotations

from forerun.core import Card
from forerun.monitor.lasting import lasting
from forerun.monitor.reads import main_of_training

CARD = Card(
    name="divergence",
    does="Raises when a metric has jumped as for a spike, has not come back within an eighth of the points before it, "
    "16 to 48, and gets worse still or is worse than where it began; ends when five values in the middle are back.",
    source="ours; spike, level shift and divergence are one event told apart by how it recovers",
    assumes="It gets worse faster than what is expected follows, within some 64 points; `rising` tells slower ones.",
    needs="16 finite points before the jump, 64 of a score, of a metric that is not held out: there it is an over-fit.",
    promises="At most 1 false alarm per 100,000 points under normal and t4 noise (measured: none in 400,000). "
    "Of losses that rise by half an sd a point 95% are told, and not as a shift.",
    known_answer="A loss under normal noise that rises by half an sd a point raises it, and no level shift.",
    control="A spike that fades raises none.",
)
DIVERGENCE = lasting(
    CARD,
    "divergence",
    lambda metric: f"{metric} diverges",
    "at most 1 false alarm per 100,000 points",
    main_of_training,
)
