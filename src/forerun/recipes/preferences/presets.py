"""The recipes of preferences, a row each."""

from __future__ import annotations

from forerun.core import Card
from forerun.recipes.preferences.ascent import AscentEngine
from forerun.recipes.preferences.reward_model import RewardEngine, bradley_terry
from forerun.recipes.recipe import Recipe

REWARD_MODEL = Recipe(
    card=Card(
        name="reward_model",
        does="Learns a reward from comparisons by logistic regression, and gives it mean 0 and sd 1.",
        source="Bradley and Terry 1952; Christiano et al. 2017",
        assumes="Annotators prefer what is better more often than not.",
        needs="Answers that were compared.",
        promises="A start for policies that climb it.",
        known_answer="Of answers that it was not shown it prefers the better one more often than annotators do.",
        control="From comparisons that are coin flips it learns nothing.",
    ),
    engine=RewardEngine(),
    settings={"steps": 150, "lr": 3e-3, "schedule": "constant", "weight_decay": 0.01},
    parts={"loss": bradley_terry},
)
PROXY_ASCENT = Recipe(
    card=Card(
        name="proxy_ascent",
        does="Drives a policy up a reward that was learned, with or without a penalty on how far it goes.",
        source="Gao, Schulman, Hilton 2023 (over-optimisation), in small",
        assumes="Answers are differentiable in the policy's weights.",
        needs="A start that has learned a reward.",
        promises="A higher reward, and the truth about the true one.",
        known_answer="The gold reward rises, and falls again while the proxy's still rises.",
        control="With a strong penalty the gold reward at the end is near its best.",
    ),
    engine=AscentEngine(),
    begins="reward_model",
)
