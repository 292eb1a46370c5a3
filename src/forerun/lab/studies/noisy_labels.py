"""Does early-learning regularisation keep a network from memorising wrong labels?"""

from functools import partial

from forerun.core import Card
from forerun.lab.study import Arm, Claim, Study

CARD = Card(
    name="noisy_labels",
    does="Early-learning regularisation against cross-entropy when two labels in five are drawn anew.",
    source="Liu, Niles-Weed, Razavian, Fernandez-Granda 2020",
    assumes="One noise level, one network.",
    needs="The extra [lab]; half a minute.",
    promises="Paired verdicts on gold accuracy.",
    known_answer="Early-learning regularisation is better under noise.",
    control="True labels must be better than noisy ones.",
)
_effect = partial(Claim, recipe="early_learning", answers=("memorised", "overfit"))
_LONG = {"steps": 2000, "lr": 0.1}
NOISY_LABELS = Study(
    card=CARD,
    question="Does early-learning regularisation raise accuracy under label noise, and what does it cost without?",
    arms={
        "clean": Arm("digits", _LONG),
        "noisy": Arm("digits", _LONG | {"noise": 0.4}),
        "noisy, early learning": Arm("digits", _LONG | {"noise": 0.4}, "early_learning"),
        "clean, early learning": Arm("digits", _LONG, "early_learning"),
    },
    seeds=8,
    first_seed=100,
    budget="steps",
    claims=(
        Claim("true labels are better than noisy ones", "clean", "noisy", "gold/acc", "max", control=True),
        _effect("early learning is better under noise", "noisy, early learning", "noisy", "gold/acc", "max"),
        _effect("it is better than stopping where noisy validation is best", "noisy, early learning", "noisy",
                "gold/acc", "max", against="gold/acc_stopped"),
        _effect("it costs less than a point without", "clean, early learning", "clean", "gold/acc", "max", margin=0.01),
    ),
)  # fmt: skip
