"""What trainings by reward print: letters for names, episodes that are called epochs, means over the last of them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from forerun.core.metrics import meaning
from forerun.runs.readers.lines.naming import is_split
from forerun.runs.readers.lines.plan import GLOBAL, LinePlan

Named = list[tuple[int, str, str | None, str | None]]  # index, name, split of heads, of names
RENAMED = {"tel": "val_loss", "trl": "train_loss", "ep_r": "episode_reward", "epr": "episode_reward"}
_EPISODES = re.compile(
    r"^ ?(?:\w{1,12} )?(?:episodes?|eps?|games|trials|runs|steps|iterations|iters|epochs|batches|rounds)\)?"
    r"(?: (?:is|was))? ?[:=] ?$"
)
_OVER = re.compile(
    r"([^\W\d_][\w ./@-]{0,60}?)[ (]{1,3}(?:(?:over|of|for|in|across)(?: the)?(?: (?:last|past|previous|latest))?"
    r"|(?:last|past|previous|latest)) ?$",
    re.IGNORECASE,
)
_LENGTH = re.compile(r"(?:^|\b(?:average|avg|mean|last|episode)[ _])(?:length|duration|len)$", re.IGNORECASE)
_LETTERS = {"R": "episode_reward", "L": "episode_length"}


def over_last(before: str, piece: str) -> str:
    """What is a mean over some episodes or steps, by the text before their number and behind it; empty if nothing is.

    Example:
        >>> over_last("| Average reward over last ", " episodes: "), over_last("Evaluation over ", " episodes: ")
        ('Average reward', 'Evaluation/reward')
        >>> over_last("loss at step ", " loss: ")
        ''
    """
    over = _OVER.search(before) if _EPISODES.match(piece) else None
    if over is None:
        return ""
    name = over[1].strip()
    return f"{name}/reward" if is_split(name) else name


def lengths(plan: LinePlan) -> list[str]:
    """Metrics of episodes whose length is all that is printed: how long the agent lasts."""
    counted = any(axis == "episode" for axis, _ in plan.counters)
    return [name for _, name in plan.metrics if _LENGTH.search(name)] if counted else []


def settle(plan: LinePlan, names: Named, pieces: Sequence[str], tokens: Sequence[str]) -> None:
    """``Ep 10 reward 3``: an episode where it is rewarded, an epoch elsewhere; ``e: 0.99`` is none at all."""
    if plan.epoch < 0:
        return
    printed = {name: k for k, name, *_ in names}
    if {"R", "F"} <= printed.keys() and re.search(r"\bE[ :=]{1,3}$", pieces[plan.epoch]):  # DrQ: frames, step, episode
        names[:] = [(k, _LETTERS.get(name, name), *rest) for k, name, *rest in names if name not in ("F", "S")]  # type: ignore[misc]
        plan.step, plan.kind = printed.get("S", printed["F"]), GLOBAL
        _episode(plan)
        return
    alone = re.search(r"(?:^|[^A-Za-z])e[ :=]{0,3}$", pieces[plan.epoch], re.IGNORECASE)
    if alone and ("episode" in dict(plan.counters) or "." in tokens[plan.epoch]):
        plan.epoch = -1  # the share of random actions
        return
    rewarded = any(meaning(RENAMED.get(name.lower(), name)).kind == "return" for name in printed)
    if rewarded and re.search(r"\b(?:ep|eps|E)[ :.#=\[]*$", pieces[plan.epoch], re.IGNORECASE):
        if plan.step >= 0 and re.search(r"steps[ :=]*$", pieces[plan.step]):
            plan.step = -1  # how many the episode had
        _episode(plan)


def _episode(plan: LinePlan) -> None:
    plan.counters.append(("episode", plan.epoch))
    plan.epoch = -1
