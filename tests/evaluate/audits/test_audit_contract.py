"""What every audit keeps, the verdict's rule, and that file, columns and command give one answer."""

from __future__ import annotations

import inspect
import json
import runpy
from pathlib import Path

import numpy as np
import pytest

from forerun import api
from forerun.cli.app import run
from forerun.core import BadInput, Table
from forerun.evaluate.audits import AUDITS, AuditResult, Measurement


@pytest.mark.parametrize("name", AUDITS.table)
def test_columns_are_the_parameters_of_the_function(name: str) -> None:
    audit = AUDITS.load(name)
    parameters = inspect.signature(audit.look).parameters.values()
    positional = {p.name: p.default is p.empty for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD}
    assert positional == {column.name: column.needed for column in audit.columns}
    assert audit.card.name == name and all(setting.kind in (int, float, str) for setting in audit.settings.values())


@pytest.mark.parametrize("name", AUDITS.table)
def test_a_missing_column_is_named_with_what_stands_in_it(name: str) -> None:
    audit = AUDITS.load(name)
    with pytest.raises(BadInput, match=f"column '{audit.columns[0].name}'.*{audit.columns[0].says[:12]}.*there are z"):
        audit.of(Table({"z": [1.0]}))
    with pytest.raises(BadInput, match="no setting 'widht'"):
        audit.of(Table({"z": [1.0]}), widht=3)


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(0.1, 0.2, "faulty"), (-0.2, -0.1, "faulty"), (-0.04, 0.05, "sound"), (0.0, 0.06, "cannot tell")],
)
def test_the_verdict_is_where_the_interval_lies(low: float, high: float, verdict: str) -> None:
    measurement = Measurement("bias", (low + high) / 2, low, high, 100, "", (-0.05, 0.05))
    assert measurement.verdict == verdict
    assert Measurement("bias", 0.0, low, high, 100, "").verdict is None
    assert AuditResult((measurement, Measurement("more", 0.0, 0.0, 0.0, 1, "", (0.0, 1.0)))).verdict == verdict


def test_with_as_many_items_as_are_needed_the_interval_decides() -> None:
    """An interval shrinks with the root of n: at n_needed its end just meets what is tolerated."""
    measurement = Measurement("bias", 0.08, 0.02, 0.14, 50, "", (-0.05, 0.05))
    half = 0.06 * np.sqrt(50 / measurement.n_needed)
    assert measurement.n_needed == 200 and measurement.estimate - half == pytest.approx(0.05)


ROWS = [("a", "b", True), ("a", "a", False), ("tie", "b", True), ("b", "b", True)] * 10


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet", "npz", "columns"])
def test_every_kind_of_table_gives_one_answer(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    columns = {name: [row[i] for row in ROWS] for i, name in enumerate(("first", "b_first"))}
    expected = api.audit("judge", {"a_first": columns["first"], "b_first": columns["b_first"]})
    if kind == "columns":
        assert expected["conflict rate"].estimate == 0.5
        return
    path = tmp_path / f"verdicts.{kind}"
    if kind == "csv":
        path.write_text("first,b_first\n" + "\n".join(f"{a},{b}" for a, b, _ in ROWS))
    elif kind == "jsonl":
        path.write_text("\n".join(json.dumps({"first": a, "b_first": b}) for a, b, _ in ROWS))
    elif kind == "npz":
        np.savez(path, **columns)
    else:
        pytest.importorskip("polars").DataFrame(columns).write_parquet(path)
    result = api.audit("judge", path, columns={"a_first": "first"})
    assert result.measurements == expected.measurements
    assert run(["audit", "judge", str(path), "--column", "a_first=first", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [one["estimate"] for one in document["measurements"]] == [one.estimate for one in expected.measurements]
    assert document["verdict"] == expected.verdict


def test_true_and_false_are_numbers_and_words_are_not(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("confidence,outcome\n" + "\n".join(f"0.{5 + i % 4},{i % 2 == 0}" for i in range(40)))
    assert api.audit("calibration", path)["Brier score"].n == 40
    path.write_text("confidence,outcome\n0.5,maybe\n0.4,1")
    with pytest.raises(BadInput, match="column 'outcome' must hold numbers, but row 0 has 'maybe'"):
        api.audit("calibration", path)


def test_a_matrix_is_all_columns_that_begin_alike() -> None:
    rows = {"label": [0, 1] * 20, "p_0": [0.9, 0.1] * 20, "p_1": [0.1, 0.9] * 20}
    assert api.audit("labels", rows, columns={"probabilities": "p_"})["suspects"].estimate == 0


def test_an_archive_with_objects_in_it_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", confidence=np.array([{"a": 1}], dtype=object))
    with pytest.raises(BadInput, match=r"not a readable \.npz"):
        api.audit("calibration", tmp_path / "a.npz")


def test_the_command_shows_estimates_verdict_and_what_would_decide(tmp_path: Path, capsys) -> None:
    path = tmp_path / "v.csv"
    path.write_text("a_first,b_first\n" + "\n".join(["a,b"] * 4 + ["a,a"] * 10 + ["b,b"] * 10))
    assert run(["audit", "judge", str(path), "--top", "2"]) == 0
    shown = capsys.readouterr().out
    assert "conflict rate" in shown and "0.1667" in shown and "22 more; --top 24 shows all" in shown
    assert run(["audit", "contamination", str(path)]) == 2
    assert "needs --set cutoff=VALUE" in capsys.readouterr().err


def test_the_evidence_page_is_made_of_its_numbers() -> None:
    folder = Path(__file__).resolve().parents[3] / "evidence" / "audits"
    assert (folder / "README.md").read_text("utf-8") == runpy.run_path(str(folder / "page.py"))["page"]()
