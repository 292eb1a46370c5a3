"""`forerun recipes`, and what scan, advise, watch and the report say beside a finding."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from forerun.cli.app import run
from forerun.recipes.measured import effects

FIELDS = ["recipe", "finding", "study", "claim", "world", "metric", "estimate", "low", "high", "n", "verdict"]


@pytest.fixture(autouse=True, params=["80", "200"])
def columns(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", request.param)


def unwrapped(text: str) -> str:
    return " ".join(text.split())


def answer(capsys: pytest.CaptureFixture[str], *arguments: object, code: int = 0) -> str:
    assert run([*map(str, arguments)]) == code
    said = capsys.readouterr()
    return said.out if code == 0 else said.err


@pytest.fixture(scope="module")
def noisy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The log of a network that is trained on digits of which two labels in five are drawn anew."""
    pytest.importorskip("torch")
    pytest.importorskip("sklearn")
    from forerun.lab.job import Job
    from forerun.lab.runner import LOG, sweep

    out = tmp_path_factory.mktemp("lab")
    (result,) = sweep([Job("digits", {"steps": 800, "lr": 0.1, "noise": 0.4}, 0)], out)
    return out / result.job.folder() / LOG


def test_effects_are_told_with_their_intervals(capsys: pytest.CaptureFixture[str]) -> None:
    table = unwrapped(answer(capsys, "recipes", "--for", "overfit"))
    assert "0.1957 to 0.2369" in table and "noisy_labels: it costs less than a point without" in table
    rows = json.loads(answer(capsys, "recipes", "--for", "overfit", "--json"))["recipes"]
    assert all(list(row)[:2] == FIELDS[:2] and set(FIELDS) < set(row) for row in rows)
    assert {row["finding"] for row in rows} == {"overfit"}
    assert rows == json.loads(answer(capsys, "recipes", "--for", "rising", "--json"))["recipes"]
    every = json.loads(answer(capsys, "recipes", "--json"))["recipes"]
    assert len(every) == len(effects()) and len(rows) == sum(row["finding"] == "overfit" for row in every)
    (ghost,) = [row for row in every if row["recipe"] == "ghost_batch_norm"]
    assert ghost["finding"] == {"undefined": "no detector sees what it is against"}


def test_what_nothing_was_measured_against_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(capsys, "recipes", "--for", "spike") == "no recipe was measured against spike\n"
    assert json.loads(answer(capsys, "recipes", "--for", "spike", "--json")) == {"recipes": []}


def test_a_recipe_is_shown_with_its_use_and_where_it_failed(capsys: pytest.CaptureFixture[str]) -> None:
    shown = answer(capsys, "recipes", "--show", "z_loss")
    assert "Chowdhery" in shown and "  loss = loss + z_loss(logits, weight=1e-4)" in shown
    assert "cannot tell" in shown and "the z-loss restores it" in shown
    assert "no study has measured it against plateau" in answer(
        capsys, "recipes", "--show", "z_loss", "--for", "plateau"
    )
    document = json.loads(answer(capsys, "recipes", "--show", "actor_critic", "--json"))
    assert (document["recipes"], document["card"]["name"]) == ([], "actor_critic")
    assert document["use"] == ["forerun lab run WORLD --recipe actor_critic --out runs/"]


def test_unknown_names_are_answered_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert "no finding 'overfitt'; there are: divergence, memorised, overfit, plateau" in answer(
        capsys, "recipes", "--for", "overfitt", code=2
    )
    assert "no recipe 'zloss'; there are: supervised, early_learning" in answer(
        capsys, "recipes", "--show", "zloss", code=2
    )


def test_advice_on_a_run_with_wrong_labels_cites_what_helped(
    noisy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (decision,) = json.loads(answer(capsys, "advise", noisy, "--json"))["decisions"]
    (remedy,) = decision["remedies"]
    assert set(remedy) == {"finding", "says", "helped", "not_helped"}
    assert remedy["finding"] == "overfit" and "early_learning" in remedy["helped"]
    assert "early_learning, gold/acc better by 0.2163 (0.1957 to 0.2369) on digits in noisy_labels" in remedy["says"]
    assert json.loads(answer(capsys, "scan", noisy, "--json"))["remedies"] == [remedy]
    helped = remedy["says"].partition(" helped elsewhere: ")[2]
    assert all(helped in unwrapped(answer(capsys, command, noisy)) for command in ("advise", "scan"))
    watched = unwrapped(answer(capsys, "watch", noisy.parent, "--polls", "1"))
    assert "early_learning helped against overfit elsewhere" in watched
    answer(capsys, "report", noisy, "-o", tmp_path / "page.html")
    assert remedy["says"] in (tmp_path / "page.html").read_text("utf-8")


def test_a_run_in_which_nothing_stands_out_cites_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = "".join(f"{i},{2 / i + 0.1}\n" for i in range(1, 41))
    (tmp_path / "a.csv").write_text("step,val_loss\n" + rows)
    assert "remedies" not in json.loads(answer(capsys, "advise", tmp_path, "--json"))["decisions"][0]
    assert "elsewhere" not in answer(capsys, "scan", tmp_path)
