"""What recipes are said to do against findings: each is a study's verdict, and the lines of use run in a plain loop."""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from forerun.core import BadInput, Curve
from forerun.monitor import DETECTORS, replay
from forerun.monitor.remedies import remedies
from forerun.recipes import RECIPES
from forerun.recipes.measured import Effect, against, effects
from forerun.recipes.uses import USES

LAB = Path(__file__).resolve().parents[2] / "evidence" / "lab"


def verdict_of(effect: Effect) -> dict[str, Any]:
    """What the study's evidence says of the claim."""
    study = json.loads((LAB / effect.study / "study.json").read_text("utf-8"))
    (claim,) = [one for one in study["claims"] if one["claim"] == effect.claim]
    return claim | {"n": study["n_seeds"]}


def test_every_effect_is_found_again_in_the_verdict_of_its_study() -> None:
    assert len(effects()) == 39
    for one in effects():
        verdict = verdict_of(one)
        same = ("metric", "estimate", "low", "high", "n", "verdict")
        assert [getattr(one, name) for name in same] == [verdict[name] for name in same], one
        assert one.holds == (verdict["upheld"] and verdict["p_together"] <= 0.05), one
        assert one.recipe in RECIPES.table
        assert one.finding in ("", "overfit", *DETECTORS.table)


def test_every_verdict_on_a_recipe_is_an_effect_and_the_file_is_what_collect_writes() -> None:
    pytest.importorskip("torch")
    from forerun.lab import STUDIES

    claims = {
        (name, claim.says, claim.recipe, finding)
        for name in STUDIES.table
        for claim in STUDIES.load(name).claims
        if claim.recipe
        for finding in claim.answers or ("",)
    }
    assert {(one.study, one.claim, one.recipe, one.finding) for one in effects()} == claims
    collect = runpy.run_path(str(LAB / "collect.py"))
    assert collect["MEASURED"].read_text("utf-8") == collect["measured"](), "stale: python evidence/lab/collect.py"


def test_nulls_are_listed_for_every_finding() -> None:
    """Of each of the four something did not hold; against over-fitting, that early learning costs little."""
    for finding in ("overfit", "memorised", "divergence", "plateau"):
        measured = against(finding)
        assert {one.holds for one in measured} == {True, False}, finding
        assert [one.holds for one in measured] == sorted((one.holds for one in measured), reverse=True)
        assert (measured[0].holds, measured[0].verdict) == (True, "better"), finding
    assert "it costs less than a point without" in {one.claim for one in against("overfit") if one.verdict == "worse"}


def rising(metric: str) -> Curve:
    return Curve(range(30), [2 - i / 10 if i < 10 else 1 + (i - 10) / 20 for i in range(30)], metric=metric)


def test_a_remedy_names_what_helped_and_what_did_not() -> None:
    (remedy,) = remedies(replay(rising("val/loss"), "rising"))
    assert (remedy.finding, remedy.others) == ("overfit", ())
    assert [one.recipe for one in remedy.effects] == ["weight_average", "cyclic_curriculum", "early_learning"]
    assert "early_learning, gold/acc better by 0.2163 (0.1957 to 0.2369) on digits in noisy_labels" in str(remedy)
    assert "forerun recipes --for overfit" in str(remedy)


def test_a_loss_that_rises_on_the_data_trained_on_is_no_over_fit() -> None:
    findings = replay(rising("train/loss"), "rising")
    assert findings and remedies(findings) == ()


def test_what_rises_on_other_data_as_on_the_data_trained_on_is_no_over_fit() -> None:
    held_out, trained, other = (replay(rising(name), "rising") for name in ("val/lm loss", "lm loss", "gold/loss"))
    assert remedies([*held_out, *trained]) == ()
    assert [one.finding for one in remedies(held_out, trained)] == ["overfit"]  # of two runs, each its own
    assert [one.finding for one in remedies([*held_out, *other])] == ["overfit"]


def test_nothing_is_said_against_what_nothing_was_measured_against() -> None:
    assert remedies(replay(Curve([1, 2, 3], [1.0, float("nan"), 0.9], metric="loss"), "non_finite")) == ()


def test_a_claim_answers_no_finding_without_a_recipe() -> None:
    pytest.importorskip("torch")
    from forerun.core import Card
    from forerun.lab.study import Arm, Claim, Study

    claim = Claim("a is better", "a", "b", "gold/loss", "min", answers=("plateau",))
    arms = {"a": Arm("convex", {"lr": 0.1}), "b": Arm("convex", {"lr": 0.2})}
    with pytest.raises(BadInput, match="claim 'a is better' answers plateau, but with no recipe"):
        Study(Card("planted", *["for a test"] * 7), "Which?", arms, 5, "steps", (claim,))


def test_reading_what_was_measured_imports_no_torch() -> None:
    code = (
        "import sys; from forerun.cli.app import run; run(['recipes', '--show', 'z_loss']); "
        "assert not {'torch', 'forerun.lab', 'plotly'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_every_recipe_with_parts_for_a_loop_says_how_it_is_used_in_three_lines() -> None:
    pytest.importorskip("torch")
    parted = {name for name in RECIPES.table if name in {one.recipe for one in effects()}}
    assert parted <= set(USES) and all(len(lines) <= 3 for lines in USES.values())
    assert all(RECIPES.load(name).parts for name in USES)


@pytest.mark.parametrize("name", list(USES))
def test_the_lines_run_in_a_plain_loop(name: str) -> None:
    """A net of one hidden layer on 40 examples; a line stands where its comment says, the others before the loop."""
    torch = pytest.importorskip("torch")
    from torch import nn
    from torch.utils.data import DataLoader, Subset, TensorDataset

    torch.manual_seed(0)
    torch.set_num_threads(1)
    dataset = TensorDataset(torch.arange(40), torch.randn(40, 6), torch.arange(40) % 10)
    model = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 10))
    after, each, begin = [], [], []
    for line in USES[name]:
        (after if "after optimizer.step()" in line else each if line.startswith(("loss =", "q, k")) else begin).append(
            line
        )
    around = {
        "dataset": dataset, "model": model, "trained": {k: v + 0.1 for k, v in model.state_dict().items()}, "epoch": 1,
        "easy": torch.rand(40) + 0.1, "generator": torch.Generator().manual_seed(0), "features": 16, "head_size": 6,
        "DataLoader": DataLoader, "Subset": Subset, "loader": DataLoader(dataset, batch_size=20), "self": nn.Module(),
    }  # fmt: skip
    exec("\n".join(begin), around)
    if name == "ghost_batch_norm":
        model.insert(1, around["norm"])
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    losses = []
    for _ in range(30):
        for index, x, labels in around["loader"]:
            around |= {"index": index, "x": x, "labels": labels, "q": x[:, None], "k": x[:, None]}
            around["logits"] = model(x)
            around["loss"] = nn.functional.cross_entropy(around["logits"], labels)
            exec("\n".join(each), around)
            optimizer.zero_grad()
            around["loss"].backward()
            optimizer.step()
            exec("\n".join(after), around)
            losses.append(around["loss"].item())
    assert losses[-1] < losses[0]
    if name == "magnitude_ticket":
        assert (model[0].weight == 0).sum() == 38  # of 96 weights the 60% that grew largest are kept
