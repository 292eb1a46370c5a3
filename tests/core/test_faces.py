"""What runs show of themselves, and how one is found by its name."""

from __future__ import annotations

import re
import sys

import pytest

from forerun.core import Curve, Diagnosis, Finding, Run, RunFindings, Runs, Skipped, UnknownName


def run(id: str, **metrics: list[float]) -> Run:
    curves = {name: Curve(range(1, len(y) + 1), y, metric=name) for name, y in metrics.items()}
    return Run(id, curves, "csv")


def test_faces_have_ten_lines_at_most_and_the_numbers_that_count() -> None:
    many = Runs(
        tuple(run(f"sweep/{i}.csv", val_loss=[3.0, 1.0, 2.0]) for i in range(40)), (Skipped("a.png", "binary"),)
    )
    lines = repr(many).splitlines()
    assert len(lines) <= 10
    assert lines[0] == "40 runs (40 csv); 1 file not read"
    assert lines[1] == "  sweep/0.csv  running   val_loss: 3 points, last 2, best 1 at step 2"
    assert lines[-1] == "  + 33 more runs"
    wide = run("a", val_loss=[2.0, 1.0], **{f"m{i}": [1.0, 2.0] for i in range(50)})
    assert len(repr(wide).splitlines()) <= 10
    assert repr(wide).splitlines()[1] == "  val_loss: 2 points, last 1, best 1 at step 2"


@pytest.mark.parametrize("runs", [Runs(), Runs((run("empty"),)), Runs((run("nan", loss=[float("nan")]),))])
def test_faces_of_next_to_nothing(runs: Runs) -> None:
    assert repr(runs).startswith(f"{len(runs)} run")
    assert runs._repr_html_().startswith("<p>")


def test_names_from_logs_are_escaped_and_made_harmless() -> None:
    evil = Runs((run("<script>alert(1)</script>", **{"lo\x1b[31mss<b>": [1.0]}),))
    for page in (evil._repr_html_(), evil[0]._repr_html_()):
        assert not re.findall(r"<(?!/?(p|table|thead|tbody|tr|th|td)>)", page)
        assert "\x1b" not in page
    assert "\x1b" not in repr(evil) + repr(evil[0])


def test_a_notebook_shows_a_diagnosis_with_the_findings_behind_it_and_what_was_not_looked_at() -> None:
    evil = Finding("spike", "<b>loss", "step", 3.0, None, 3.0, 9.0, 8.0, "rare", "spike", "<i>up\x1b[31m")
    diagnosis = Diagnosis("<script>a", "a & b", (evil,), not_looked_at=("<u>lr",))
    page = diagnosis._repr_html_()
    assert page == RunFindings("<script>a", "loss", (evil,), diagnosis)._repr_html_()
    assert not re.findall(r"<(?!/?(p|b|ul|li|details|summary|table|thead|tbody|tr|th|td)>)", page)
    assert page.startswith("<p><b>&lt;script&gt;a</b>: a &amp; b</p><table>")
    assert "<tr><td>spike</td><td>&lt;b&gt;loss</td><td>step 3</td><td>lasts</td><td>&lt;i&gt;up?[31m</td></tr>" in page
    assert page.endswith("<details><summary>not looked at</summary><ul><li>&lt;u&gt;lr</li></ul></details>")


def test_a_run_is_found_by_its_id_and_by_the_end_of_its_path() -> None:
    runs = Runs((run("a/x.csv"), run("b/x.csv"), run("b/yx.csv"), run("x.csv")))
    assert runs["a/x.csv"] is runs[0]
    assert runs["x.csv"] is runs[3]
    assert runs["yx.csv"] is runs[2]
    with pytest.raises(UnknownName, match=r"no run 'b/xx.csv'; there are: b/x.csv, b/yx.csv"):
        runs["b/xx.csv"]
    with pytest.raises(UnknownName, match=r"no single run 'x.csv'; there are: a/x.csv, b/x.csv"):
        Runs(runs.runs[:3])["x.csv"]


def test_frames_hold_every_point(monkeypatch: pytest.MonkeyPatch) -> None:
    import forerun

    pytest.importorskip("polars")
    frame = forerun.to_polars([run("a", loss=[2.0, float("inf")]), run("b", acc=[0.5])])
    assert frame.rows() == [
        ("a", "loss", "step", 1.0, 2.0), ("a", "loss", "step", 2.0, float("inf")), ("b", "acc", "step", 1.0, 0.5),
    ]  # fmt: skip
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(forerun.ForerunError, match=r"to_pandas needs pandas: pip install 'forerun\[pandas\]'"):
        forerun.to_pandas(run("a", loss=[2.0]))


def test_several_runs_lie_over_one_another() -> None:
    from forerun import show

    runs = Runs((run("a", loss=[3.0, 2.0], acc=[0.1, 0.2]), run("b", loss=[3.0, 1.0]), run("c", acc=[0.5])))
    figure = show(runs)
    assert [(line.name, list(line.y)) for line in figure.data] == [("a", [3.0, 2.0]), ("b", [3.0, 1.0])]
    assert figure.layout.showlegend
    with pytest.raises(ValueError, match="no run with a metric"):
        show([run("a", lr=[0.1])])
    with pytest.raises(ValueError, match="cannot show a int beside others"):
        show([1, 2])  # type: ignore[list-item]
