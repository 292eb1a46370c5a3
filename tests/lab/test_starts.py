"""Jobs that start from others, end by a budget, or are forked; and checkpoints that are not theirs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")

import torch

from forerun import api
from forerun.cli.app import run as command
from forerun.core import BadInput, UnknownName
from forerun.lab.fork import fork, job_of
from forerun.lab.job import Job
from forerun.lab.runner import LOG, RESULT, WEIGHTS, Result, run, sweep
from forerun.recipes import RECIPES

TABLE = {"p": 7, "width": 8, "steps": 30, "eval_every": 5, "warmup": 2}
START = {"start.steps": 10, "start.warmup": 1}


def ticket(keep: float, seed: int = 0, **more: Any) -> Job:
    return Job("modular", {**TABLE, **START, "masked.keep": keep, **more}, seed, "magnitude_ticket")


def test_a_start_is_trained_once_a_seed_and_told_beside_those_that_share_it(tmp_path: Path) -> None:
    jobs = [ticket(keep, seed) for keep in (0.5, 0.8) for seed in (0, 1)]
    jobs += [ticket(0.5, 0, **{"masked.random": True}), ticket(0.5, 1, **{"masked.random": True})]
    results = sweep(jobs, tmp_path)
    starts = [path.parent for path in tmp_path.rglob(WEIGHTS)]
    assert len(starts) == 2
    assert {job.start.folder() for job in jobs if job.start} == {start.relative_to(tmp_path) for start in starts}
    assert {(r.cost["steps"], r.cost_of_start["steps"]) for r in results} == {(30, 10)}
    before = [path.stat().st_mtime_ns for path in tmp_path.rglob(WEIGHTS)]
    (tmp_path / jobs[0].folder() / RESULT).unlink()
    assert run(jobs[0], tmp_path).metrics == results[0].metrics
    assert [path.stat().st_mtime_ns for path in tmp_path.rglob(WEIGHTS)] == before


def test_weights_that_are_lost_are_trained_again_and_damaged_ones_named(tmp_path: Path) -> None:
    first = run(ticket(0.5), tmp_path)
    (weights,) = tmp_path.rglob(WEIGHTS)
    (tmp_path / ticket(0.5).folder() / RESULT).unlink()
    weights.write_bytes(b"nothing")
    with pytest.raises(BadInput, match=r"weights.pt: holds no weights, or is damaged; remove it to train it anew"):
        run(ticket(0.5), tmp_path)
    weights.unlink()
    assert run(ticket(0.5), tmp_path).metrics == first.metrics


def test_weights_of_another_network_are_refused_by_name(tmp_path: Path) -> None:
    run(ticket(0.5), tmp_path)
    (weights,) = tmp_path.rglob(WEIGHTS)
    torch.save({name: torch.zeros(2) for name in ("embed.weight", "other")}, weights)
    (tmp_path / ticket(0.5).folder() / RESULT).unlink()
    wrong = r"embed.weight \(2,\) for \(7, 8\), hidden.weight none for \(8, 8\), .* and 1 more"
    with pytest.raises(BadInput, match=f"start: holds the weights of another network: {wrong}"):
        run(ticket(0.5), tmp_path)


def test_a_checkpoint_of_another_job_is_refused(tmp_path: Path) -> None:
    job, other = (Job("modular", TABLE | {"lr": lr}, 0) for lr in (0.01, 0.02))
    for one in (job, other):
        with pytest.raises(ZeroDivisionError):
            _interrupted(one, tmp_path)
    (tmp_path / other.folder() / "checkpoint.pt").replace(tmp_path / job.folder() / "checkpoint.pt")
    with pytest.raises(BadInput, match="holds the checkpoint of another job; choose another folder"):
        run(job, tmp_path)


def _interrupted(job: Job, out: Path) -> None:
    """A job that ends in an error after its first checkpoint."""
    from forerun.lab import log

    write = log.MetricsLog.write

    def failing(self: Any, step: int, *told: Any) -> None:
        if step > 15:
            raise ZeroDivisionError
        write(self, step, *told)

    log.MetricsLog.write = failing  # type: ignore[method-assign]
    try:
        run(job, out, save_every=8)
    finally:
        log.MetricsLog.write = write  # type: ignore[method-assign]


@pytest.mark.parametrize(("budget", "spend"), [("steps", 20), ("samples", 24 * 20), ("flops", 20 * 6.0 * 24 * 191)])
def test_a_run_ends_when_its_budget_is_spent(tmp_path: Path, budget: str, spend: float) -> None:
    """191 parameters and 24 examples a step; the learning rate follows the share that is spent."""
    settings = TABLE | {"schedule": "linear", "warmup": 0, "eval_every": 1, "budget": budget, "spend": float(spend)}
    result = run(Job("modular", settings, 0), tmp_path)
    assert result.cost["steps"] == 20
    lines = [json.loads(line) for line in (tmp_path / result.job.folder() / LOG).read_text().splitlines()[1:]]
    assert lines[0]["lr"] > 0.009 and lines[-1]["lr"] < 0.001
    assert result.cost[budget] >= spend


def test_a_run_ends_at_the_first_evaluation_that_has_come_to_its_goal(tmp_path: Path) -> None:
    whole = run(Job("modular", TABLE, 0), tmp_path)
    reader = [json.loads(line) for line in (tmp_path / whole.job.folder() / LOG).read_text().splitlines()[1:]]
    bound = sorted(record["train/loss"] for record in reader)[3]
    first = next(record["step"] for record in reader if record["train/loss"] <= bound)
    short = run(Job("modular", {**TABLE, "until": f"train/loss<={bound!r}"}, 0), tmp_path)
    assert first < short.job.whole()["steps"]
    assert (short.cost["steps"], short.diverged) == (first, False)
    never = run(Job("modular", {**TABLE, "until": "train/acc>=1.5"}, 0), tmp_path)
    assert never.metrics == whole.metrics
    start = ticket(0.5, **{"start.until": f"train/loss<={bound!r}", "start.steps": 30, "start.warmup": 2,
                           "start.eval_every": 5})  # fmt: skip
    assert run(start, tmp_path).cost_of_start["steps"] == first


def test_a_goal_that_means_nothing_is_refused(tmp_path: Path) -> None:
    at_least, at_most = (Job("modular", {"until": f"val/acc{sign}0.5"}, 0).folder() for sign in (">=", "<="))
    assert at_least != at_most and not set('<>:"|?*') & set(f"{at_least}{at_most}")

    for until in ("val/acc", "val/acc>0.9", "val/acc>=much", "val/acc>=nan", ">=0.9"):
        with pytest.raises(BadInput, match=r"until: is a metric and what it is to reach, as in val/acc>=0\.99, not"):
            run(Job("modular", TABLE | {"until": until}, 0), tmp_path)
    assert not list(tmp_path.iterdir())
    with pytest.raises(UnknownName, match=r"until: no metric 'acc'; there are: .*val/acc"):
        run(Job("modular", TABLE | {"until": "acc>=0.9"}, 0), tmp_path)


def test_a_budget_of_symbols_sampled_ends_a_policy(tmp_path: Path) -> None:
    short = {"episode": 4, "batch": 8, "steps": 100, "eval_every": 100, "budget": "rollout_tokens", "spend": 100.0}
    cost = run(Job("bandits", short, 0), tmp_path).cost
    assert cost["rollout_tokens"] == 128  # four batches of 32: at most one too many
    with pytest.raises(UnknownName, match="no budget 'dollars'; there are: steps, samples, tokens, rollout_tokens"):
        run(Job("bandits", {"budget": "dollars"}, 0), tmp_path)


@pytest.fixture(scope="module")
def trunk(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    out = tmp_path_factory.mktemp("trunk")
    job = Job("modular", TABLE | {"schedule": "cosine"}, 0)
    return out / job.folder(), run(job, out)


def test_a_fork_with_the_same_recipe_is_the_run(trunk: tuple[Path, Result], tmp_path: Path) -> None:
    folder, result = trunk
    assert job_of(folder).described() == result.job.described()
    assert fork(folder, 12, "supervised", {}, tmp_path / "again") == result.metrics
    (whole,), (part,) = api.read(folder), api.read(tmp_path / "again")
    assert part.curves["gold/loss"].y.tolist() == whole.curves["gold/loss"].y[whole.curves["gold/loss"].x > 12].tolist()


def test_a_fork_trains_on_with_what_is_new(trunk: tuple[Path, Result], tmp_path: Path) -> None:
    """An average of the last steps, and another rate, from the same weights."""
    folder, result = trunk
    other = fork(folder, 12, "weight_average", {"lr": 0.001, "ema.decay": 0.5}, tmp_path / "other")
    assert other["gold/loss"] != result.metrics["gold/loss"]
    told = json.loads((tmp_path / "other" / RESULT).read_text())
    assert (told["recipe"], told["fork_step"], told["settings"]["lr"]) == ("weight_average", 12, 0.001)


def test_a_fork_that_means_nothing_is_refused_and_writes_nothing(
    trunk: tuple[Path, Result], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, _ = trunk
    out = tmp_path / "out"
    for at, settings, why in (
        (31, {}, "step 31 is none of the run, which has 30"),
        (5, {"width": 16}, "fork: width is of the world, which a fork does not change"),
        (5, {"tail.start": 0.5}, "tail fills no slot; set average=tail too"),
        (5, {"steps": 5}, "fork: step 5 leaves none to train of 5; set more steps"),
    ):
        with pytest.raises((BadInput, UnknownName), match=why):
            fork(folder, at, "supervised", settings, out)
    with pytest.raises(BadInput, match="is no run of the lab"):
        fork(tmp_path, 5, "supervised", {}, out)
    with pytest.raises(BadInput, match="engine q_learning needs a world that is walkable"):
        fork(folder, 5, "q_learning", {}, out)
    assert command(["lab", "fork", str(folder), "--at", "31", "--recipe", "supervised", "--out", str(out)]) == 2
    assert "step 31 is none of the run" in capsys.readouterr().err
    assert not out.exists()
    with pytest.raises(BadInput, match="holds a run already; choose another folder"):
        fork(folder, 5, "supervised", {}, folder)


def test_what_does_not_fit_is_said_before_its_start_is_trained(tmp_path: Path) -> None:
    for recipe, world, settings, why in (
        ("cyclic_curriculum", "convex", {}, "sampler ease needs a world that is labelled"),
        ("magnitude_ticket", "modular", {"lr": -1.0}, "magnitude_ticket on modular: lr must be at least 0"),
    ):
        job = Job(world, settings | {"start.steps": 1}, 0, recipe)
        for refused in (lambda job=job: run(job, tmp_path), lambda job=job: sweep([job], tmp_path)):
            with pytest.raises(BadInput, match=why):
                refused()
    assert not list(tmp_path.iterdir())


def test_the_command_line_forks(trunk: tuple[Path, Result], capsys: pytest.CaptureFixture[str]) -> None:
    folder, result = trunk
    assert command(["lab", "fork", str(folder), "--at", "10", "--recipe", "supervised", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["metrics"], Path(told["run"]).name) == (dict(result.metrics), "seed=0,fork=10,supervised")


def test_a_recipe_of_ones_own_is_a_job_too(tmp_path: Path) -> None:
    """An ablation, by value: another folder than the recipe's, and the numbers of the plain one."""
    bare = RECIPES.load("z_loss").with_parts(terms=())
    plain, ablation, whole = (Job("modular", TABLE, 0, recipe) for recipe in ("", bare, "z_loss"))
    assert len({job.folder() for job in (plain, ablation, whole)}) == 3
    assert run(ablation, tmp_path).metrics == run(plain, tmp_path).metrics
    with pytest.raises(UnknownName, match="recipe z_loss: no slot 'losses'; there are: layers"):
        bare.with_parts(losses=())
