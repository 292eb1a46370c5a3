"""Logs of reinforcement learning: values equal to an independent parse, one run a training, hostile files refused."""

from __future__ import annotations

import csv
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from forerun import api
from forerun.core import NothingToRead, Run, UnreadableLog
from tests.cards import known_answer


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


@known_answer("monitor")
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


def test_one_environment_asked_for_by_name_is_read_alone(tmp_path: Path) -> None:
    for env in (0, 1):
        write(tmp_path / f"{env}.monitor.csv", monitor_text([(env + 0.5, 5, 1.0), (2.0, 5, 2.0)], 100.0))
    (run,) = api.read(tmp_path / "1.monitor.csv")
    assert run.curves["return"].y.tolist() == [1.5, 2.0]


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


@known_answer("evaluations")
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


SB3 = """Eval num_timesteps={3}, episode_reward={0:.2f} +/- 1.50
Episode length: 22.30 +/- 3.12
Success rate: 50.00%
-----------------------------------------
| eval/                   |             |
|    mean_reward          | {0:<11.4g} |
| rollout/                |             |
|    ep_rew_mean          | {1:<11.4g} |
| time/                   |             |
|    total_timesteps      | {2:<11} |
| train/                  |             |
|    policy_gradient_l... | -0.0074     |
|    value_loss           | nan         |
-----------------------------------------
Some prose 3 between them
"""


@known_answer("blocks")
def test_blocks_of_stable_baselines3(tmp_path: Path) -> None:
    write(tmp_path / "out.log", "".join(SB3.format(i / 4, -12.5 + i, 2048 * (i + 1), 2000 * (i + 1)) for i in range(9)))
    run = the_run(tmp_path)
    assert run.curves["rollout/ep_rew_mean"].x.tolist() == [2048.0 * (i + 1) for i in range(9)]
    assert run.curves["rollout/ep_rew_mean"].y.tolist() == [-12.5 + i for i in range(9)]
    assert run.curves["train/policy_gradient_l..."].y.tolist() == [-0.0074] * 9
    assert np.isnan(run.curves["train/value_loss"].y).all()
    assert run.curves["eval/return"].x.tolist() == [2000.0 * (i + 1) for i in range(9)]
    assert run.curves["eval/length"].y.tolist() == [22.3] * 9
    assert run.curves["eval/success_rate"].y.tolist() == [50] * 9
    assert run.curves["rollout/ep_rew_mean"].direction == "max"


def test_a_second_training_in_a_printed_log_is_a_second_run(tmp_path: Path) -> None:
    once = "".join(SB3.format(i / 4, -12.5 + i, 2048 * (i + 1), 2000 * (i + 1)) for i in range(5))
    write(tmp_path / "out.log", once + once)
    assert [run.id for run in api.read(tmp_path)] == ["out.log", "out.log#2"]


def test_a_row_that_is_cut_costs_that_row_and_is_counted(tmp_path: Path) -> None:
    text = "".join(SB3.format(i / 4, -12.5 + i, 2048 * (i + 1), 2000 * (i + 1)) for i in range(9))
    write(
        tmp_path / "out.log",
        text.replace("|    ep_rew_mean          | -9.5        |", "|    ep_rew_mean          | -9"),
    )
    run = the_run(tmp_path)
    assert run.curves["rollout/ep_rew_mean"].y.tolist() == [-12.5 + i for i in range(9) if i != 3]
    assert [damage.why for damage in run.damage] == ["a row that is cut"]


def spinning_up(rows: list[tuple[int, float, str]]) -> str:
    frame = "-" * 37 + "\n"
    cells = [(("Epoch", str(e)), ("AverageEpRet", f"{y:.3g}"), ("TotalEnvInteracts", x)) for e, y, x in rows]
    return "".join(frame + "".join(f"| {k:>17} | {v:>13} |\n" for k, v in block) + frame for block in cells)


def test_steps_printed_in_three_digits_give_way_to_what_counts_exactly(tmp_path: Path) -> None:
    write(tmp_path / "exact.txt", spinning_up([(i, float(i), f"{4000 * (i + 1):.3g}") for i in range(30)]))
    write(tmp_path / "rounded.txt", spinning_up([(i, float(i), f"{1e6 + 1000 * i:.3g}") for i in range(30)]))
    runs = {run.id: run.curves["AverageEpRet"] for run in api.read(tmp_path)}
    assert (runs["exact.txt"].axis, len(runs["exact.txt"])) == ("step", 30)
    assert (runs["rounded.txt"].axis, runs["rounded.txt"].x.tolist()) == ("epoch", [float(i) for i in range(30)])


def test_two_columns_between_rules_and_a_count_before_them(tmp_path: Path) -> None:
    rules = "-------------------  ----------\n"
    stamp = "2018-03-06 20:56:39.123456 EST | [trpo] itr #{} | "
    lines = [
        stamp.format(i) + line
        for i in range(4)
        for line in ("Optimizing\n", rules, f"AverageReturn        {-9.5 + i}\n", f"Iteration            {i}\n", rules)
    ]
    write(tmp_path / "debug.log", "".join(lines))
    lines = [
        f"Epoch {i}/4\n" + rules + f"exploration/Returns Mean  {i}.5\nnum paths  7\n" + rules + "saving   3\n"
        for i in range(4)
    ]
    write(tmp_path / "variant.log", "".join(lines))
    runs = {run.id: run for run in api.read(tmp_path)}
    assert runs["debug.log"].curves["AverageReturn"].y.tolist() == [-9.5, -8.5, -7.5, -6.5]
    assert runs["debug.log"].curves["AverageReturn"].axis == "iteration"
    assert runs["variant.log"].curves["exploration/Returns Mean"].x.tolist() == [0, 1, 2, 3]
    assert "saving" not in runs["variant.log"].curves


def test_one_block_of_settings_is_no_log(tmp_path: Path) -> None:
    frame = "-" * 20 + "\n"
    write(tmp_path / "out.txt", frame + "| batch_size | 32 |\n| lr | 0.1 |\n" + frame + "Training starts\n")
    write(tmp_path / "results.md", "| Model | mAP |\n|-------|-----|\n| a | 0.5 |\n| b | 0.6 |\n\n" * 3)
    with pytest.raises(NothingToRead):
        api.read(tmp_path / "out.txt")
    with pytest.raises(NothingToRead):
        api.read(tmp_path / "results.md")


@known_answer("progress")
def test_steps_are_the_axis_and_rounds_stand_beside_them(tmp_path: Path) -> None:
    header = ["time/iterations", "rollout/ep_rew_mean", "time/total_timesteps", "train/loss"]
    rows = [[str(i), repr(-20.0 + i / 3), str(2048 * i), "" if i == 1 else repr(4.0 / i)] for i in range(1, 20)]
    file = write(tmp_path / "logs" / "progress.csv", "\n".join(",".join(row) for row in [header, *rows]) + "\n")
    write(
        tmp_path / "logs" / "log.txt",
        "".join(SB3.format(i / 4, -12.5 + i, 2048 * (i + 1), 2000 * (i + 1)) for i in range(9)),
    )
    run = the_run(tmp_path)
    with file.open(newline="") as opened:
        parsed = list(csv.DictReader(opened))
    for metric in ("rollout/ep_rew_mean", "train/loss"):
        expected = [(float(row["time/total_timesteps"]), float(row[metric])) for row in parsed if row[metric]]
        assert list(zip(run.curves[metric].x.tolist(), run.curves[metric].y.tolist(), strict=True)) == expected
    assert set(run.curves) == {"rollout/ep_rew_mean", "train/loss"}
    assert run.positions.columns["iteration"].tolist() == list(range(1, 20))


def test_tabs_of_spinning_up_and_pfrl(tmp_path: Path) -> None:
    rows = "".join(f"{i}\t{i * 2.5}\t{4000 * (i + 1)}\t{i * 9.0}\n" for i in range(6))
    write(tmp_path / "vpg" / "progress.txt", "Epoch\tAverageEpRet\tTotalEnvInteracts\tTime\n" + rows)
    write(tmp_path / "vpg" / "config.json", '{"seed": 3, "ac_kwargs": {"hidden": 64}}')
    header = "steps\tepisodes\telapsed\tmean\tmedian\tstdev\tmax\tmin\taverage_q\n"
    write(
        tmp_path / "dqn" / "scores.txt",
        header + "".join(f"{i}000\t{i}\t{i}.5\t{i}\t1\t2\t3\t0\t.1\n" for i in (1, 2, 3)),
    )
    runs = {run.id: run for run in api.read(tmp_path)}
    assert runs["vpg"].curves["AverageEpRet"].x.tolist() == [4000.0 * (i + 1) for i in range(6)]
    assert (runs["vpg"].seed, runs["vpg"].config["ac_kwargs/hidden"]) == (3, 64)
    assert runs["dqn"].curves["eval/return"].y.tolist() == [1, 2, 3]
    assert runs["dqn"].curves["eval/return"].x.tolist() == [1000, 2000, 3000]


def test_the_newer_results_of_rllib(tmp_path: Path) -> None:
    rows = [
        {"training_iteration": i, "num_env_steps_sampled_lifetime": 1000 * i, "timesteps_total": None,
         "env_runners": {"episode_return_mean": float(i), "num_env_steps_sampled": 1000}}
        for i in range(1, 5)
    ]  # fmt: skip
    write(tmp_path / "result.json", "".join(json.dumps(row) + "\n" for row in rows))
    curve = the_run(tmp_path).curves["env_runners/episode_return_mean"]
    assert (curve.x.tolist(), curve.direction) == ([1000, 2000, 3000, 4000], "max")
