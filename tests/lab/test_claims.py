"""How claims are judged: what a run that diverged counts for, who may spend what, and many claims at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from scipy import stats

pytest.importorskip("torch")

from forerun.core import BadInput, Card, UnknownName
from forerun.documents.lab import judged_claim
from forerun.lab.job import Job
from forerun.lab.judge import Verdict, judge
from forerun.lab.page import in_words
from forerun.lab.runner import Result
from forerun.lab.study import Arm, Claim, Study

CARD = Card("planted", *["for a test"] * 7)
NAN = float("nan")


def planted(arms: Mapping[str, Sequence[float]], *claims: Claim, steps: Mapping[str, Sequence[float]] | None = None,
            ended: Mapping[str, Sequence[bool]] | None = None) -> tuple[Verdict, ...]:  # fmt: skip
    """The verdicts of a study whose runs came to these values after so many steps, or ended early."""
    study = Study(
        CARD, "Which?", {name: Arm("convex", {"lr": 0.1 + i / 100}) for i, name in enumerate(arms)}, 5, "steps", claims
    )
    results = {
        name: [
            Result(Job("convex", {}, seed), {"gold/loss": value}, {"steps": (steps or {}).get(name, [100] * 9)[seed]},
                   (ended or {}).get(name, [False] * 9)[seed])
            for seed, value in enumerate(values)
        ]
        for name, values in arms.items()
    }  # fmt: skip
    return judge(study, results)


def better(first: str, second: str | float, **more: Any) -> Claim:
    return Claim(f"{first} is better", first, second, "gold/loss", "min", **more)


def test_a_planted_diverging_arm_never_wins() -> None:
    """Whatever its other seeds come to: 400 draws of values and of which seeds diverge; none may be upheld."""
    random = np.random.default_rng(0)
    for _ in range(400):
        good, rival = random.normal(1.0 - random.uniform(0, 1), 0.1, 5), random.normal(1.0, 0.1, 5)
        good[random.permutation(5)[: random.integers(1, 6)]] = random.choice([NAN, np.inf])
        claims = [better("a", "b"), better("a", 10.0), better("a", "b", margin=5.0)]
        assert not any(verdict.upheld for verdict in planted({"a": good.tolist(), "b": rival.tolist()}, *claims))


def test_a_run_that_diverged_is_the_worst_of_both_arms() -> None:
    """The worst of its own arm alone made a diverging arm look as good as its best seeds."""
    (verdict,) = planted({"a": [1.0, 1.1, NAN, 0.9], "b": [2.0, 2.1, 2.2, 1.9]}, better("a", "b"))
    assert verdict.comparison.estimate == pytest.approx(np.mean([1.0, 1.0, 0.0, 1.0]))
    assert (verdict.diverged, verdict.upheld) == ((1, 0), False)
    (turned,) = planted({"a": [1.0, 1.1, 1.2, 0.9], "b": [NAN, 2.1, NAN, 1.9]}, better("a", "b"))
    assert turned.comparison.estimate == pytest.approx(np.mean([1.1, 1.0, 0.9, 1.0]))
    assert (turned.diverged, turned.upheld) == ((0, 2), True)
    assert in_words(turned) == "holds; diverged: 0 of 4 against 2"


def test_a_run_that_ended_early_is_one_that_diverged_whatever_its_metrics_say() -> None:
    """Accuracy is finite where every logit is NaN: the class with the lowest index wins."""
    (verdict,) = planted({"a": [0.1, 0.1, 0.1], "b": [1.0, 1.1, 1.2]}, better("a", "b"), ended={"a": [True] * 3})
    assert (verdict.diverged, verdict.upheld) == ((3, 0), False)


def test_an_early_end_does_not_break_the_budget_check_and_the_study_has_its_verdicts() -> None:
    arms = {"a": [1.0, 1.1, 1.2, 0.9], "b": [NAN, 2.1, NAN, 1.9]}
    early = {"steps": {"b": [7, 100, 9, 100]}, "ended": {"b": [True, False, True, False]}}
    (verdict,) = planted(arms, better("a", "b"), **early)
    assert verdict.upheld
    (whole,) = planted(arms | {"b": [NAN] * 4}, better("a", "b"), steps={"b": [7] * 4}, ended={"b": [True] * 4})
    assert whole.diverged == (0, 4)


def test_where_all_of_both_diverged_nothing_can_be_said() -> None:
    first, second = planted({"a": [NAN] * 3, "b": [NAN] * 3}, better("a", "b"), better("a", "b", margin=9.0))
    assert [first.comparison.verdict, second.comparison.verdict] == ["cannot tell"] * 2
    assert not first.upheld and not second.upheld
    row = judged_claim("", first.comparison, metric="", direction="min", control=False, upheld=False,
                       diverged=first.diverged, p_together=1.0, margin=None)  # fmt: skip
    assert (row["estimate"], row["low"], row["warnings"]) == (None, None, ["every run of both arms diverged"])
    with pytest.raises(BadInput, match="no run has gold/acc; there are: gold/loss"):
        planted({"a": [1.0] * 3, "b": [2.0] * 3}, Claim("", "a", "b", "gold/acc", "max"))


def test_only_a_first_arm_that_spent_more_is_refused_unless_it_is_said_why() -> None:
    arms, steps = {"a": [1.0, 1.1, 1.2], "b": [2.0, 2.1, 2.3]}, {"a": [150] * 3}
    with pytest.raises(BadInput, match="arms a and b spent 150 and 100 steps"):
        planted(arms, better("a", "b"), steps=steps)
    assert planted(arms, better("a", "b", unequal="more steps are the question"), steps=steps)[0].upheld
    assert planted(arms, better("b", "a"), steps=steps)[0].comparison.verdict == "worse"


def test_claims_are_judged_together_by_holm_beside_the_plain_verdict() -> None:
    """Twenty arms of nothing but noise beside one: alone some are upheld, together none; a true one stays."""
    random = np.random.default_rng(6)
    arms = {"base": random.normal(0, 1, 8).tolist(), "true": random.normal(-9, 1, 8).tolist()}
    arms |= {f"noise {i}": random.normal(0, 1, 8).tolist() for i in range(20)}
    claims = [better(name, "base") for name in arms if name != "base"]
    verdicts = planted(arms, *claims, better("true", "base", control=True))
    control, alone = verdicts[-1], verdicts[:-1]
    assert control.p_together is None and control.upheld_together
    assert [v.claim.first for v in alone if v.upheld_together] == ["true"]
    assert sum(v.upheld for v in alone) > 1
    p = stats.ttest_rel(arms["true"], arms["base"]).pvalue
    assert alone[0].p_together == pytest.approx(21 * p)
    missed = next(v for v in alone if v.upheld and not v.upheld_together)
    assert "holds alone, not among all claims (Holm p = " in in_words(missed)


def test_equivalence_has_the_p_value_of_its_interval() -> None:
    """At the margin where the 95% interval ends, p is 5%."""
    a, b = [1.0, 1.2, 0.9, 1.1, 1.05], [1.02, 1.1, 1.0, 1.05, 1.1]
    (verdict,) = planted({"a": a, "b": b}, better("a", "b", margin=1.0))
    edge = max(abs(verdict.comparison.low), abs(verdict.comparison.high))
    (at_edge,) = planted({"a": a, "b": b}, better("a", "b", margin=edge))
    assert at_edge.comparison.p_equivalent == pytest.approx(0.05)
    assert verdict.comparison.p_equivalent < 1e-3 and verdict.upheld_together


def test_a_claim_must_be_about_two_things() -> None:
    with pytest.raises(BadInput, match="claim 'a is better': a and a train the same"):
        planted({"a": [1.0, 2.0]}, better("a", "a"))
    with pytest.raises(UnknownName, match="no arm 'c'; there are: a, b"):
        planted({"a": [1.0, 2.0], "b": [1.0, 2.0]}, better("a", "c"))


def test_a_factor_is_a_difference_of_logarithms() -> None:
    """At most half: held where it is a third, not where it is two thirds; more is better the other way round."""
    arms = {"a": [10.0, 11.0, 9.5, 10.5], "b": [31.0, 32.0, 30.0, 29.0], "c": [15.0, 16.0, 14.0, 16.5]}
    third, most = planted(arms, better("a", "b", ratio=0.5), better("a", "c", ratio=0.5))
    assert (third.upheld, most.upheld) == (True, False)
    logs = np.log(np.array(arms["b"]) * 0.5) - np.log(arms["a"])
    assert third.comparison.estimate == pytest.approx(logs.mean())
    assert third.comparison.p_value == pytest.approx(stats.ttest_1samp(logs, 0.0).pvalue)
    (more,) = planted(arms, Claim("b is twice a", "b", "a", "gold/loss", "max", ratio=2.0))
    assert more.upheld
    with pytest.raises(BadInput, match="is of a factor, but gold/loss is -1"):
        planted({"a": [-1.0, 1.0, 1.0], "b": [2.0, 2.0, 2.0]}, better("a", "b", ratio=0.5))
    with pytest.raises(BadInput, match="a ratio above 0 or a margin, not both"):
        planted(arms, better("a", "b", ratio=0.5, margin=0.1))


def test_a_start_counts_where_it_is_not_shared() -> None:
    """The 150 steps before the first arm's 100 are too many against 100 without; against another's same 150, none."""
    card = Card("planted", *["for a test"] * 7)
    arms = {"plain": Arm("modular"), "ticket": Arm("modular", {}, "magnitude_ticket"),
            "random": Arm("modular", {"masked.random": True}, "magnitude_ticket")}  # fmt: skip
    results = {
        name: [
            Result(Job(arm.world, arm.settings, seed, arm.recipe), {"gold/loss": 1.0 + 0.1 * seed + len(name)},
                   {"steps": 100}, cost_of_start={"steps": 150} if arm.recipe else {})
            for seed in range(3)
        ]
        for name, arm in arms.items()
    }  # fmt: skip
    judge(Study(card, "Which?", arms, 5, "steps", (better("ticket", "random"),)), results)
    with pytest.raises(BadInput, match="arms ticket and plain spent 250 and 100 steps"):
        judge(Study(card, "Which?", arms, 5, "steps", (better("ticket", "plain"),)), results)
