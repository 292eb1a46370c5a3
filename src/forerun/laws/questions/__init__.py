"""What is asked of laws, and of tables that laws describe, where a fit alone is no answer; one question a file.

A question is a `Question`: a function of a table and of settings, put together with its card at the end of its file as
``QUESTION = Question(...)``. It answers with an `Answer`, or with `Undecided`. `parts` is what some are made of.
"""

from forerun.core import Family
from forerun.laws.question import Question

__all__ = ["QUESTIONS", "Question"]

_NAMES = (
    "isoflop", "allocation", "saturation", "asymptote", "joint_asymptote", "data_efficiency", "mixture", "projection",
    "repeats", "knowledge_capacity", "critical_batch_size", "steps_to", "fastest", "longer_run", "least_bound", "tuned",
    "reward_peak", "shape", "emergence", "suite", "ladder", "observational", "rare_successes", "bend",
    "sampling_budget", "label_budget", "tries", "tries_budget", "profile", "next_configuration",
    "next_probe", "mastery_sample",
)  # fmt: skip

QUESTIONS: Family[Question] = Family(
    kind="question",
    table={name: f"forerun.laws.questions.{name}:QUESTION" for name in _NAMES},
    group="forerun.questions",
    of=Question,
)
