"""Do large batches generalise worse, and is that for want of updates?"""

from forerun.core import Card
from forerun.lab.study import Arm, Claim, Study

CARD = Card(
    name="large_batch",
    does="Batches of 512 against 32 at equal epochs and at equal updates, with ghost batch normalisation too.",
    source="Hoffer, Hubara, Soudry 2017",
    assumes="1,000 images, batch normalisation, a rate that grows as the root of the batch.",
    needs="The extra [lab]; two minutes.",
    promises="Paired verdicts on gold accuracy.",
    known_answer="Equal epochs lose accuracy; equal updates do not.",
    control="Equal epochs must be worse.",
)
_SMALL = {"norm": "batch", "schedule": "constant", "batch": 32, "steps": 256, "lr": 0.05, "eval_every": 8}
_LARGE = _SMALL | {"batch": 512, "steps": 16, "lr": 0.2}  # eight epochs, chosen on the validation images
LARGE_BATCH = Study(
    card=CARD,
    question="Do large batches lose test accuracy at equal epochs, and do equal updates close the gap?",
    arms={
        "small": Arm("digits", _SMALL),
        "large, equal epochs": Arm("digits", _LARGE),
        "large, equal updates": Arm("digits", _LARGE | {"steps": 256}),
        "large, ghost": Arm("digits", _LARGE | {"ghost_batch_norm.ghost": 32}, "ghost_batch_norm"),
    },
    seeds=12,
    budget="samples",
    claims=(
        Claim("large batches lose at equal epochs", "small", "large, equal epochs", "gold/acc", "max", control=True),
        Claim("equal updates close the gap to a point", "large, equal updates", "small", "gold/acc", "max",
              margin=0.01, unequal="equal updates are sixteen times the epochs"),
        Claim("ghost normalisation closes part of it", "large, ghost", "large, equal epochs", "gold/acc", "max",
              recipe="ghost_batch_norm"),
        Claim("the distance from the start grows as the log of the step", "small", 0.95, "weight_distance_log_r2",
              "max"),
    ),
)  # fmt: skip
