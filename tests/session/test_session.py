"""A session: point by point it says what the verbs say of all points at once, also after a restart."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forerun import api
from forerun.core import BadInput, Budget, Curve, Decision, Family, Forecast, FrozenMap, Run, Undecided
from forerun.decide import Policy, Situation
from forerun.decide import auto as decide_auto
from forerun.decide.auto import AUTO
from forerun.forecast.postprocess.calibration import Calibration
from forerun.forecast.run_forecasts.batch import ForecastSetup
from forerun.live import watch
from forerun.session import Changes, Session, look, looks


def metrics_of(seed: int, n: int) -> list[dict[str, float]]:
    """Three metrics of which the one a run is judged by begins last, with spikes in two of them and NaN in one."""
    rng = np.random.default_rng(seed)
    train = 1 + np.arange(1, n + 1) ** -0.5 + 0.02 * rng.normal(size=n)
    train[rng.integers(30, n, size=3)] += 3
    train[rng.integers(0, n) :][:4] = np.nan
    aux = train + 0.01 * rng.normal(size=n)
    held_out = np.concatenate([np.linspace(3, 1, n // 2), np.linspace(1, 2, n - n // 2)]) + 0.01 * rng.normal(size=n)
    return [
        {"train/loss": train[i], "train/aux_loss": aux[i], "grad_norm": 1.0}
        | ({"val/loss": held_out[i]} if i > 40 and i % 3 == 0 else {})
        for i in range(n)
    ]


def fed(session: Session, rows: list[dict[str, float]], begin: int = 0) -> list[Changes]:
    return [session.add("r", begin + i + 1, row) for i, row in enumerate(rows)]


def run_of(rows: list[dict[str, float]]) -> Run:
    names = dict.fromkeys(name for row in rows for name in row)
    points = {name: [(i + 1, row[name]) for i, row in enumerate(rows) if name in row] for name in names}
    return Run("r", {name: Curve(*zip(*xy, strict=True), name) for name, xy in points.items()}, "session")  # type: ignore[arg-type]


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1000), n=st.integers(60, 220), metric=st.sampled_from([None, "train/aux_loss"]))
def test_its_findings_are_those_of_scan(seed: int, n: int, metric: str | None) -> None:
    rows = metrics_of(seed, n)
    session = Session(renew=None, metric=metric)
    fed(session, rows)
    assert list(session.findings("r")) == list(api.scan(run_of(rows), metric=metric)["r"].findings)


def test_forecasts_are_calibrated_as_those_of_the_verbs() -> None:
    run = run_of(metrics_of(1, 120))
    (plain,) = api.run_forecasts([(run, "train/loss")], None, ForecastSetup())
    assert isinstance(plain.answer, Forecast)
    shares = FrozenMap({"0.5": 0.5, "0.8": 0.8, "0.9": 0.9})
    calibration = Calibration("ours", plain.answer.method, plain.answer.version, shares, shares, 50, 5, 0.5, 2.0)
    (wider,) = api.run_forecasts([(run, "train/loss")], None, ForecastSetup(calibration=calibration))
    (look,) = Session(renew=None, metric="train/loss", calibration=calibration).take([run])
    assert look.forecast is not None
    assert isinstance(look.forecast.answer, Forecast)
    assert isinstance(wider.answer, Forecast)
    assert look.forecast.answer == wider.answer
    assert not np.allclose(wider.answer.quantiles, plain.answer.quantiles)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000), sizes=st.lists(st.integers(1, 60), min_size=1, max_size=6))
def test_several_points_at_once_come_to_what_they_come_to_one_by_one(seed: int, sizes: list[int]) -> None:
    rows = metrics_of(seed, sum(sizes) + 60)
    whole, one_by_one = Session(renew=None), Session(renew=None)
    fed(one_by_one, rows)
    begin, raised = 0, set()
    for size in [*sizes, 60]:
        points: dict[str, tuple[list[float], list[float]]] = {}
        for x, row in enumerate(rows[begin : begin + size], begin + 1):
            for name, y in row.items():
                xs, ys = points.setdefault(name, ([], []))
                xs.append(x)
                ys.append(y)
        changes = whole.extend("r", points)
        raised = (raised | {one.key for one in changes.raised}) - {one.key for one in changes.withdrawn}
        begin += size
    assert whole.findings("r") == one_by_one.findings("r")
    assert raised == {one.key for one in whole.findings("r")}
    assert whole.look("r") == one_by_one.look("r")


@pytest.mark.parametrize(
    ("points", "says"),
    [
        (([5, 6], [1.0, 1.0]), "loss: x=5 does not lie beyond the last, x=5"),
        (([6, 6], [1.0, 1.0]), r"loss: x must increase, but x\[0\]=6 and x\[1\]=6"),
        (([6, np.nan], [1.0, 1.0]), r"x\[1\]=nan"),
        (([6, 7], [1.0]), r"x has shape \(2,\) and its values \(1,\)"),
    ],
)
def test_points_that_do_not_go_on_are_refused_and_none_is_taken(points: tuple[list[float], ...], says: str) -> None:
    session = Session(renew=None)
    session.extend("r", {"loss": ([1, 5], [2.0, 1.0]), "aux": ([], [])})
    with pytest.raises(BadInput, match=says):
        session.extend("r", {"other": ([1], [1.0]), "loss": points})  # type: ignore[dict-item]
    assert {name: len(curve) for name, curve in session.look("r").run.curves.items()} == {"loss": 2}
    assert [session.goes_on_at("r", x, ["loss", "new"]) for x in (5, 5.5, np.inf)] == [False, True, False]


def test_its_forecast_and_decision_are_those_of_the_verbs() -> None:
    rows = metrics_of(1, 150)
    session = Session(renew=None, target=1.2)
    fed(session, rows)
    (look,) = looks([run_of(rows)], ForecastSetup(target=1.2))
    assert session.look("r") == look
    assert isinstance(look.decision, Decision)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 1000), cut=st.integers(1, 150))
def test_a_restart_changes_nothing(seed: int, cut: int) -> None:
    rows = metrics_of(seed, 160)
    session = Session(method="last_value")
    fed(session, rows[:cut])
    other = Session(method="last_value", state=json.loads(json.dumps(session.state(), allow_nan=False)))
    assert fed(other, rows[cut:], cut) == fed(session, rows[cut:], cut)
    assert other.look("r") == session.look("r")


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000))
def test_what_was_raised_closed_and_withdrawn_comes_to_its_findings(seed: int) -> None:
    session, known = Session(renew=None), dict[tuple[str, str, float], bool]()
    for changes in fed(session, metrics_of(seed, 200)):
        for one in changes.withdrawn:
            del known[one.detector, one.metric, one.start]
        for one in (*changes.raised, *changes.closed):
            known[one.detector, one.metric, one.start] = one.end is None
    assert known == {(one.detector, one.metric, one.start): one.end is None for one in session.findings("r")}


def test_a_finding_is_withdrawn_where_another_metric_takes_the_place_of_its_own() -> None:
    """A plateau of the one training loss, of which a whole loss, once it has four points, makes a part."""
    rng = np.random.default_rng(0)
    flat = np.concatenate([np.geomspace(3, 1, 60), 1 + 0.01 * rng.normal(size=241)])
    session = Session(renew=None, detector=["plateau"])
    raised = [one.metric for changes in fed(session, [{"train/aux_loss": y} for y in flat]) for one in changes.raised]
    assert raised == ["train/aux_loss"]
    changes = [session.add("r", 302 + i, {"train/loss": 1.0}) for i in range(4)]
    assert [[one.metric for one in each.withdrawn] for each in changes] == [[], [], [], ["train/aux_loss"]]


def test_forecasts_are_made_anew_as_a_run_grows_by_a_tenth_and_at_findings() -> None:
    session = Session(method="last_value")
    made = [i + 1 for i, one in enumerate(fed(session, [{"loss": 2 + 1 / i} for i in range(1, 41)])) if one.forecast]
    assert made == [4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 21, 24, 27, 30, 33, 37]
    changes = session.add("r", 41, {"loss": float("inf")})
    assert [one.kind for one in changes.raised] == ["non_finite"]
    assert isinstance(changes.decision, Decision)
    assert changes.decision.action == "stop"
    assert session.add("r", 42, {"loss": float("inf")}) == Changes("r")


def test_what_is_known_of_a_run_beforehand_tells_its_end() -> None:
    session = Session()
    session.begin(Run("r", {}, "example", horizon={"step": 400.0}))
    fed(session, [{"loss": 1 + 2 / i} for i in range(1, 101)])
    look = session.look("r")
    assert look.forecast is not None
    assert (look.forecast.at, look.forecast.assumed) == (400.0, False)
    assert isinstance(look.forecast.answer, Forecast)
    session.end("r")
    ended = session.look("r").forecast
    assert ended is not None
    assert ended.status == "finished"


def test_a_point_out_of_order_is_refused_whole_and_a_resume_forgets_what_came_after() -> None:
    rows = [{"loss": 1 + 2 / i, "aux_loss": 1 + 1 / i} for i in range(1, 101)]
    session = Session(renew=None)
    fed(session, rows)
    session.add("r", 101, {"loss": float("nan")})
    with pytest.raises(BadInput, match=r"x=101 does not lie beyond the last, x=101; of a run that was resumed, rewind"):
        session.add("r", 101, {"aux_loss": 0.5, "loss": 1.0})
    with pytest.raises(BadInput, match="x=nan does not lie beyond"):
        session.add("r", float("nan"), {"new": 1.0})
    assert {name: len(curve) for name, curve in session.look("r").run.curves.items()} == {"loss": 101, "aux_loss": 100}
    assert [one.kind for one in session.rewind("r", 80).withdrawn] == ["non_finite"]
    expected = run_of(rows[:79])
    at = {"loss": [[80.0, 101.0]], "aux_loss": [[80.0, 100.0]]}
    curves = {name: replace(curve, resumes=np.array(at[name])) for name, curve in expected.curves.items()}
    assert session.look("r").run == replace(expected, curves=curves)
    restored = Session(renew=None, state=session.state())
    restored.add("r", 82, {"loss": 1.0})
    assert restored.look("r").run.curves["loss"].resumes.tolist() == at["loss"]  # type: ignore[union-attr]
    assert session.add("r", 80, rows[79]) == Changes("r")
    assert session.findings("r") == ()


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 1000), cuts=st.lists(st.integers(1, 160), max_size=5), other=st.integers(0, 1000))
def test_runs_that_are_read_anew_are_followed_or_begun_anew(seed: int, cuts: list[int], other: int) -> None:
    """As a watch reads them: longer, shorter, and with another history."""
    session = Session(method="last_value")
    for k in (seed, other):
        for cut in [*cuts, 160]:
            rows = metrics_of(k, 160)[:cut]
            (look,) = session.take([run_of(rows)])
            assert list(look.findings) == list(api.scan(run_of(rows))["r"].findings)


def keep_best(situation: Situation) -> dict[str, Decision | Undecided]:
    """Stop all but the run that stands best, or as many as the budget has hours for."""
    n = 1 if situation.budget is None else int(situation.budget.amount)
    best = {id: np.nanmin(one.curve.y) for id, one in situation.runs.items()}
    first = sorted(best, key=lambda id: best[id])[:n]
    words = {id: ("continue" if id in first else "stop", f"{len(best)} runs, best {best[id]:g}") for id in best}
    return {id: Decision(action, (why,), None, None, "nothing", "keep_best") for id, (action, why) in words.items()}  # type: ignore[arg-type]


@pytest.fixture
def rivals(monkeypatch: pytest.MonkeyPatch) -> None:
    policy = Policy(AUTO.card, "1", keep_best, heeds_budget=True)
    table = {
        "keep_best": "forerun.decide.auto:TRIED",
        "heedless": "forerun.decide.auto:HEEDLESS",
        "auto": "forerun.decide.auto:AUTO",
    }
    monkeypatch.setattr(look, "POLICIES", Family("policy", table, "none", Policy))
    monkeypatch.setattr(decide_auto, "TRIED", policy, raising=False)
    monkeypatch.setattr(decide_auto, "HEEDLESS", replace(policy, heeds_budget=False), raising=False)


def race(session: Session) -> list[Changes]:
    """Two runs side by side, of which the second is worse at first and better from its sixth point on."""
    losses = [(1.0 + 1.0 / i, 3.0 - i / 4.0) for i in range(1, 13)]
    return [
        session.add(run, i + 1.0, {"loss": row[k]}) for i, row in enumerate(losses) for k, run in enumerate(("a", "b"))
    ]


def actions(changes: Changes) -> dict[str, str]:
    decisions = {**changes.others, **({} if changes.decision is None else {changes.run: changes.decision})}
    return {run: decision.action for run, decision in decisions.items() if isinstance(decision, Decision)}


@pytest.mark.usefixtures("rivals")
def test_a_policy_over_many_runs_decides_on_all_of_them_at_each_look() -> None:
    session = Session(method="last_value", policy="keep_best")
    turns = [(changes.run, moved) for changes in race(session) if (moved := actions(changes))]
    assert turns == [
        ("a", {"a": "continue"}),
        ("b", {"b": "stop"}),
        ("b", {"b": "continue", "a": "stop"}),
    ]
    runs = [one.run for one in session.looks()]
    assert session.looks() == looks(runs, ForecastSetup("last_value"), policy="keep_best")
    assert session.look("a").decision == session.looks()[0].decision


@pytest.mark.usefixtures("rivals")
def test_a_restart_knows_what_was_said_of_the_other_runs() -> None:
    session = Session(method="last_value", policy="keep_best")
    race(session)
    session.rewind("a", 12)
    state = json.loads(json.dumps(session.state(), allow_nan=False))
    other = Session(method="last_value", policy="keep_best", state=state)
    better = {"loss": -9.0}
    changes = other.add("a", 30, better)
    assert actions(changes) == {"a": "continue", "b": "stop"}
    assert changes == session.add("a", 30, better)
    assert other.state() == session.state()


@pytest.mark.usefixtures("rivals")
def test_a_budget_is_handed_to_a_policy_that_heeds_one_and_may_be_set_anew() -> None:
    session = Session(method="last_value", policy="keep_best", budget=Budget(2, "hours"))
    race(session)
    assert [str(one.decision).partition(":")[0] for one in session.looks()] == ["continue", "continue"]
    session.budget = Budget(0, "hours")
    assert [str(one.decision).partition(":")[0] for one in session.looks()] == ["stop", "stop"]
    with pytest.raises(BadInput, match="the policy 'heedless' heeds no budget"):
        Session(policy="heedless", budget=Budget(2, "hours"))


def test_the_default_policy_decides_on_a_run_beside_those_of_its_folder_alone() -> None:
    """A stranger changes nothing of what is said; a run beside it does, and says so of the other one, too."""
    alone, apart, beside = (Session(method="last_value") for _ in range(3))
    for i in range(1, 13):
        alone.add("s/1", float(i), {"loss": 1.0 + 1.0 / i})
        for session, other in ((apart, "t/2"), (beside, "s/2")):
            session.add("s/1", float(i), {"loss": 1.0 + 1.0 / i})
            told = session.add(other, float(i), {"loss": 3.0 + 1.0 / i})
    assert alone.look("s/1") == apart.look("s/1")
    assert [str(one.decision).partition(":")[0] for one in beside.looks()] == ["continue", "stop"]
    assert told.run == "s/2"


@pytest.mark.usefixtures("rivals")
def test_a_watch_says_where_the_decision_on_another_run_is_another(tmp_path: Path) -> None:
    """The log of one run grows; the run beside it is to stop for that."""

    def write(name: str, losses: list[float]) -> None:
        rows = "".join(f"{i},{y}\n" for i, y in enumerate(losses, 1))
        (tmp_path / name).write_text("step,loss\n" + rows)

    write("a.csv", [2.0, 1.9, 1.8, 1.7, 1.6])
    write("b.csv", [3.0, 2.9, 2.8, 2.7, 2.6])
    session = Session(method="last_value", policy="keep_best")
    grow = lambda _: write("b.csv", [3.0, 2.9, 2.8, 2.7, 2.6, 1.0])  # noqa: E731
    polls = list(watch(tmp_path, session=session, polls=2, wait=grow, clock=lambda: 0.0))
    assert [poll.changed for poll in polls] == [("a.csv", "b.csv"), ("b.csv", "a.csv")]
    said = [[str(one.decision).partition(":")[0] for one in poll.looks] for poll in polls]
    assert said == [["continue", "stop"], ["stop", "continue"]]


def test_a_session_made_with_other_detectors_says_so() -> None:
    session = Session(renew=None)
    fed(session, [{"loss": 1.0}])
    others = "divergence, level_shift, plateau, resume_bump, rising"
    with pytest.raises(BadInput, match=f"{others}; give the detectors it was made with"):
        Session(detector=["spike", "non_finite"], state=session.state())
