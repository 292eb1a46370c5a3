"""The runner: what is done stays done, a killed sweep ends as an undisturbed one, arms spend alike."""

from __future__ import annotations

import csv
import json
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("sklearn")

import torch

from forerun.cli.app import run as command
from forerun.core import BadInput, Card
from forerun.lab import STUDIES, WORLDS
from forerun.lab.conduct import StudyResult, conduct
from forerun.lab.page import leave
from forerun.lab.runner import grid, run, sweep
from forerun.lab.study import Arm, Claim, Study
from forerun.lab.text import Text, corpus
from forerun.lab.worlds import charlm

SETTINGS = {"lr": [0.02, 0.05], "steps": [60], "eval_every": [10], "features": [5], "examples": [50]}
JOBS = grid("convex", SETTINGS, range(3))


def told(folder: Path) -> dict[str, Any]:
    """Every job's result and log, but for the seconds it took."""
    found: dict[str, Any] = {}
    for path in sorted(folder.rglob("result.json")):
        body = json.loads(path.read_text())
        body["cost"] = {name: spent for name, spent in body["cost"].items() if "seconds" not in name}
        lines = [json.loads(line) for line in (path.parent / "metrics.jsonl").read_text().splitlines()]
        for line in lines:
            line.pop("seconds", None)
        found[str(path.parent.relative_to(folder))] = (body, lines)
    return found


def test_a_job_that_is_done_is_not_done_again(tmp_path: Path) -> None:
    first = sweep(JOBS, tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.json*")}
    again = sweep(JOBS, tmp_path)
    assert [r.metrics for r in again] == [r.metrics for r in first]
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.json*")} == before
    assert [r.job for r in first] == JOBS


def test_in_parallel_it_is_the_same(tmp_path: Path) -> None:
    one, two = sweep(JOBS, tmp_path / "one"), sweep(JOBS, tmp_path / "two", n_jobs=2)
    assert [r.metrics for r in one] == [r.metrics for r in two]
    assert told(tmp_path / "one") == told(tmp_path / "two")


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_it_is_told_whenever_one_is_done(tmp_path: Path, n_jobs: int) -> None:
    counts = list[tuple[int, int]]()
    sweep(JOBS, tmp_path, n_jobs=n_jobs, progress=lambda done, of: counts.append((done, of)))
    assert list(dict.fromkeys(counts)) == [(i, 6) for i in range(7)]


def test_a_folder_of_another_job_is_refused(tmp_path: Path) -> None:
    job = JOBS[0]
    run(job, tmp_path)
    held = tmp_path / job.folder() / "result.json"
    held.write_text(held.read_text().replace('"seed": 0', '"seed": 7'))
    with pytest.raises(BadInput, match="holds the result of another job"):
        run(job, tmp_path)


KILLED = """if True:
    import os, random, signal, sys
    from pathlib import Path
    from forerun.lab.runner import grid, run, sweep

    jobs = grid("convex", eval(sys.argv[2]), range(3))
    run(grid("convex", {"steps": [1]}, [0])[0], Path(sys.argv[1], "imports"))

    def swept(out, last):
        '''What a process of its own ends with that sweeps and is killed at its call number last; and its calls.'''
        read, write = os.pipe()
        if child := os.fork():
            os.close(write)
            with os.fdopen(read) as answer:
                calls = answer.read()
            return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), calls
        made = 0
        def count(*_):
            nonlocal made
            made += 1
            if made == last:
                os.kill(os.getpid(), signal.SIGKILL)
        sys.setprofile(count)
        sweep(jobs, Path(sys.argv[1], out), save_every=int(sys.argv[3]))
        sys.setprofile(None)
        os.write(write, str(made).encode())
        os._exit(0)

    _, calls = swept("whole", -1)
    moments = random.Random(0)
    for last in [*(moments.randrange(int(calls) // 5) for _ in range(20)), -1]:
        print(swept("killed", last)[0])
"""


def test_a_sweep_killed_at_random_moments_ends_as_an_undisturbed_one(tmp_path: Path) -> None:
    """Twenty kills at seeded moments, counted in calls of functions, then to the end; a process each.

    Jobs go on from their last checkpoint, or start anew where they have none.
    """
    code = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", KILLED, str(tmp_path), repr(SETTINGS),
            "7"]  # fmt: skip
    *ends, last = map(int, subprocess.run(code, capture_output=True, text=True, check=True).stdout.split())
    assert ends.count(-signal.SIGKILL) > 10
    assert last == 0
    assert told(tmp_path / "killed") == told(tmp_path / "whole")
    assert len(told(tmp_path / "killed")) == len(JOBS)
    assert not list((tmp_path / "killed").rglob("checkpoint.pt"))


@pytest.mark.parametrize("backend", ["ray", "dask"])
def test_on_a_cluster_it_is_the_same(tmp_path: Path, backend: str) -> None:
    joblib = pytest.importorskip("joblib")
    if backend == "ray":
        ray = pytest.importorskip("ray")
        from ray.util.joblib import register_ray

        ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
        register_ray()
    else:
        distributed = pytest.importorskip("distributed")
        client = distributed.Client(n_workers=2, threads_per_worker=1, dashboard_address=None)
    try:
        with joblib.parallel_config(backend=backend):
            there = sweep(JOBS, tmp_path / backend, n_jobs=2)
    finally:
        ray.shutdown() if backend == "ray" else client.close()
    assert [r.metrics for r in there] == [r.metrics for r in sweep(JOBS, tmp_path / "here")]


def study(steps: int = 600, **more: Any) -> Study:
    base = {"steps": steps, "lr": 0.3}
    arms = {
        "linear": Arm("convex", base | {"schedule": "linear"}),
        "constant": Arm("convex", base | {"schedule": "constant"}),
        "longer": Arm("convex", base | {"schedule": "linear", "steps": steps * 3 // 2}),
    }
    claims = (
        Claim("decay is better", "linear", "constant", "gold/excess", "min", control=True),
        Claim("it beats a number", "linear", 10.0, "gold/excess", "min"),
    )
    card = Card("decay", *["for a test"] * 7)
    return Study(card, "Does it?", arms, seeds=4, budget="steps", claims=claims, **more)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the study's runs."""
    return tmp_path_factory.mktemp("study")


@pytest.fixture(scope="module")
def outcome(runs: Path) -> StudyResult:
    return conduct(study(), runs)


def test_a_study_ends_in_verdicts(outcome: StudyResult, runs: Path, tmp_path: Path) -> None:
    assert [verdict.upheld for verdict in outcome.verdicts] == [True, True]
    assert outcome.verdicts[0].comparison.n == 4
    assert conduct(study(), runs).verdicts == outcome.verdicts
    later = conduct(study(steps=20, first_seed=7), tmp_path)
    assert [result.job.seed for result in later.results["linear"]] == [7, 8, 9, 10]


@pytest.fixture
def texts_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The text that the arms of a seed share is generated for the first of them only."""
    texts: dict[bytes, tuple[dict[str, Text], torch.Tensor]] = {}

    def once(domains: Sequence[str], length: int, random: torch.Generator) -> dict[str, Text]:
        key = random.get_state().numpy().tobytes() + bytes(str(length), "ascii")
        if key not in texts:
            texts[key] = corpus(domains, length, random), random.get_state()
        random.set_state(texts[key][1])
        return texts[key][0]

    monkeypatch.setattr(charlm, "corpus", once)


@pytest.mark.usefixtures("texts_made_once")
@pytest.mark.parametrize("name", list(STUDIES.table))
def test_every_study_has_a_control_five_seeds_and_runs(name: str, tmp_path: Path) -> None:
    told = STUDIES.load(name)
    assert told.seeds >= 5
    assert any(claim.control for claim in told.claims)
    assert all(claim.metric.startswith(("gold/", "weight_distance")) for claim in told.claims)
    assert told.question.endswith("?")
    found = conduct(told, tmp_path, seeds=2, quick=True)
    assert len(found.verdicts) == len(told.claims)


def test_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["lab", "list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in listed["workloads"]] == list(WORLDS.table)
    assert len(listed["studies"]) == len(STUDIES.table)
    asked = ["lab", "run", "convex", "--seeds", "2", "--set", "lr=0.02,0.05", "--set", "steps=50", "--out"]
    assert command([*asked, str(tmp_path), "--json"]) == 0
    runs = json.loads(capsys.readouterr().out)["runs"]
    assert [(r["seed"], r["settings"]["lr"]) for r in runs] == [(0, 0.02), (1, 0.02), (0, 0.05), (1, 0.05)]
    assert command(["lab", "study", "large_batch", "--quick", "--seeds", "2", "--out", str(tmp_path), "--json"]) == 0
    claims = json.loads(capsys.readouterr().out)
    assert claims["study"] == "large_batch"
    assert set(claims["claims"][0]) >= {"claim", "estimate", "low", "high", "minimum_detectable_effect", "verdict"}
    assert command(["lab", "run", "convex", "--set", "lr", "--out", str(tmp_path)]) == 2
    assert "--set: must be KEY=VALUE, but is 'lr'" in capsys.readouterr().err
    assert command(["lab", "study", "no_such"]) == 2
    assert "no study 'no_such'; there are: noisy_labels" in capsys.readouterr().err


def test_a_study_leaves_its_verdicts_runs_and_a_page_that_needs_no_network(outcome: StudyResult, runs: Path) -> None:
    leave("decay", outcome, runs)
    told = json.loads((runs / "study.json").read_text())
    assert told["claims"][0]["estimate"] == outcome.verdicts[0].comparison.estimate
    assert [told["study"], told["n_seeds"], told["claims"][0]["upheld"]] == ["decay", 4, True]
    with (runs / "results.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 12
    assert "seconds" not in rows[0]
    assert float(rows[0]["gold/excess"]) == pytest.approx(outcome.results["linear"][0].metrics["gold/excess"], rel=1e-5)
    page = (runs / "page.html").read_text()
    assert "decay is better (control)" in page
    assert not re.findall(r"<(?:script|link|img)[^>]+(?:src|href)=", page)
