"""Is what a grokked network has learned a structure that can be handed on?"""

from functools import partial

from forerun.core import Card
from forerun.lab.study import Arm, Claim, Study

CARD = Card(
    name="grokking",
    does="Modular addition: the mask of a grokked network's largest weights against none and a random mask.",
    source="Minegishi, Iwasawa, Matsuo 2023; Power et al. 2022",
    assumes="A mask that keeps 85 of a hundred weights, chosen on seeds that the study does not use.",
    needs="The extra [lab]; fifteen minutes on two cores.",
    promises="Paired verdicts on the steps to 90% gold accuracy.",
    known_answer="The ticket generalises in fewer steps than a random mask of its share.",
    control="Without weight decay the network must not generalise.",
)
_effect = partial(Claim, recipe="magnitude_ticket", answers=("memorised", "plateau"))
_BASE = {"share": 0.4}
_MASK = {"masked.keep": 0.85}
_WHY = "the steps that found the mask are not counted: the claim is that it holds the structure"
GROKKING = Study(
    card=CARD,
    question="Does a network masked to a grokked one's largest weights generalise in fewer steps than the dense one?",
    arms={
        "dense": Arm("modular", _BASE),
        "no weight decay": Arm("modular", _BASE | {"weight_decay": 0.0}),
        "ticket": Arm("modular", _BASE | _MASK, "magnitude_ticket"),
        "random mask": Arm("modular", _BASE | _MASK | {"masked.random": True}, "magnitude_ticket"),
    },
    seeds=32,
    budget="steps",
    claims=(
        Claim("weight decay is what generalises", "dense", "no weight decay", "gold/acc", "max", control=True),
        _effect("the ticket is faster than the dense network", "ticket", "dense", "gold/steps_to_90", "min",
                unequal=_WHY),
        _effect("the ticket is faster than a random mask", "ticket", "random mask", "gold/steps_to_90", "min",
                answers=()),  # a random mask is no doing nothing
    ),
    quick={"width": 32, "steps": 1000, "start.steps": 1000},
)  # fmt: skip
