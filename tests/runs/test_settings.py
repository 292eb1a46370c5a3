"""forerun.toml: what it sets, and how it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from forerun import api
from forerun.core import BadInput, UnknownName


def folder(path: Path, toml: str) -> Path:
    (path / "forerun.toml").write_text(toml)
    (path / "a.csv").write_text("step,loss,gap\n" + "".join(f"{i},{9 - i},{i}\n" for i in range(1, 9)))
    return path


def test_horizon_direction_and_ignore_apply(tmp_path: Path) -> None:
    logs = folder(tmp_path, 'horizon = 20\nmetric = "gap"\ndirection = "max"\nignore = ["old/*"]\n')
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "b.csv").write_text("step,loss\n1,2\n2,1\n")
    (run,) = api.read(logs)
    assert run.horizon["step"] == 20
    assert (run.curves["gap"].direction, run.curves["loss"].direction) == ("max", "min")
    assert api.predict(run)[0].at == 20


def test_target_and_metric_apply_to_a_path(tmp_path: Path) -> None:
    logs = folder(tmp_path, 'metric = "gap"\ntarget = 0.5\n')
    (forecast,) = api.predict(logs, at=20)
    assert forecast.metric == "gap"
    assert forecast.answer.events["target"] == 0.5  # type: ignore[union-attr]
    assert api.predict(logs, at=20, metric="loss", target=1.0)[0].answer.events["target"] == 1.0  # type: ignore[union-attr]


def test_an_unknown_setting_lists_the_known(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="no setting 'tarjet'; there are: metric, direction, target"):
        api.read(folder(tmp_path, "tarjet = 1\n"))


@pytest.mark.parametrize("toml", ['target = "low"', "horizon = true", 'direction = "up"', "metric = 3", "x = ["])
def test_a_wrong_type_is_named(tmp_path: Path, toml: str) -> None:
    with pytest.raises((BadInput, UnknownName), match=r"forerun\.toml"):
        api.read(folder(tmp_path, toml))


def test_settings_in_a_file_beside_the_log_tell_where_it_ends(tmp_path: Path) -> None:
    rows = "step,loss\n" + "".join(f"{10 * i},{1 + 1 / (i + 1)}\n" for i in range(30))
    for name, config in (("a", '{"train": {"max_steps": 500}, "lr": 0.1}'), ("b", '{"max_steps": 290}'), ("c", "[1]")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "log.csv").write_text(rows)
        (tmp_path / name / "config.json").write_text(config)
    a, b, c = api.read(tmp_path)
    assert (a.horizon["step"], a.config["lr"], a.status) == (500.0, 0.1, "running")
    assert (b.horizon["step"], b.status) == (290.0, "finished")
    assert (c.horizon, c.config) == ({}, {})
    assert not api.read(tmp_path).skipped
    stored = api.read(tmp_path, store=tmp_path / "s.forerun")
    assert [dict(run.horizon) for run in stored] == [dict(run.horizon) for run in (a, b, c)]
