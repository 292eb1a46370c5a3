"""Changes of course, switches of tasks and bumps at resumes: known answers, controls, and what they stay silent on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from forerun.core import Curve, Finding, part
from forerun.monitor import DETECTORS, latest, replay
from forerun.monitor.course import courses
from forerun.monitor.values.change_point import throughputs
from forerun.stats.change_points import Detection, numbers
from forerun.synthetic import noise
from tests.cards import control, known_answer

NOISES = {"normal": noise.white, "t4": noise.heavy, "ar": lambda n, rng: noise.following(n, rng, 0.5)}


def curve(y: Sequence[float] | np.ndarray, metric: str = "train/loss", at: list[list[float]] | None = None) -> Curve:
    """Values at steps from 1 on, of a run that was resumed ``at`` some."""
    values = np.asarray(y, dtype=np.float64)
    return Curve(np.arange(1.0, values.size + 1), values, metric, resumes=None if at is None else np.array(at))


def in_pieces(name: str, whole: Curve, cuts: Sequence[int]) -> list[Finding]:
    detector, found = DETECTORS.load(name), list[Finding]()
    state = detector.start({"value": part(whole, slice(0, 0))})
    for begin, end in zip([0, *cuts], [*cuts, len(whole)], strict=True):
        state, more = detector.update(json.loads(json.dumps(state)), {"value": part(whole, slice(begin, end))}, None)
        found += more
    return latest(found)


@known_answer("change_point")
def test_a_level_that_changes_is_told_from_what_to_what() -> None:
    values = np.random.default_rng(1).normal(size=500)
    values[300:] += 3.0
    (change,) = replay(curve(values), "change_point")
    assert change.evidence["earliest"] <= 301 <= change.evidence["latest"]
    assert change.alarm <= 312
    assert change.evidence["before"] == pytest.approx(0.0, abs=0.5)
    assert change.evidence["after"] == pytest.approx(3.0, abs=1.0)


@control("change_point")
def test_a_curve_that_falls_by_a_power_law_keeps_its_course_and_beside_nothing_does_not() -> None:
    """20 losses of 1,000 points; were there 3 alarms per 10,000, more than 13 are an accident of chance below .01."""
    rng, x = np.random.default_rng(2), np.arange(1.0, 1001)
    losses = [1.5 + 2.0 * x ** -rng.uniform(0.3, 0.8) + 0.02 * rng.normal(size=1000) for _ in range(20)]
    assert sum(len(replay(curve(values), "change_point")) for values in losses) <= 13
    beside_nothing = [Detection(numbers()).changes((values - values.mean()) / 0.02) for values in losses]
    assert sum(map(len, beside_nothing)) > 65


@pytest.mark.parametrize(("kind", "most"), [("normal", 14), ("t4", 19), ("ar", 31)])
def test_changes_keep_their_rate_where_nothing_changes(kind: str, most: int) -> None:
    """20,000 points; were the card's rate true, more would be an accident of chance below .01."""
    rng = np.random.default_rng(3)
    runs = [curve(NOISES[kind](2000, rng)) for _ in range(10)]
    assert sum(len(replay(one, "change_point")) for one in runs) <= most


def test_a_machine_that_slows_down_is_a_change_of_its_throughput_and_the_resume_is_named() -> None:
    rng = np.random.default_rng(4)
    speed = 1000.0 + 20.0 * rng.normal(size=400)
    speed[200:] *= 0.7
    resumed = curve(speed, "tokens_per_second", [[201.0, 210.0]])
    (change,) = replay(resumed, "change_point")
    assert abs(change.start - 201) <= 1
    assert "the run was resumed at 201" in change.message
    assert [one.message for one in in_pieces("change_point", resumed, range(7, 400, 7))] == [change.message]
    still = curve(1000.0 + 20.0 * rng.normal(size=400), "tokens_per_second")
    assert replay(still, "change_point") == []


def test_what_is_too_small_to_matter_is_not_told() -> None:
    values = 1.0 + np.arange(1.0, 1001) ** -0.5
    values[500:] += 0.004
    assert replay(curve(values), "change_point") == []


def test_speeds_are_told_from_durations() -> None:
    assert throughputs(["it/s", "step_time", "seconds", "tokens/sec", "loss", "fps", "eval_runtime"]) == [
        "it/s",
        "tokens/sec",
        "fps",
    ]


def test_a_course_leads_where_a_power_law_goes() -> None:
    x = np.arange(2000)
    values = 1.5 + 2.0 * (x + 1.0) ** -0.5
    course = courses(values[None, 744:1000], x[None, 744:1000])
    assert course.at(np.array([1000, 1100]), np.array([0, 0])) == pytest.approx(values[[1000, 1100]])


def switched(seed: int, *, tasks: int, every: int = 100, rate: float = 0.1) -> Curve:
    """Losses of a network on digits whose pixels are permuted anew ``tasks - 1`` times."""
    torch = pytest.importorskip("torch", reason="needs the extra [lab]")
    pytest.importorskip("sklearn", reason="needs the extra [lab]")
    from forerun.lab.world import seeded
    from forerun.lab.worlds.digits import images

    random = seeded(seed)
    x, y = images()
    net = torch.nn.Sequential(torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Linear(64, 10))
    steps, losses = torch.optim.SGD(net.parameters(), lr=rate, momentum=0.9), list[float]()
    for step in range(tasks * every):
        if step % every == 0:
            shown = torch.randperm(64, generator=random)
        index = torch.randint(1000, (32,), generator=random)
        loss = torch.nn.functional.cross_entropy(net(x[index][:, shown]), y[index])
        steps.zero_grad()
        loss.backward()
        steps.step()
        losses.append(loss.item())
    return curve(losses)


@known_answer("drift")
def test_switches_of_tasks_are_found_without_their_labels() -> None:
    """At least 90% of 12 switches, of three streams; a false alarm at most a stream."""
    hits = 0
    for seed in range(3):
        starts = [finding.start for finding in replay(switched(seed, tasks=5), "drift")]
        true = [min((abs(start - at) for start in starts), default=99.0) <= 2 for at in (101, 201, 301, 401)]
        hits += sum(true)
        assert len(starts) - sum(true) <= 1
    assert hits >= 11


@control("drift")
def test_one_task_has_no_switch() -> None:
    assert replay(switched(0, tasks=1, every=500), "drift") == []


@pytest.mark.parametrize("kind", list(NOISES))
def test_a_loss_that_only_falls_is_no_drift(kind: str) -> None:
    """60 losses of 1,000 points; were the rate 1%, more than 3 would be an accident of chance below .004."""
    rng, x = np.random.default_rng(5), np.arange(1.0, 1001)
    runs = [curve(1.5 + 2.0 * x ** -rng.uniform(0.3, 0.8) + 0.1 * NOISES[kind](1000, rng)) for _ in range(60)]
    assert sum(bool(replay(one, "drift")) for one in runs) <= 3


def test_a_loss_that_diverges_is_no_drift() -> None:
    task = [2.0, 1.0, 0.5, 0.3, *[0.1, 0.12] * 20]
    assert replay(curve([*task, *[50.0, 60.0] * 10]), "drift") == []
    assert len(replay(curve([*task, *[1.6, 1.7] * 10]), "drift")) == 1


def test_a_task_that_is_learned_ends_its_drift_and_the_next_ends_one_that_is_not() -> None:
    task = [2.0, 1.0, 0.5, 0.3, *[0.1, 0.12] * 20]
    back, stays = task + task, [*task, *[1.5, 1.52] * 20, *[3.0, 3.1] * 4]
    (found,) = replay(curve(back), "drift")
    assert (found.start, found.alarm, found.end) == (45, 47, 50)
    assert "back after 5 steps" in found.message
    first, second = replay(curve(stays), "drift")
    assert (first.start, first.end, second.start, second.end) == (45, 85, 85, None)
    assert "not learned by then" in first.message


def resumed(seed: int, *, restored: bool) -> Curve:
    """Losses of a small network whose training is resumed at step 301, with AdamW's state or without."""
    torch = pytest.importorskip("torch", reason="needs the extra [torch]")
    random = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    teacher, net = (torch.nn.Sequential(torch.nn.Linear(8, 32), torch.nn.Tanh(), torch.nn.Linear(32, 1)) for _ in "ab")
    losses = list[float]()
    steps = torch.optim.AdamW(net.parameters(), lr=0.03)
    for step in range(400):
        if step == 300 and not restored:
            steps = torch.optim.AdamW(net.parameters(), lr=0.03)
        x = torch.randn(64, 8, generator=random)
        loss = (net(x) - 3.0 * teacher(x).detach()).square().mean()
        steps.zero_grad()
        loss.backward()
        steps.step()
        losses.append(loss.item())
    return curve(losses, at=[[301.0, 320.0]])


@known_answer("resume_bump")
@control("resume_bump")
def test_a_lost_optimizer_state_is_a_bump_and_a_restored_one_is_none() -> None:
    for seed in range(2):
        (bump,) = replay(resumed(seed, restored=False), "resume_bump")
        assert bump.start == 301
        assert bump.end is not None
        assert bump.evidence["height"] > 0.0
        assert bump.evidence["done_twice"] == 19.0
        assert 0.0 < bump.evidence["recovery"] < 99.0
        assert replay(resumed(seed, restored=True), "resume_bump") == []


def test_height_recovery_and_set_back_of_a_bump_are_those_it_has() -> None:
    x = np.arange(1.0, 401)
    y = np.where(x < 150, 2.0 - x / 150, 1.0) + 0.01 * (-1.0) ** x
    y[300:320] += 0.5
    (bump,) = replay(curve(y, at=[[301.0, 350.0]]), "resume_bump")
    assert bump.evidence["height"] == pytest.approx(0.5, abs=0.02)
    assert bump.evidence["share"] == pytest.approx(0.5, abs=0.03)
    assert bump.evidence["as_at"] == pytest.approx(75, abs=8)
    assert bump.end == pytest.approx(323, abs=2)
    assert bump.message.startswith("train/loss is worse by 0.5")
    assert "49 steps were done twice; back after" in bump.message
    assert in_pieces("resume_bump", curve(y, at=[[301.0, 350.0]]), range(3, 400, 3)) == [bump]


def test_the_same_bump_is_none_without_a_resume_and_of_a_score_where_it_is_better() -> None:
    y = np.ones(400) + 0.01 * (-1.0) ** np.arange(400)
    y[300:320] += 0.5
    assert replay(curve(y), "resume_bump") == []
    score = replace(curve(y, "val/acc", [[301.0, 301.0]]), direction="max")
    assert replay(score, "resume_bump") == []


@pytest.mark.parametrize(("kind", "most"), [("normal", 7), ("t4", 7), ("ar", 14)])
def test_a_resume_that_changes_nothing_has_no_bump(kind: str, most: int) -> None:
    """150 resumes; were the rate 2% (5% under AR(1)), more would be an accident of chance below .02."""
    rng, x = np.random.default_rng(6), np.arange(1.0, 201)
    runs = [
        curve(1.5 + 2.0 * x ** -rng.uniform(0.3, 0.8) + 0.05 * NOISES[kind](200, rng), at=[[101.0, 110.0]])
        for _ in range(150)
    ]
    assert sum(bool(replay(one, "resume_bump")) for one in runs) <= most


def test_a_log_that_becomes_sparser_begins_a_new_course() -> None:
    x = np.concatenate([np.arange(1.0, 101), np.arange(200.0, 20_001, 100)])
    y = 1.5 + 2.0 * x**-0.5 + 0.01 * np.random.default_rng(7).normal(size=x.size)
    assert replay(Curve(x, y, "train/loss"), "change_point") == []
