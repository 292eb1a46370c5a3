"""What is optimised goes on improving while what is wanted gets worse: where they part."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forerun.core import Array, Card
from forerun.core.display import number
from forerun.core.metrics import meaning
from forerun.core.words import words_of
from forerun.monitor.binned import Judge, Sight, View, binned
from forerun.stats.level import last_level

CARD = Card(
    name="proxy_gold",
    does="Raises when the gold metric has fallen from its best by 4 errors and a tenth of its gain while the proxy has "
    "improved by 3 errors since; ends where gold is back. Tells where they part: over-optimisation, teacher hacking.",
    source="ours, for Gao et al. 2023, arXiv 2210.10760, and teacher hacking; the KL of the peak is what the question "
    "`reward_peak` answers from a table of KL and gold",
    assumes="Gold is a metric named gold or oracle; the proxy is named proxy or teacher, or is the reward.",
    needs="32 evaluations of gold, the proxy at least as often.",
    promises="At most 2% of runs whose gold stays at its best raise it in 200 evaluations while the proxy rises, under "
    "noise of a tenth of gold's gain (normal, t4, AR(1) .5).",
    known_answer="A proxy that rises throughout and a gold that peaks at point 100 of 200 raise it, parting near 100.",
    control="Gold that rises with the proxy, and gold that falls with it, raise nothing.",
)
_GOLD_SDS, _PROXY_SDS = 4.0, 3.0
_OF_GAIN = 0.1
_BACK = 0.5  # of the fall; less than this is left when it is over


def proxies_and_gold(names: Sequence[str]) -> list[dict[str, str]]:
    """What is optimised beside what is wanted, by their names.

    Example:
        >>> proxies_and_gold(["reward", "gold_reward", "kl"])
        [{'proxy': 'reward', 'gold': 'gold_reward'}]
        >>> proxies_and_gold(["distance/teacher", "distance/oracle"])
        [{'proxy': 'distance/teacher', 'gold': 'distance/oracle'}]
    """
    wanted = [name for name in names if words_of(name) & {"gold", "oracle"} and not _is_spread(name)]
    rest = [name for name in names if not words_of(name) & {"gold", "oracle"} and not _is_spread(name)]
    named = [name for name in rest if words_of(name) & {"proxy", "teacher"}]
    proxies = named or [name for name in rest if meaning(name).kind == "return"]
    return [{"proxy": proxies[0], "gold": gold} for gold in wanted if proxies]


def _is_spread(name: str) -> bool:
    return bool(words_of(name) & {"std", "var", "sd", "min", "max", "coef", "weight"})


def _sees(view: View) -> Sight | None:
    gold, proxy = (view.signs[role] * view.y[role] for role in ("gold", "proxy"))  # lower is better
    n = max(4, view.x.size // 5)
    best = _best(gold, n)
    level, before = last_level(gold, n), float(gold[best : best + n].mean())
    fallen, gain = level.mean - before, view.signs["gold"] * view.first["gold"] - before
    if fallen < _GOLD_SDS * 2.0**0.5 * level.error or fallen < _OF_GAIN * abs(gain) or fallen <= 0.0:
        return None
    after = last_level(proxy, n)
    improved = float(proxy[best : best + n].mean()) - after.mean
    if improved < _PROXY_SDS * 2.0**0.5 * after.error or improved <= 0.0:
        return None
    start = float(view.x[best + n // 2])
    values = [number(view.signs[role] * value) for role, value in _told(before, level.mean, after.mean, improved)]
    message = (
        f"{view.metrics['proxy']} has gone on from {values[2]} to {values[3]} since {view.at(start)}, and "
        f"{view.metrics['gold']} has got worse, from {values[0]} to {values[1]}: they part there"
    )
    statistic = fallen / (2.0**0.5 * level.error) if level.error > 0.0 else 1e9
    return Sight(start, statistic, _GOLD_SDS, message, {"best": before, "fallen": fallen})


def _told(before: float, now: float, proxy: float, improved: float) -> list[tuple[str, float]]:
    return [("gold", before), ("gold", now), ("proxy", proxy + improved), ("proxy", proxy)]


def _best(y: Array, n: int) -> int:
    """Where the best stretch of n bins begins, before the last one."""
    means = np.convolve(y[:-n], np.full(n, 1.0 / n), mode="valid")
    return int(np.argmin(means))


def _ends(view: View, sight: Sight) -> str | None:
    gold = view.signs["gold"] * view.y["gold"]
    level = last_level(gold, max(4, gold.size // 5))
    if level.mean > sight.evidence["best"] + _BACK * sight.evidence["fallen"]:
        return None
    return f"back at {number(view.signs['gold'] * level.mean)} by {view.at(view.now)}"


_PROMISE = "raised on at most 2% of runs whose gold stays at its best, per 200 evaluations"
PROXY_GOLD = binned(CARD, "1", Judge(_sees, _ends, _PROMISE, metric="gold", roles=("proxy", "gold")), proxies_and_gold)
