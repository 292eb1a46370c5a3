"""Is linear decay at least as good as the cosine, on problems that have nothing in common?"""

from forerun.core import Card
from forerun.lab.study import Arm, Claim, Study

CARD = Card(
    name="linear_decay",
    does="Linear decay against the cosine and against no decay on a convex problem, digits and a language model.",
    source="Defazio, Cutkosky, Mehta, Mishchenko 2023",
    assumes="One peak rate a workload, the same for all schedules.",
    needs="The extra [lab]; eight minutes.",
    promises="Paired verdicts by workload.",
    known_answer="Linear decay and the cosine are equivalent on convex and on charlm.",
    control="Either must be better than a constant rate where it was tuned to decay.",
)
_WHERE = {
    "convex": ("convex", {"steps": 1000, "lr": 0.1}, "gold/excess"),
    "digits": ("digits", {"steps": 600, "lr": 0.1, "noise": 0.2}, "gold/loss"),
    "charlm": ("charlm", {"steps": 800, "size": "s", "lr": 1e-2}, "gold/excess"),
}
_MARGIN = {"convex": 0.002, "digits": 0.01, "charlm": 0.005}
"""About a percent of what is still to be gained at that point of the training; arbitrary."""
LINEAR_DECAY = Study(
    card=CARD,
    question="At the same peak rate and steps, does linear decay end at least as well as the cosine?",
    arms={
        f"{name}, {schedule}": Arm(workload, settings | {"schedule": schedule})
        for name, (workload, settings, _) in _WHERE.items()
        for schedule in ("linear", "cosine", "constant")
    },
    seeds=8,
    budget="steps",
    claims=(
        *(Claim(f"decay is better than none on {name}", f"{name}, linear", f"{name}, constant", metric, "min",
                control=True) for name, (_, _, metric) in _WHERE.items()),
        *(Claim(f"linear decay is better than the cosine on {name}", f"{name}, linear", f"{name}, cosine", metric,
                "min") for name, (_, _, metric) in _WHERE.items()),
        *(Claim(f"linear decay and the cosine are equivalent on {name}", f"{name}, linear", f"{name}, cosine", metric,
                "min", margin=_MARGIN[name]) for name, (_, _, metric) in _WHERE.items()),
    ),
    quick={"size": "xs", "length": 32},
)  # fmt: skip
