"""Logs of reinforcement learning: values equal to an independent parse, one run a training, hostile files refused."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

from forerun import api
from forerun.core import Run, UnreadableLog


def write(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    return file


def the_run(path: Path) -> Run:
    runs = api.read(path)
    assert [run.id for run in runs] == [runs[0].id]
    assert runs.skipped == ()
    return runs[0]


def monitor_text(rows: list[tuple[float, int, float]], start: float) -> str:
    return f'#{{"t_start": {start}, "env_id": "Toy"}}\nr,l,t\n' + "".join(f"{r},{n},{t}\n" for r, n, t in rows)


def test_environments_are_one_run_in_the_order_their_episodes_ended(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    played = []
    for env in range(12):
        ends = np.cumsum(rng.uniform(0.5, 2.0, 30)).round(6)
        rows = [
            (float(r), int(n), float(t))
            for r, n, t in zip(rng.normal(size=30), rng.integers(1, 99, 30), ends, strict=True)
        ]
        write(tmp_path / "ppo" / f"{env}.monitor.csv", monitor_text(rows, 100.0 + env))
        played += [(t + 100.0 + env, r, n) for r, n, t in rows]
    run = the_run(tmp_path)
    played.sort()
    assert run.curves["return"].y.tolist() == [r for _, r, _ in played]
    assert run.curves["return"].x.tolist() == np.cumsum([n for _, _, n in played]).tolist()
    assert run.positions.columns["episode"].tolist() == list(range(1, 361))
    assert run.positions.columns["seconds"] == pytest.approx([t - played[0][0] for t, _, _ in played])
    assert (run.id, run.curves["return"].direction, run.config["n_envs"]) == ("ppo", "max", 12)


def test_algorithms_stay_apart_in_folders_and_by_name(tmp_path: Path) -> None:
    for name in ("a2c/monitor.csv", "dqn/monitor.csv", "both/td3_0.monitor.csv", "both/sac_0.monitor.csv"):
        write(tmp_path / name, monitor_text([(1.0, 5, 1.0), (2.0, 5, 2.0)], 0.0))
    assert sorted(run.id for run in api.read(tmp_path)) == ["a2c", "both/sac", "both/td3", "dqn"]


def test_sessions_appended_to_a_monitor_go_on_from_each_other(tmp_path: Path) -> None:
    first, second = [(1.0, 5, 1.0), (2.0, 5, 3.0)], [(3.0, 4, 0.5), (4.0, 4, 0.75)]
    text = monitor_text(first, 1000.0) + "".join(f"{r},{n},{t}\n" for r, n, t in second) + monitor_text(second, 2000.0)
    write(tmp_path / "monitor.csv", text)
    run = the_run(tmp_path)
    assert run.curves["return"].y.tolist() == [1, 2, 3, 4, 3, 4]
    assert run.curves["return"].x.tolist() == [5, 10, 14, 18, 22, 26]
    assert run.positions.columns["seconds"].tolist() == [0, 2, 2.5, 2.75, 999.5, 999.75]


def test_numbers_of_an_episode_are_kept_and_its_words_are_not(tmp_path: Path) -> None:
    header = '#{"t_start": 1.0, "env_id": null}\nr,l,t,is_success,who\n'
    write(tmp_path / "train_monitor.csv", header + "1.5,3,1.0,0.0,\"{'a': 1, 'b': 2}\"\nnan,3,2.0,1.0,x\nbroken\n")
    run = the_run(tmp_path)
    assert run.curves["train/is_success"].y.tolist() == [0, 1]
    assert str(run.curves["train/return"].y[1]) == "nan"
    assert set(run.curves) == {"train/return", "train/length", "train/is_success"}
    assert [(damage.where, damage.why) for damage in run.damage] == [("line 5", "1 cells under a header of 5")]


def test_the_monitor_of_evaluations_does_not_count_the_learners_steps(tmp_path: Path) -> None:
    write(tmp_path / "monitor.csv", monitor_text([(1.0, 5, 10.0), (2.0, 5, 20.0)], 100.0))
    write(tmp_path / "eval_monitor.csv", monitor_text([(7.0, 5, 15.0)], 100.0))
    run = the_run(tmp_path)
    assert run.curves["return"].x.tolist() == [5, 10]
    assert (run.curves["eval/return"].axis, run.curves["eval/return"].x.tolist()) == ("seconds", [5.0])


def test_evaluations_are_the_means_of_what_numpy_loads(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    arrays = {
        "timesteps": np.arange(1, 9) * 1000,
        "results": rng.normal(size=(8, 5)),
        "ep_lengths": rng.integers(1, 9, (8, 5)),
    }
    np.savez_compressed(tmp_path / "evaluations.npz", **arrays, successes=rng.random((8, 5)) < 0.5)
    with np.load(tmp_path / "evaluations.npz") as loaded:
        expected = {name: loaded[name].astype(float) for name in loaded}
    run = the_run(tmp_path)
    assert run.curves["eval/return"].x.tolist() == expected["timesteps"].tolist()
    for metric, name in (("eval/return", "results"), ("eval/length", "ep_lengths"), ("eval/success_rate", "successes")):
        assert run.curves[metric].y.tolist() == expected[name].mean(axis=1).tolist()
    assert run.curves["eval/return"].direction == "max"


def test_evaluations_and_monitors_of_a_folder_are_one_run(tmp_path: Path) -> None:
    write(tmp_path / "ppo_1" / "0.monitor.csv", monitor_text([(1.0, 5, 1.0), (2.0, 5, 2.0)], 0.0))
    np.savez(tmp_path / "ppo_1" / "evaluations.npz", timesteps=[5, 10], results=[[1.0], [2.0]])
    assert set(the_run(tmp_path).curves) == {"return", "length", "eval/return"}


@pytest.mark.parametrize("name", ["objects", "ragged", "lying", "bomb"])
def test_hostile_evaluations_are_refused_in_words(tmp_path: Path, name: str) -> None:
    file = tmp_path / "evaluations.npz"
    if name == "objects":
        results = np.array([[1.0], [2.0, 3.0]], dtype=object)
        np.savez(file, timesteps=[1, 2], results=results)
    elif name == "ragged":
        np.savez(file, timesteps=[1, 2, 3], results=[[1.0], [2.0]])
    else:
        header = str({"descr": "<f8", "fortran_order": False, "shape": (10**15,)}).encode()
        body = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("timesteps.npy", body if name == "lying" else bytes(300 << 20))
    with pytest.raises(UnreadableLog, match=r"unpickled|another number|cut short|too large"):
        api.read(file)
