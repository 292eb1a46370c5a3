"""Is a cyclic curriculum better than the whole training set, with true and with wrong labels?"""

from functools import partial

from forerun.core import Card
from forerun.lab.study import Arm, Claim, Study

CARD = Card(
    name="curriculum",
    does="A cyclic curriculum against the whole set at equal steps, those that scored the examples counted.",
    source="Kesgin and Amasyali 2022",
    assumes="Scores from the same network trained for 200 steps.",
    needs="The extra [lab]; two minutes.",
    promises="Paired verdicts on gold accuracy.",
    known_answer="Under wrong labels a cyclic curriculum is better than the whole set.",
    control="True labels must be better than wrong ones.",
)
_effect = partial(Claim, recipe="cyclic_curriculum", answers=("memorised", "overfit"))
_BASE = {"steps": 1000, "lr": 0.03, "warmup": 80}  # at 0.1 some networks die on their first, easy subset
_CYCLE = {"steps": 800, "start.steps": 200, "start.lr": 0.03, "start.warmup": 80}
CURRICULUM = Study(
    card=CARD,
    question="At equal steps, is a cyclic curriculum better than showing the whole training set in every epoch?",
    arms={
        "whole": Arm("digits", _BASE),
        "cyclic": Arm("digits", _BASE | _CYCLE, "cyclic_curriculum"),
        "whole, wrong labels": Arm("digits", _BASE | {"noise": 0.4}),
        "cyclic, wrong labels": Arm("digits", _BASE | _CYCLE | {"noise": 0.4}, "cyclic_curriculum"),
    },
    seeds=10,
    first_seed=100,
    budget="steps",
    claims=(
        Claim("true labels are better than wrong ones", "whole", "whole, wrong labels", "gold/acc", "max",
              control=True),
        _effect("a cyclic curriculum is better with true labels", "cyclic", "whole", "gold/acc", "max"),
        _effect("it is within a point of the whole set with true labels", "cyclic", "whole", "gold/acc", "max",
                margin=0.01),
        _effect("a cyclic curriculum is better with wrong labels", "cyclic, wrong labels", "whole, wrong labels",
                "gold/acc", "max"),
    ),
)  # fmt: skip
