"""Wrong labels: published joints and votes, the closed form of a flip, and what must not be called faulty."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from forerun.api import audit
from forerun.core import Undecided
from forerun.evaluate.audits.flips import flips
from forerun.evaluate.audits.labels import labels
from forerun.evaluate.audits.votes import votes
from tests.cards import control, known_answer


@known_answer("audit/labels")
@pytest.mark.parametrize(("name", "suspects"), [("mnist", 15), ("cifar10", 244), ("20news", 55), ("imdb", 1076)])
def test_the_published_joints_through_the_file(shared: Path, name: str, suspects: int) -> None:
    result = audit(
        "labels", shared / "measurement" / "label_errors" / "pred_probs.npz",
        columns={"label": f"{name}_labels", "probabilities": f"{name}_probs"}, draws=10,
    )  # fmt: skip
    assert result["suspects"].estimate == suspects == result.rows.n_rows


@control("audit/labels")
def test_labels_that_probabilities_agree_with_have_no_suspects() -> None:
    y = np.arange(300) % 3
    result = labels(y, np.where(np.eye(3)[y] > 0, 0.8, 0.1))
    assert result["suspects"].estimate == 0 and result.verdict == "sound"


def test_planted_errors_are_within_the_interval() -> None:
    """8 sets of 600 with 5% flipped at random, the model knows the noise: 2 or more beyond 95% has chance 0.06;
    seeded."""
    covered = []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        true = rng.integers(0, 2, 600)
        given = np.where(rng.random(600) < 0.05, 1 - true, true)
        p = np.clip(0.93 * np.eye(2)[true] + 0.035 + 0.02 * rng.normal(size=(600, 1)) * [1, -1], 0.001, 0.999)
        share = labels(given, p, draws=100, seed=seed).measurements[0]
        covered.append(share.low <= (given != true).mean() <= share.high)
    assert sum(covered) >= 7


@known_answer("audit/votes")
def test_the_nine_validated_counts(shared: Path) -> None:
    folder = shared / "measurement" / "label_errors"
    expected = json.loads((folder / "expected.json").read_text())["validated_errors_of_flagged"]
    result = audit("votes", folder / "mturk_votes.csv.gz", columns={"group": "dataset"})
    rows = result.rows.columns
    counts = {g: [int(w), int(n)] for g, w, n in zip(rows["group"], rows["wrong"], rows["of"], strict=True)}
    assert counts == expected and len(counts) == 9
    with gzip.open(folder / "mturk_votes.csv.gz", "rt") as file:
        assert sum(1 for _ in csv.DictReader(file)) == sum(n for _, n in counts.values())


@control("audit/votes")
def test_a_label_that_all_voters_chose_is_no_error() -> None:
    assert votes([5, 5, 5, 5]).measurements[0].estimate == 0.0


AuditParts = tuple[list[str], list[str], list[str], list[str]]


def answers(right: np.ndarray, share: float) -> list[str]:
    """Right on the first share of items of each kind."""
    place = np.arange(right.size) / right.size
    return np.where(place < share, right, "none").tolist()


def systems(clean: float, wrong: float, n: int = 1000, n_wrong: int = 100) -> AuditParts:
    """Two systems: the first is ahead by these shares on items with right and with wrong labels."""
    label = ["a"] * (n + n_wrong)
    right = np.array(["a"] * n + ["b"] * n_wrong)
    first = answers(right[:n], 0.6 + clean) + answers(right[n:], 0.5 + min(wrong, 0))
    second = answers(right[:n], 0.6) + answers(right[n:], 0.5 - max(wrong, 0))
    return label, right.tolist(), first, second


@known_answer("audit/flips")
def test_ahead_by_a_tenth_and_behind_by_three_ties_at_one_in_four() -> None:
    result = flips(*systems(0.1, -0.3))
    assert result["share at which they tie"].estimate == pytest.approx(0.25)
    assert result.measurements[0].estimate == pytest.approx(0.25 - 100 / 1100)


def test_beyond_the_tie_the_test_set_is_faulty() -> None:
    result = flips(*systems(0.05, -0.3, n=1000, n_wrong=600))
    assert result.verdict == "faulty"
    assert result["first less second, right labels"].estimate < 0 < 0.05


@control("audit/flips")
def test_who_is_ahead_on_both_is_never_overtaken() -> None:
    result = flips(*systems(0.1, 0.3))
    assert result.verdict is None and "no share" in result.warnings[0]
    assert isinstance(flips(["a"] * 50, ["a"] * 50, ["a"] * 50, ["b"] * 50), Undecided)
