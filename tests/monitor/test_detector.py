"""Detectors of two curves, with a detector of a proxy and a gold curve; and what every detector keeps to."""

from __future__ import annotations

import json
import sys
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forerun import api
from forerun.core import BadInput, BrokenPlugin, Card, Curve, Finding, Run, Schedule, part, until
from forerun.monitor import DETECTORS, Detector, detectors_of, latest, replay
from forerun.monitor.detector import ForecastAt, Points, State
from forerun.monitor.events import nearby, once
from forerun.monitor.reads import main_metrics
from forerun.monitor.values.spike import spike
from forerun.monitor.watched import findings_in
from forerun.session import Session
from forerun.session.foresight import foreseen
from tests.monitor.eventful import eventful, of_one_curve

CARD = Card(
    name="parted",
    does="Raises where gold is below its best although the proxy has risen since; ends where gold is at its best.",
    source="made for this test",
    assumes="The proxy is logged at least as often as gold.",
    needs="2 points of gold.",
    promises="None.",
    known_answer="A proxy that rises throughout, and a gold that falls at its third point.",
    control="Gold that rises with the proxy.",
)


def _start(points: Points) -> State:
    return {"metric": points["gold"].metric, "proxy": [], "gold": [], "best": None, "open": None}


def _update(state: State, points: Points, forecast: ForecastAt | None) -> tuple[State, list[Finding]]:
    """A gold point is judged when the proxy has come as far, by the proxy's last value up to there."""
    known = {role: state[role] + np.stack([curve.x, curve.y], axis=1).tolist() for role, curve in points.items()}
    state, findings = {**state, **known}, list[Finding]()
    while state["gold"] and state["proxy"] and state["proxy"][-1][0] >= state["gold"][0][0]:
        (x, gold), *later = state["gold"]
        passed = [point for point in state["proxy"] if point[0] <= x]
        state["gold"] = later
        if not passed:
            continue
        state["proxy"] = state["proxy"][len(passed) - 1 :]
        findings += _judge(state, x, passed[-1][1], gold)
    return state, findings


def _judge(state: State, x: float, proxy: float, gold: float) -> list[Finding]:
    best, opened = state["best"], state["open"]
    if best is None or gold >= best[1]:
        state["best"], state["open"] = [proxy, gold], None
        return [] if opened is None else [_finding(state, opened, x)]
    if opened is None and proxy > best[0]:
        state["open"] = x
        return [_finding(state, x, None)]
    return []


def _finding(state: State, start: float, end: float | None) -> Finding:
    return Finding("parted", state["metric"], "step", start, end, start, 1.0, 1.0, "none", "parted", "they part")


def _reads(ranked: list[str]) -> list[dict[str, str]]:
    return [{"proxy": "reward", "gold": "eval/score"}]


PARTED = Detector(CARD, "1", _start, _update, roles=("proxy", "gold"), reads=_reads)
MEMBERS = [*map(DETECTORS.load, DETECTORS.table), PARTED]


def curves(seed: int = 0, n: int = 400, every: int = 7) -> dict[str, Curve]:
    """A proxy that rises throughout; gold, logged more seldom, falls from the middle and comes back."""
    rng = np.random.default_rng(seed)
    x = np.arange(1.0, n + 1)
    gold = np.where(x < n / 2, x, n - x) + np.where(x > 0.9 * n, n, 0) + 3 * rng.normal(size=n)
    proxy = Curve(x, x + 3 * rng.normal(size=n), metric="reward", direction="max")
    return {"proxy": proxy, "gold": Curve(x[::every], gold[::every], metric="eval/score", direction="max")}


def of(member: Detector, seed: int) -> dict[str, Curve]:
    return curves(seed) if member is PARTED else eventful(member, seed)


def test_the_detector_of_two_curves_knows_its_answer_and_its_control() -> None:
    x = np.arange(1.0, 5)
    proxy = Curve(x, x, metric="reward", direction="max")

    def gold(*y: float) -> Curve:
        return Curve(x, y, metric="eval/score", direction="max")

    (found,) = replay({"proxy": proxy, "gold": gold(1, 2, 1, 3)}, PARTED)
    assert (found.start, found.end) == (3, 4)
    assert replay({"proxy": proxy, "gold": gold(1, 2, 3, 4)}, PARTED) == []


@pytest.mark.parametrize("member", MEMBERS, ids=lambda member: member.name)
@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 50), cuts=st.lists(st.tuples(st.integers(0, 90), st.integers(0, 90)), max_size=12))
def test_however_the_points_of_roles_come_the_findings_are_the_same(
    member: Detector, seed: int, cuts: list[tuple[int, int]]
) -> None:
    """Fed piece by piece, each role at its own pace, and restarted from JSON between pieces; no state is changed."""
    whole = of(member, seed)
    state, raised = member.start({role: part(curve, slice(0, 0)) for role, curve in whole.items()}), []
    begun = dict.fromkeys(whole, 0)
    for cut in [*cuts, (10**6, 10**6)]:
        ends = {role: begun[role] + size for role, size in zip(whole, cut, strict=False)}
        points = {role: part(curve, slice(begun[role], ends[role])) for role, curve in whole.items()}
        before = deepcopy(state)
        after, found = member.update(state, points, None)
        assert state == before
        state, raised, begun = json.loads(json.dumps(after)), raised + found, ends
    assert latest(raised) == member.replay(whole)


@pytest.mark.parametrize("member", MEMBERS, ids=lambda member: member.name)
@pytest.mark.parametrize("cut", [40, 131, 222, 333])
def test_what_is_raised_by_an_x_does_not_depend_on_what_comes_after(member: Detector, cut: int) -> None:
    whole = of(member, 1)
    alarms = [(one.kind, one.start, one.alarm) for one in member.replay(whole)]
    assert alarms or member.name in ("plateau", "rising")
    early = member.replay({role: until(curve, cut) for role, curve in whole.items()})
    assert [(one.kind, one.start, one.alarm) for one in early] == [one for one in alarms if one[2] <= cut]


def test_two_curves_are_read_through_scan_and_session_alike() -> None:
    whole = curves(3)
    found = findings_in([whole["gold"], whole["proxy"]], [PARTED])
    assert {(one.kind, one.end is None) for one in found} == {("parted", False), ("parted", True)}
    session = Session(detector=[PARTED], renew=None)
    gold = dict(zip(whole["gold"].x, whole["gold"].y, strict=True))
    for x, y in zip(whole["proxy"].x, whole["proxy"].y, strict=True):
        session.add("run", x, {"reward": y} | ({"eval/score": gold[x]} if x in gold else {}))
    assert session.findings("run") == tuple(found)


def test_nothing_is_said_until_every_role_has_a_curve() -> None:
    whole = curves(3)
    assert findings_in([whole["proxy"]], [PARTED]) == findings_in([whole["gold"]], [PARTED]) == []
    with pytest.raises(BadInput, match="detector 'parted': reads proxy and gold; no proxy given"):
        replay({"gold": whole["gold"]}, PARTED)
    session = Session(detector=[PARTED], renew=None)
    for x, y in zip(whole["proxy"].x, whole["proxy"].y, strict=True):
        session.add("run", x, {"reward": y})
    assert session.findings("run") == ()
    for x, y in zip(whole["gold"].x, whole["gold"].y, strict=True):
        session.add("run", x, {"eval/score": y})
    assert session.findings("run") == tuple(findings_in([whole["gold"], whole["proxy"]], [PARTED])) != ()


def test_a_misspelt_hook_is_an_error_and_one_left_out_has_its_default() -> None:
    with pytest.raises(TypeError, match="role"):
        replace(PARTED, role=("value",))  # type: ignore[call-arg]
    plain = Detector(CARD, "1", _start, _update)
    assert (plain.roles, list(plain.reads(["loss", "train/aux_loss"]))) == (("value",), [{"value": "loss"}])


def test_a_detector_may_have_other_settings_and_stands_for_itself() -> None:
    curve = of_one_curve(0)
    assert [one.kind for one in findings_in([curve], [spike(sds=5.5)])] == ["spike"]
    assert findings_in([curve], [spike(sds=1e4)]) == []
    with pytest.raises(BadInput, match="two of the name 'spike'"):
        detectors_of(["spike", spike(sds=8.0)])


def test_a_plugin_that_is_a_module_is_told_that_a_detector_is_a_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = tmp_path / "thirdparty-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: thirdparty\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[forerun.detectors]\nlate = late_detector\n")
    (tmp_path / "late_detector.py").write_text("def start(curve): ...\ndef update(state, points): ...\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    try:
        with pytest.raises(BrokenPlugin, match="is of type module; a detector is a Detector: name it as module:VALUE"):
            DETECTORS.load("late")
        assert {*DETECTORS.table} - {one.name for one in detectors_of()} == {"change_point", "drift"}
    finally:
        sys.modules.pop("late_detector", None)


def test_a_forecast_is_made_of_the_points_up_to_where_it_is_asked_for_through_every_door() -> None:
    """Of a logged learning rate, too, only what was logged by then is known; runs that lie beside do not enter."""
    asked = replace(PARTED, roles=("value",), start=_nothing, update=_foretold, reads=main_metrics)
    x = np.arange(1.0, 201)
    whole = Curve(x, 1 + 2 * x**-0.5, metric="loss", lr=np.where(x < 150, 1e-3, 1e-4))
    session = Session(detector=[asked], renew=None)
    for step, y in zip(x, whole.y, strict=True):
        session.add("run", step, {"loss": y})
    alone = Curve(x, whole.y, metric="loss")
    (found,) = api.scan(alone, detector=asked)
    assert session.findings("run") == (found,)
    forecast = foreseen(Run("run", {"loss": until(alone, 100)}, "example"), "loss", 100)
    assert forecast is not None
    assert found.evidence == {"median": forecast.median, "origin": 100.0}
    rate = Schedule("path", {"x": x, "value": np.where(x < 150, 1e-3, 1e-4)})
    runs = [Run("run", {"loss": part(whole, slice(n))}, "example", schedule=rate) for n in (100, 200)]
    (before,), (after,) = (api.scan(run, detector=asked)["run"].findings for run in runs)
    assert before.evidence == after.evidence


def _nothing(points: Points) -> State:
    return {}


def _foretold(state: State, points: Points, forecast: ForecastAt | None) -> tuple[State, list[Finding]]:
    """Asks for a forecast at the hundredth step."""
    if forecast is None or not (points["value"].x == 100).any():
        return state, []
    answer = forecast(100.0)
    assert answer is not None
    evidence = {"median": answer.median, "origin": answer.origin}
    return state, [Finding("parted", "loss", "step", 100, None, 100, 1.0, 1.0, "none", "parted", "", evidence=evidence)]


@pytest.mark.parametrize("apart, told", [(0.0, ["loss"]), (20.0, ["loss"]), (30.0, ["loss", "grad_norm"])])
def test_jumps_of_two_metrics_are_one_event_within_two_pauses(apart: float, told: list[str]) -> None:
    """Curves with a point every 10 steps; the loss is what the run is judged by."""
    curves = [Curve(np.arange(0.0, 500.0, 10.0), np.ones(50), metric=name) for name in ("loss", "grad_norm")]
    starts = {"loss": 200.0, "grad_norm": 200.0 + apart}
    spikes = [
        Finding("spike", metric, "step", start, start + 10.0, start, 9.0, 5.0, "one in a thousand", "spike", "a spike")
        for metric, start in starts.items()
    ]
    found = once([(one, nearby) for one in spikes], curves)
    assert [one.metric for one in found] == told
    assert list(found[0].evidence.get("also", ())) == ([] if len(told) == 2 else ["grad_norm"])
