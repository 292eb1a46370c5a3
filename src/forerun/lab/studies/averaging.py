"""How much of what a cooldown gives does an average of the weights give, along a run and over several?"""

from functools import partial

from forerun.core import Card
from forerun.lab.study import Arm, Claim, Study

CARD = Card(
    name="averaging",
    does="Averages over a run's tail against its last weights, and a soup of networks against the single ones.",
    source="Izmailov, Podoprikhin, Garipov, Vetrov, Wilson 2018; Wortsman et al. 2022",
    assumes="One network, one rate; label noise for the soup.",
    needs="The extra [lab]; a minute.",
    promises="Paired verdicts on gold loss.",
    known_answer="Both averages are better than what they are made of.",
    control="A cooldown must be better than none.",
)
_effect = partial(Claim, recipe="weight_average", answers=("overfit", "plateau"))
_BASE = {"steps": 600, "lr": 0.1, "noise": 0.2, "schedule": "constant"}
AVERAGING = Study(
    card=CARD,
    question="Does averaging weights, along a run's tail or over runs from one start, lower the loss?",
    arms={
        "last": Arm("digits", _BASE),
        "tail average": Arm("digits", _BASE | {"average": "tail"}),
        "exponential average": Arm("digits", _BASE | {"average": "ema"}),
        "cooldown": Arm("digits", _BASE | {"schedule": "linear"}),
        "soup of four": Arm("digits", _BASE | {"average": "soup"}),
        "one, as long as the soup": Arm("digits", _BASE | {"steps": 1200}),  # 600, and 150 for each of the four
    },
    seeds=10,
    first_seed=100,
    budget="steps",
    claims=(
        Claim("a cooldown is better than none", "cooldown", "last", "gold/loss", "min", control=True),
        _effect("the tail's average is better than the last weights", "tail average", "last", "gold/loss", "min"),
        _effect("the exponential average is too", "exponential average", "last", "gold/loss", "min"),
        _effect("a soup of four is better than the four", "soup of four", "soup of four", "gold/loss", "min",
                against="gold/loss_single", answers=()),  # their mean is no doing nothing
        _effect("and than the best of them on validation", "soup of four", "soup of four", "gold/loss", "min",
                against="gold/loss_best"),
        _effect("and than one network of as many steps", "soup of four", "one, as long as the soup", "gold/loss",
                "min"),
        _effect("the tail's average is as good as a cooldown", "tail average", "cooldown", "gold/acc", "max",
                margin=0.01),
    ),
)  # fmt: skip
