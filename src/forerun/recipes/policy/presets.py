"""The recipes of policies, a row each."""

from __future__ import annotations

from forerun.core import Card
from forerun.recipes.policy.engine import PolicyEngine
from forerun.recipes.policy.q_learning import QEngine
from forerun.recipes.policy.slots import LearnedValue, PerToken
from forerun.recipes.recipe import Recipe

GROUP_BASELINE = Recipe(
    card=Card(
        name="group_baseline",
        does="Makes answers likelier by how much their reward lies above the mean of those to the same prompt.",
        source="Shao et al. 2024 (GRPO), without clipping and scale",
        assumes="Answers can be marked, and a prompt's are sometimes right and sometimes wrong.",
        needs="A world whose answers are verified, and a policy that is right now and then.",
        promises="More prompts solved than by what the policy was shown.",
        known_answer="After shown answers, its own raise what it solves.",
        control="With rewards shuffled within each group they add less.",
    ),
    engine=PolicyEngine(),
)
ACTOR_CRITIC = Recipe(
    card=Card(
        name="actor_critic",
        does="Makes moves likelier by how much the rewards that follow lie above the policy's own estimate of them.",
        source="Williams 1992 (REINFORCE); Mnih et al. 2016 (advantage actor-critic), in small",
        assumes="Rewards come move by move.",
        needs="A world that pays every move, and a policy with an estimate of what is to come.",
        promises="A policy better than moves at random.",
        known_answer="A recurrent policy finds the best arm of bandits it was never trained on.",
        control="Where rewards are shuffled over the batch it finds none.",
    ),
    engine=PolicyEngine(advantage=LearnedValue(), reduction=PerToken(), group=1, entropy=0.01),
)
Q_LEARNING = Recipe(
    card=Card(
        name="q_learning",
        does="Learns what every move is worth, from a memory of moves and a slow copy of itself.",
        source="Mnih et al. 2015 (replay and a slow target), in small",
        assumes="Places and moves are few.",
        needs="A world with moves between places.",
        promises="The shortest way to a goal that was never shown.",
        known_answer="The walk to the goal is all but the shortest, and again after the goal has moved.",
        control="A goal that does not move is kept.",
    ),
    engine=QEngine(),
)
