"""Learns a net of queries by playing: a policy gradient against an adversary who picks among classes of problems.

Each problem is played four times over with the same noise; what a game did better than the mean of its four is what its
choices are held for, which takes away most of the luck. The adversary gives more weight to classes on which the policy
errs more, within each hardness, so that what is made small is about the worst case.

Source: Williams 1992 (REINFORCE); Freund and Schapire 1999 (multiplicative weights in a game); Zhang, Jain and Jamieson
2020 (the minimax over classes of problems).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import numpy as np

from forerun.core import Array
from forerun.laws.questions.parts.query_net import QueryNet

TWINS = 4  # games a problem
_HIDDEN, _RATE, _MOMENTA = 8, 0.01, (0.9, 0.99)
_SHARPNESS, _MEMORY = 12.0, 0.9  # of the adversary: weight exp(12 error), and how long errors are remembered


@dataclass(frozen=True)
class Chosen:
    """One turn of many games: features, shape (b, n, f), the query made and the chance each had, (b,) and (b, n)."""

    features: Array
    query: Array
    chance: Array


@dataclass(frozen=True)
class Game:
    """Classes of problems of one size, which are played together.

    Args:
        names, hardness: of the classes.
        play: of the sampler of queries and a count of problems a class, whether each game was won, shape (b,), class by
            class and twins side by side.
    """

    names: tuple[str, ...]
    hardness: tuple[float, ...]
    play: Callable[[Callable[[Array], Array], int, np.random.Generator], Array]


def started(features: int, rng: np.random.Generator) -> QueryNet:
    """A net that knows nothing."""
    return QueryNet(
        np.zeros(features), rng.normal(0.0, features**-0.5, (features, _HIDDEN)), np.zeros(_HIDDEN),
        rng.normal(0.0, 0.1, _HIDDEN),
    )  # fmt: skip


def sampler(net: QueryNet, turns: list[Chosen], rng: np.random.Generator) -> Callable[[Array], Array]:
    """Draws queries as likely as their scores say, and notes each turn."""

    def draw(features: Array) -> Array:
        score = net(features)
        chance = np.exp(score - score.max(axis=-1, keepdims=True))
        chance /= chance.sum(axis=-1, keepdims=True)
        query = (chance.cumsum(axis=-1) < rng.random(len(score))[:, None]).sum(axis=-1)
        query = np.minimum(query, score.shape[-1] - 1)
        turns.append(Chosen(features, query, chance))
        return query

    return draw


def gradient(net: QueryNet, turns: Sequence[Chosen], credit: Array) -> QueryNet:
    """Of the sum over games of credit, shape (b,), times the log chance of what was chosen."""
    total = {one.name: np.zeros_like(getattr(net, one.name)) for one in fields(net)}
    for turn in turns:
        on_score = -turn.chance * credit[:, None]
        on_score[np.arange(len(credit)), turn.query] += credit
        f, g = turn.features.reshape(-1, turn.features.shape[-1]), on_score.ravel()
        hidden = np.tanh(f @ net.inward + net.bias)
        back = g[:, None] * net.outward * (1.0 - hidden**2)
        for name, part in (
            ("linear", f.T @ g),
            ("outward", hidden.T @ g),
            ("inward", f.T @ back),
            ("bias", back.sum(0)),
        ):
            total[name] += part
    return QueryNet(**total)


def learn(games: Sequence[Game], features: int, rounds: int, each: int, seed: int) -> tuple[QueryNet, list[float]]:
    """The net, averaged over the last third of rounds, and the share of games won in each round.

    Args:
        games: the classes.
        features: of a query.
        rounds: steps of Adam, whose rate falls to 0 along a cosine.
        each: problems of a class in a round.
        seed: same seed, same net.
    """
    rng = np.random.default_rng(seed)
    net = started(features, rng)
    names = [one.name for one in fields(net)]
    first, second, mean = ({name: np.zeros_like(getattr(net, name)) for name in names} for _ in range(3))
    hardness = np.concatenate([game.hardness for game in games])
    error, ends = np.full(hardness.size, 0.5), np.cumsum([0, *(len(game.names) for game in games)])
    won_in: list[float] = []
    for k in range(rounds):
        weight = adversary(error, hardness)
        step = {name: np.zeros_like(value) for name, value in first.items()}
        for i, game in enumerate(games):
            turns: list[Chosen] = []
            of = slice(ends[i], ends[i + 1])
            won = game.play(sampler(net, turns, rng), each, rng).reshape(len(game.names), each, TWINS).astype(float)
            error[of] = _MEMORY * error[of] + (1.0 - _MEMORY) * (1.0 - won.mean(axis=(1, 2)))
            credit = (won - won.mean(axis=2, keepdims=True)) * weight[of, None, None] / won[0].size
            part = gradient(net, turns, credit.ravel())
            step = {name: value + getattr(part, name) for name, value in step.items()}
        rate = _RATE * 0.5 * (1.0 + np.cos(np.pi * k / rounds))
        for name in names:
            first[name] = _MOMENTA[0] * first[name] + (1.0 - _MOMENTA[0]) * step[name]
            second[name] = _MOMENTA[1] * second[name] + (1.0 - _MOMENTA[1]) * step[name] ** 2
        bias = [1.0 - m ** (k + 1) for m in _MOMENTA]
        net = QueryNet(**{
            name: getattr(net, name) + rate * first[name] / bias[0] / (np.sqrt(second[name] / bias[1]) + 1e-8)
            for name in names
        })  # fmt: skip
        if k >= (late := rounds * 2 // 3):
            mean = {name: mean[name] + getattr(net, name) / (rounds - late) for name in names}
        won_in.append(float(1.0 - error.mean()))
    return QueryNet(**mean), won_in


def adversary(error: Array, hardness: Array) -> Array:
    """Weights of the classes, shape (k,), of mean 1: within each hardness the more the more is lost there."""
    weight = np.exp(_SHARPNESS * error)
    for one in np.unique(hardness):
        of = hardness == one
        weight[of] *= of.sum() / weight[of].sum()
    return weight
