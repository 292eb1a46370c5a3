"""Once the sequential forecaster announces its prediction level, is the final accuracy of a tagger what it says?

    python evidence/laws/tagger.py [--seeds 8]

Set before; sizes and words after a look at languages that are not among these. Two taggers learn from generated text,
of which more and more is shown: a hidden Markov model of bigrams, and an averaged perceptron on the word, the words
beside it and the tag before. The text: tags follow a Markov chain; words are drawn by Zipf's law from each tag's list,
and lists share words. Four languages (6 or 12 tags, 600 or 2,000 words) by seeds by taggers, each a curve of 40 sizes,
2,000 to 80,000 words, accuracy on 12,000 others. From the announced level on, is the accuracy that every later fit
gives for 80,000 words within τ of the true one? τ = 1 point is the claim's; 2 and .5 stand beside. Again with outliers
planted: two of the points after the fourth and before the last are moved by 10 points of accuracy. Against: the last
value at the same fits, and the same fits by plain least squares, without anchor and weights. Control: walks at random
of the curves' length. Writes tagger.json.
"""

from __future__ import annotations

import argparse
import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from forerun.core import Array
from forerun.forecast import sequential

HERE = Path(__file__).parent
SIZES = np.arange(2000, 80001, 2000)
TAUS = 0.01, 0.02, 0.005
SENTENCE, TEST, MOVED, OUTLIERS = 20, 12000, 0.10, 2
LANGUAGES = tuple(itertools.product((6, 12), (600, 2000)))
Tokens = np.ndarray[Any, np.dtype[np.intp]]


class Language:
    """Tags that follow a Markov chain, and words by Zipf's law, many of them of several tags."""

    def __init__(self, tags: int, words: int, rng: np.random.Generator) -> None:
        self.tags, self.words = tags, words
        self.follow = rng.dirichlet(np.full(tags, 0.3), size=tags)
        self.lists = np.stack([rng.permutation(words)[: words // 3] for _ in range(tags)])
        rank = 1.0 / np.arange(1, words // 3 + 1)
        self.zipf = rank / rank.sum()

    def sentences(self, n: int, rng: np.random.Generator) -> tuple[Tokens, Tokens]:
        """Tags and words, each (n, 20)."""
        tag, after = np.empty((n, SENTENCE), np.intp), self.follow.cumsum(axis=1)
        tag[:, 0] = rng.integers(self.tags, size=n)
        for i in range(1, SENTENCE):
            tag[:, i] = np.minimum((rng.random(n)[:, None] > after[tag[:, i - 1]]).sum(axis=1), self.tags - 1)
        place = rng.choice(self.zipf.size, size=tag.shape, p=self.zipf)
        return tag, self.lists[tag, place]


def markov(language: Language, tag: Tokens, word: Tokens, to_tag: Tokens, to_word: Tokens) -> Array:
    """Accuracy at every size of a hidden Markov model: counts with a pseudo-count, and the likeliest path."""
    K, every = language.tags, []
    for size in SIZES // SENTENCE:
        t, w = tag[:size], word[:size]
        follows, says = np.full((K, K), 0.5), np.full((K, language.words), 0.01)
        np.add.at(follows, (t[:, :-1], t[:, 1:]), 1.0)
        np.add.at(says, (t, w), 1.0)
        log_follow = np.log(follows / follows.sum(axis=1, keepdims=True))
        log_say = np.log(says / says.sum(axis=1, keepdims=True))[:, to_word]  # (K, n, 20)
        best, back = log_say[:, :, 0].T, np.empty((*to_word.shape, K), np.intp)
        for i in range(1, SENTENCE):
            score = best[:, :, None] + log_follow
            back[:, i] = score.argmax(axis=1)
            best = score.max(axis=1) + log_say[:, :, i].T
        path = best.argmax(axis=1)
        right = (path == to_tag[:, -1]).astype(float)
        for i in range(SENTENCE - 1, 0, -1):
            path = back[np.arange(len(path)), i, path]
            right += path == to_tag[:, i - 1]
        every.append(float(right.mean()) / SENTENCE)
    return np.array(every)


def perceptron(language: Language, tag: Tokens, word: Tokens, to_tag: Tokens, to_word: Tokens) -> Array:
    """Accuracy at every size of an averaged perceptron that sees each word once and tags from left to right."""
    V, K = language.words, language.tags
    weight, late = np.zeros((3 * (V + 1) + K + 1, K)), np.zeros((3 * (V + 1) + K + 1, K))
    after = np.concatenate([word[:, 1:], np.full((len(word), 1), V)], axis=1)
    before = np.concatenate([np.full((len(word), 1), V), word[:, :-1]], axis=1)
    features = np.stack([word, V + 1 + before, 2 * (V + 1) + after], axis=-1).tolist()
    gold, every, seen = tag.tolist(), [], 0
    for s in range(int(SIZES[-1]) // SENTENCE):
        last = K
        for i in range(SENTENCE):
            seen += 1
            index = [*features[s][i], 3 * (V + 1) + last]
            said, true = int(weight[index].sum(axis=0).argmax()), gold[s][i]
            if said != true:
                weight[index, true] += 1.0
                weight[index, said] -= 1.0
                late[index, true] += seen
                late[index, said] -= seen
            last = said
        if seen % int(SIZES[0]) == 0:
            every.append(_tagged(weight - late / (seen + 1), V, K, to_tag, to_word))
    return np.array(every)


def _tagged(weight: Array, V: int, K: int, to_tag: Tokens, to_word: Tokens) -> float:
    n = len(to_word)
    last, right, no = np.full(n, K), 0.0, np.full(n, V)
    for i in range(SENTENCE):
        before = to_word[:, i - 1] if i else no
        after = to_word[:, i + 1] if i < SENTENCE - 1 else no
        score = weight[to_word[:, i]] + weight[V + 1 + before] + weight[2 * (V + 1) + after]
        last = (score + weight[3 * (V + 1) + last]).argmax(axis=1)
        right += float((last == to_tag[:, i]).mean())
    return right / SENTENCE


def learned(seeds: int) -> list[dict[str, Any]]:
    """All curves."""
    found: list[dict[str, Any]] = []
    for (tags, words), seed in itertools.product(LANGUAGES, range(seeds)):
        rng = np.random.default_rng([tags, words, seed])
        language = Language(tags, words, rng)
        shown, held = language.sentences(int(SIZES[-1]) // SENTENCE, rng), language.sentences(TEST // SENTENCE, rng)
        for learner in (markov, perceptron):
            y = learner(language, *shown, *held)
            about = {"tagger": learner.__name__, "tags": tags, "words": words, "seed": seed}
            found.append(about | {"y": y.round(5).tolist()})
    return found


def planted(y: Array, rng: np.random.Generator) -> Array:
    """The curve with two points moved by 10 points of accuracy, up where that stays below 1."""
    y, at = y.copy(), rng.choice(np.arange(4, y.size - 1), OUTLIERS, replace=False)
    up = (rng.random(OUTLIERS) < 0.5) & (y[at] + MOVED <= 1.0)
    y[at] += np.where(up, MOVED, -MOVED)
    return y


def judged(y: Array, true: float) -> dict[str, Any]:
    """From the announced level on, before the end: the largest error of what every fit, or other rule, gives."""
    t = SIZES / SIZES[0]
    fits = sequential.trace(t, y, legal=(0.0, 1.0))
    if fits.predicting is None or fits.size[fits.predicting] >= y.size:
        return {"announced": None}
    later = np.arange(fits.predicting, fits.size.size - 1)
    c, a = fits.coefficients[later].T
    said = c - a * t[-1] ** -fits.power[later]
    plain = np.array([_plain(t[: fits.size[i]], y[: fits.size[i]], t[-1]) for i in later])
    rules = {"sequential": said, "last value": y[fits.size[later] - 1], "plain least squares": plain}
    told: dict[str, Any] = {"announced": int(SIZES[fits.size[fits.predicting] - 1])}
    told["worst"] = {name: float(np.abs(value - true).max()) for name, value in rules.items()}
    told["mean"] = {name: float(np.abs(value - true).mean()) for name, value in rules.items()}
    near = {}
    for tau in TAUS:
        settled = np.flatnonzero(fits.layer[later] <= tau)
        if settled.size:
            k = later[settled[0]]
            near[str(tau)] = [int(SIZES[fits.size[k] - 1]), float(true - y[fits.size[k] - 1])]
    return told | {"converged": near}


def _plain(t: Array, y: Array, end: float) -> float:
    power = t ** -sequential._POWERS[:, None]  # pyright: ignore[reportPrivateUsage]
    free, rest = power - power.mean(axis=1, keepdims=True), y - y.mean()
    slope = free @ rest / (free * free).sum(axis=1)
    i = int(np.argmin(((rest - slope[:, None] * free) ** 2).sum(axis=1)))
    return float(y.mean() + slope[i] * (end ** -sequential._POWERS[i] - power[i].mean()))  # pyright: ignore[reportPrivateUsage]


def share(hits: list[bool]) -> list[float]:
    """Share, Wilson's 95% interval, and n."""
    if not hits:
        return [float("nan")] * 3 + [0]
    ends = stats.binomtest(sum(hits), len(hits)).proportion_ci(method="wilson")
    return [sum(hits) / len(hits), float(ends.low), float(ends.high), len(hits)]


def summary(cases: list[dict[str, Any]]) -> dict[str, Any]:
    spoke = [one for one in cases if one["announced"] is not None]
    told: dict[str, Any] = {"curves": len(cases), "announced": len(spoke)}
    if spoke:
        told["level"] = float(np.median([one["announced"] for one in spoke]))
        for tau in TAUS:
            told[f"within_{tau}"] = {
                name: share([one["worst"][name] <= tau for one in spoke]) for name in spoke[0]["worst"]
            }
        told["mean_error"] = {name: float(np.mean([one["mean"][name] for one in spoke])) for name in spoke[0]["mean"]}
        for tau in TAUS:
            stopped = [one["converged"][str(tau)] for one in spoke if str(tau) in one["converged"]]
            when = float(np.median([at for at, _ in stopped])) if stopped else float("nan")
            told[f"stopped_{tau}"] = [*share([gain <= tau for _, gain in stopped]), when]
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=8)
    curves = learned(parser.parse_args().seeds)
    rng = np.random.default_rng(0)
    clean, hurt = [], []
    for one in curves:
        y = np.array(one["y"])
        clean.append({k: one[k] for k in ("tagger", "tags", "words", "seed")} | judged(y, float(y[-1])))
        hurt.append({k: one[k] for k in ("tagger", "tags", "words", "seed")} | judged(planted(y, rng), float(y[-1])))
    walks = [0.6 + np.cumsum(rng.normal(0, 0.01, SIZES.size)) for _ in range(len(curves))]
    out: dict[str, Any] = {"clean": summary(clean), "outliers": summary(hurt)}
    for tagger in ("markov", "perceptron"):
        out[tagger] = {
            k: summary([one for one in of if one["tagger"] == tagger])
            for k, of in (("clean", clean), ("outliers", hurt))
        }
    out["walks"] = summary([judged(y, float(y[-1])) for y in walks])
    out |= {"cases": {"clean": clean, "outliers": hurt}, "curves": curves}
    (HERE / "tagger.json").write_text(json.dumps(rounded(out)) + "\n", "utf-8")
    print(json.dumps(rounded({k: out[k] for k in ("clean", "outliers", "markov", "perceptron", "walks")}), indent=1))


def rounded(told: Any) -> Any:
    if isinstance(told, dict):
        return {key: rounded(value) for key, value in told.items()}
    if isinstance(told, list):
        return [rounded(value) for value in told]
    return (round(told, 5) if np.isfinite(told) else None) if isinstance(told, float) else told


if __name__ == "__main__":
    main()
