"""Is what a grokked network has learned a structure that can be handed on?"""

from functools import partial

from forerun.core import Card
from forerun.lab.study import Arm, Claim, Study

CARD = Card(
    name="grokking",
    does="Modular addition: the mask of a grokked network's largest weights against no mask, others, and norms alike.",
    source="Minegishi, Iwasawa, Matsuo 2023; Power et al. 2022",
    assumes="One size; decays and the share kept were chosen on seeds 0 to 2, which the study leaves out.",
    needs="The extra [lab]; a quarter of an hour on one core.",
    promises="Paired verdicts on the steps to 90% gold accuracy.",
    known_answer="The ticket generalises in fewer steps than a random mask of its share.",
    control="Without weight decay the network must not generalise.",
)
_TRAINING = {"lr": 0.003, "weight_decay": 1.0, "eval_every": 50, "steps": 4000}
_WORLD = {"p": 31, "share": 0.6, "ordered": False, "width": 256, "bottleneck": 48}
_DENSE = _WORLD | _TRAINING
_TO_THE_END = _DENSE | {"until": "val/acc>=0.97"}  # a run that has generalised is over
_BEFORE = {f"start.{name}": value for name, value in _TRAINING.items()}
# The share kept: of .4, .5 and .6 the fastest ticket's at this decay; .2 and .3, tried at 4, never generalised.
_MASKED = _TO_THE_END | _BEFORE | {"masked.keep": 0.6}
_SCALED = _TO_THE_END | _BEFORE | {"start": "scaled", "scaled.keep": 0.6}
_NONE = {"weight_decay": 0.0}
_TUNED = {"weight_decay": 6.0}  # of 1, 2, 4, 6 and 8 the dense network's fastest
_TUNED_TICKET = {"weight_decay": 4.0, "masked.keep": 0.8}  # of 2 and 4, and .2 to .8, the fastest ticket's
_STEPS, _TICKET = "gold/steps_to_90", "magnitude_ticket"
_WHY = "the steps that found the mask are not counted: the claim is that it holds the structure"
_faster = partial(Claim, first="ticket", metric=_STEPS, direction="min", recipe=_TICKET, unequal=_WHY)
_SEEN = ("memorised", "plateau")
GROKKING = Study(
    card=CARD,
    question="Does a network masked to a grokked one's largest weights generalise in fewer steps than the dense one?",
    arms={
        "dense": Arm("modular", _DENSE),
        "no weight decay": Arm("modular", _DENSE | _NONE),
        "dense, tuned decay": Arm("modular", _TO_THE_END | _TUNED),
        "dense, L1 of the ticket": Arm("modular", _SCALED | {"scaled.norm": 1}, _TICKET),
        "dense, L2 of the ticket": Arm("modular", _SCALED | {"scaled.norm": 2}, _TICKET),
        "ticket": Arm("modular", _MASKED, _TICKET),
        "ticket, tuned decay": Arm("modular", _MASKED | _TUNED_TICKET, _TICKET),
        "mask at memorisation": Arm("modular", _MASKED | {"start.until": "train/acc>=0.99"}, _TICKET),
        "random mask": Arm("modular", _MASKED | {"masked.random": True}, _TICKET),
        "ticket, no weight decay": Arm("modular", _MASKED | _NONE, _TICKET),
    },
    seeds=8,
    first_seed=100,
    budget="steps",
    claims=(
        Claim("weight decay is what generalises", "dense", "no weight decay", "gold/acc", "max", control=True),
        _faster("the ticket is faster than the dense network", second="dense", answers=_SEEN),
        _faster("it is three times as fast", second="dense", ratio=1 / 3, recipe=""),
        _faster("the ticket is faster than the dense network with its best decay", second="dense, tuned decay",
                answers=_SEEN),
        _faster("the ticket is, with its own best decay and share, faster than the dense network with its best decay",
                first="ticket, tuned decay", second="dense, tuned decay", answers=_SEEN),
        _faster("the ticket is faster than a dense start of its L1 norms", second="dense, L1 of the ticket"),
        _faster("the ticket is faster than a dense start of its L2 norms", second="dense, L2 of the ticket"),
        _faster("the ticket is faster than a random mask", second="random mask"),
        _faster("the ticket is faster than a mask taken at memorisation", second="mask at memorisation"),
        Claim("a mask taken at memorisation is as good as a random one", "mask at memorisation", "random mask",
              "gold/acc", "max", margin=0.1),
        Claim("the ticket generalises without weight decay", "ticket, no weight decay", 0.9, "gold/acc", "max"),
    ),
    quick={"width": 32, "bottleneck": 8, "steps": 1000, "start.steps": 1000},
)  # fmt: skip
