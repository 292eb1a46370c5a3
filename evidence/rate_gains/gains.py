"""Whether another learning rate ends lower, told while a run goes on, against recorded pairs of schedules.

    python evidence/rate_gains/gains.py DATA [--page]

DATA is the folder of tidy tables. A case is two recorded runs of one model, data set and peak rate that went one way up
to a step: the one as what was planned, the other as what could be done instead. `rate_gain` is shown the constant-rate
trunk up to there, once alone and once with those runs that had ended by then, and told of both whole rates. Writes
gains.json, with every case, and README.md of it; ``--page`` writes the page alone.

The share by which the law is wrong (`ERROR`) is the one constant that recorded gains are needed for. Each model's cases
are judged with the share chosen on the other models and sources: the least of `SHARES` by which 80% intervals hold 80%
of their gains and no sign that is told is wrong.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from forerun import api
from forerun.core import Curve, Run, Schedule, Table, Undecided
from forerun.core.situation import RunSituation, Situation
from forerun.decide.cooldown_now import cooldown_now
from forerun.decide.extend import extend
from forerun.decide.rates import SURE
from forerun.laws.design import gain as law
from forerun.laws.design.gain import rate_gain

HERE = Path(__file__).parent
SHARES = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)
REACH = 1.2815515594457831
WARMUP = 300.0


class Way(NamedTuple):
    """A recorded run: its rate from step 0, where it left the trunk and what it came to."""

    run: str
    plan: Schedule
    leaves: float
    end: float
    loss: float
    steps: np.ndarray
    losses: np.ndarray
    shape: str


class Case(NamedTuple):
    """Two ways on from one step."""

    kind: str
    task: str
    step: float
    planned: Way
    other: Way
    trunk: Way
    beside: tuple[Way, ...]

    @property
    def gain(self) -> float:
        return loss_at(self.planned, self.other) - self.other.loss


def loss_at(planned: Way, other: Way) -> float:
    """The planned run's last loss; of a trunk that goes on beyond the other's end, its loss there."""
    i = int(np.searchsorted(planned.steps, other.steps[-1])) if planned.shape == "constant" else planned.steps.size - 1
    return float(planned.losses[min(i, planned.steps.size - 1)])


def way_of(run: Run, metric: str, leaves: float, end: float, shape: str) -> Way:
    curve, logged = run.curves[metric], run.schedule
    assert logged is not None
    x, rate = (np.asarray(logged.params[name], float) for name in ("x", "value"))
    peak = float(run.config.get("lr", rate.max()))
    if x[0] > 1:  # a cooldown is logged from where it begins; before it lies the trunk
        before = np.array([0.0, min(WARMUP, 0.5 * x[0]), x[0] - 1.0])
        start = peak if x[0] > WARMUP else float(rate[0])
        x, rate = np.concatenate([before[before < x[0]], x]), np.concatenate([[0.01 * peak, start, start], rate])
    ends = x <= end
    if shape == "constant":
        ends &= rate > 0
    good = curve.x > 0
    plan = Schedule("knots", {"x": x[ends], "value": rate[ends]})
    return Way(run.id, plan, leaves, end, float(curve.y[-1]), curve.x[good], curve.y[good], shape)


def lr_scheduling(data: Path) -> Iterator[Case]:
    metric, grouped = "val_loss", defaultdict[str, list[Run]](list)
    for run in api.read(data / "lr_scheduling"):
        known = run.schedule is not None and metric in run.curves
        if known and str(run.config.get("scheduler")).startswith("wsd"):
            grouped[run.task or ""].append(run)
    for task, runs in grouped.items():
        ways = [_lr_way(run, metric) for run in runs]
        constant = [way for way in ways if way.shape == "constant"]
        cooled = [way for way in ways if way.shape != "constant"]
        whole = constant or [way for way in cooled if way.steps[0] < 1000]
        if whole:
            yield from _pairs(task, max(whole, key=lambda way: way.end), constant, cooled)


def _lr_way(run: Run, metric: str) -> Way:
    share, end = float(run.config.get("wsd_fract_decay") or 0), float(run.config["iterations"])
    if run.config["scheduler"] == "wsd_twostage":
        return way_of(run, metric, float(run.curves[metric].x[0]), end, "two stages")
    if not share:
        return way_of(run, metric, end, end, "constant")
    return way_of(run, metric, end * (1.0 - share), end, str(run.config.get("decay_type") or "linear"))


def multipowerlaw(data: Path) -> Iterator[Case]:
    grouped = defaultdict[str, list[Run]](list)
    for run in api.read(data / "multipowerlaw"):
        grouped[run.task or ""].append(run)
    left = {"wsd_20000_24000": 20_000.0, "wsdld_20000_24000": 20_000.0} | {f"wsdcon_{k}": 8_000.0 for k in (3, 9, 18)}
    for task, runs in grouped.items():
        named = {run.id.rpartition("/")[2]: run for run in runs}
        end = {name: float(run.curves["loss"].x[-1]) for name, run in named.items()}
        trunk = way_of(named["constant_24000"], "loss", end["constant_24000"], end["constant_24000"], "constant")
        ways = [way_of(named[name], "loss", step, end[name], name.partition("_")[0]) for name, step in left.items()]
        yield from _pairs(task, trunk, [trunk], ways)


def _pairs(task: str, trunk: Way, constant: list[Way], cooled: list[Way]) -> Iterator[Case]:
    for other in cooled:
        for planned in [*constant[:1], *cooled]:
            if planned is other or planned.shape == "two stages":
                continue
            kind = _kind(planned, other)
            step = min(planned.leaves, other.leaves)
            if kind is None or step < 1000 or step > trunk.end or (planned is trunk and other.end > trunk.end):
                continue
            used = {planned.run, other.run}
            beside = tuple(way for way in cooled if way.end <= step and way.run not in used)
            until = other if planned.shape == "constant" else planned
            known = planned._replace(plan=_until(planned.plan, until.end))
            yield Case(kind, task, step, known, other, trunk, beside)


def _kind(planned: Way, other: Way) -> str | None:
    """What the other does that the planned one does not; each pair once, from the step at which they part."""
    if planned.shape == "constant":
        return "cool down or stay"
    if planned.end == other.end:
        if other.shape == "two stages":
            return "two stages or one"
        if other.leaves < planned.leaves:
            return "cool down now or later"
        return "one shape or another" if other.leaves == planned.leaves and planned.run < other.run else None
    return "extend or cool down" if other.end > planned.end and planned.leaves <= other.leaves else None


def _until(plan: Schedule, end: float) -> Schedule:
    x, rate = (np.asarray(plan.params[name], float) for name in ("x", "value"))
    return Schedule("knots", {"x": x[x <= end], "value": rate[x <= end]})


def table_of(case: Case, beside: tuple[Way, ...]) -> Table:
    columns: dict[str, list[Any]] = {"run": [], "step": [], "rate": [], "y": []}
    for way, last in ((case.trunk, case.step), *((way, np.inf) for way in beside)):
        seen = way.steps <= last
        x = way.steps[seen]
        for name, values in zip(columns, ([way.run] * x.size, x, way.plan.lr(x), way.losses[seen]), strict=True):
            columns[name] += list(values)
    return Table({name: values if name == "run" else np.array(values) for name, values in columns.items()})


def judged(case: Case, source: str) -> Iterator[dict[str, Any]]:
    row = {"source": source, "task": case.task, "kind": case.kind, "step": case.step, "planned": case.planned.run,
           "other": case.other.run, "gain": round(case.gain, 6)}  # fmt: skip
    for shown, beside in (("alone", ()), ("beside", case.beside)):
        if shown == "beside" and not beside:
            continue
        asked = table_of(case, beside), case.trunk.run, case.planned.plan, case.other.plan
        told, refused = rate_gain(*asked, guess=True), rate_gain(*asked)
        if isinstance(told, Undecided):
            yield row | {"shown": shown, "undecided": told.why}
            continue
        sd = (told.gain.high - told.gain.low) / 2.0 / REACH
        rest = sd**2 - law.ERROR**2 * (told.by_area**2 + told.by_falls**2)
        answer = {"shown": shown, "n_beside": len(beside)} | (
            {"undecided": refused.why.partition(",")[0]} if isinstance(refused, Undecided) else {}
        )
        numbers = {"estimate": told.gain.estimate, "by_area": told.by_area, "by_falls": told.by_falls,
                   "rest": float(np.sqrt(max(rest, 0.0)))}  # fmt: skip
        yield row | answer | {name: round(value, 6) for name, value in numbers.items()}


def model_of(row: dict[str, Any]) -> str:
    """What no constant is chosen on when it is judged: a model on a data set, whatever its peak rate."""
    return f"{row['source']}/{row['task'].partition('@')[0].replace('slimpajama_chunk1', 'slimpajama')}"


def sds(rows: list[dict[str, Any]], share: float) -> np.ndarray:
    return np.array([np.sqrt(r["rest"] ** 2 + share**2 * (r["by_area"] ** 2 + r["by_falls"] ** 2)) for r in rows])


def told(rows: list[dict[str, Any]], share: float | list[float], *, guess: bool = False) -> dict[str, Any]:
    """Signs told, right and wrong, and how often 80% intervals hold; ``share`` may be one a row.

    Args:
        guess: with what is refused since no run had cooled down: the control.
    """
    good = [("estimate" in row) and (guess or "undecided" not in row) for row in rows]
    known = [row for row, is_good in zip(rows, good, strict=True) if is_good]
    found: dict[str, Any] = {"n": len(rows), "undecided": len(rows) - len(known)}
    if not known:
        return found | {"told": 0, "wrong": 0, "held_80": None}
    each = share if isinstance(share, list) else [share] * len(rows)
    sd = np.array([sds([row], s)[0] for row, s, is_good in zip(rows, each, good, strict=True) if is_good])
    gain, estimate = (np.array([row[name] for row in known]) for name in ("gain", "estimate"))
    sure = np.abs(estimate) > _normal(SURE) * sd
    right = np.sign(estimate) == np.sign(gain)
    return found | {
        "told": int(sure.sum()), "wrong": int((sure & ~right).sum()), "positive": int((gain > 0).sum()),
        "sign_of_estimate": float(right.mean()), "held_80": float((np.abs(estimate - gain) <= REACH * sd).mean()),
        "error": float(np.abs(estimate - gain).mean()), "size": float(np.abs(gain).mean()),
    }  # fmt: skip


def _normal(p: float) -> float:
    from statistics import NormalDist

    return NormalDist().inv_cdf(p)


def chosen(rows: list[dict[str, Any]]) -> float:
    """The least share by which 80% intervals hold 80%, and no sign that is told is wrong."""
    for share in SHARES:
        found = told(rows, share)
        if found["wrong"] == 0 and (found["held_80"] or 0.0) >= 0.8:
            return share
    return SHARES[-1]


def summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """By what is shown and kind: as shipped, and with every model's share chosen on the others."""
    nested: dict[str, float] = {}
    for model in sorted({model_of(row) for row in rows}):
        nested[model] = chosen([row for row in rows if model_of(row) != model])
    found: dict[str, Any] = {"shipped": law.ERROR, "nested_shares": nested, "rows": []}
    for shown in ("beside", "alone"):
        for kind in dict.fromkeys(row["kind"] for row in rows):
            for source in dict.fromkeys(row["source"] for row in rows):
                some = [r for r in rows if (r["shown"], r["kind"], r["source"]) == (shown, kind, source)]
                if some:
                    shares = [nested[model_of(row)] for row in some]
                    name = {"shown": shown, "kind": kind, "source": source}
                    found["rows"].append(name | {
                        "shipped": told(some, law.ERROR), "nested": told(some, shares),
                        "guessed": told(some, law.ERROR, guess=True),
                    })  # fmt: skip
    return found


def by_policies(case: Case) -> dict[str, Any] | None:
    """What the policy says that proposes just what was recorded; None where none does."""
    now, cooldown = case.step, case.other.end - case.other.leaves
    if case.kind.startswith("cool down") and case.other.shape == "linear":
        name, policy = "cooldown_now", cooldown_now(steps=case.other.end - now)
    elif case.kind.startswith("extend") and case.other.shape == "linear" == case.planned.shape \
            and cooldown == case.planned.end - case.planned.leaves:  # fmt: skip
        name, policy = "extend", extend(by=case.other.end / case.planned.end, worth=0.0)
    else:
        return None
    seen = case.trunk.steps <= now
    own = RunSituation(
        Curve(case.trunk.steps[seen], case.trunk.losses[seen], metric="loss"), _SILENT, (), end=case.planned.end,
        group=0, plan=case.planned.plan,
    )  # fmt: skip
    over = {way.run: RunSituation(Curve(way.steps, way.losses, metric="loss"), _SILENT, (), finished=True,
                                  status="finished", group=0, plan=way.plan) for way in case.beside}  # fmt: skip
    said = policy.decide(Situation({"own": own, **over}, only=("own",)))["own"]
    row: dict[str, Any] = {"policy": name, "task": case.task, "gain": case.gain, "other": case.other.run,
                           "beside": len(over), "planned": case.planned.run}  # fmt: skip
    if isinstance(said, Undecided):
        return row | {"says": "undecided", "why": said.why}
    assert said.gain is not None
    return row | {
        "says": said.action,
        "right": (said.action == "change") == (case.gain > 0),
        "told": said.gain.estimate,
    }


_SILENT = Undecided("nobody forecast it", "a forecaster")


def page(found: dict[str, Any]) -> str:
    rows, told_of = found["cases"], found["summary"]

    def total(which: str, name: str) -> int:
        return sum(row[which][name] for row in told_of["rows"])

    return (HERE / "template.md").read_text("utf-8").format(
        shipped=told_of["shipped"], sure=SURE,
        shares=", ".join(f"{model} {share:g}" for model, share in told_of["nested_shares"].items()),
        told=total("nested", "told"), wrong=total("nested", "wrong"), told_shipped=total("shipped", "told"),
        wrong_shipped=total("shipped", "wrong"), guessed=total("guessed", "told") - total("shipped", "told"),
        guessed_wrong=total("guessed", "wrong") - total("shipped", "wrong"),
        lr_cases=len({(r["planned"], r["other"], r["step"]) for r in rows if r["source"] == "lr_scheduling"}),
        mpl_cases=len({(r["planned"], r["other"], r["step"]) for r in rows if r["source"] == "multipowerlaw"}),
        table="\n".join(_line(row) for row in told_of["rows"]), policies="\n".join(_policies(found["policies"])),
    )  # fmt: skip


def _line(row: dict[str, Any]) -> str:
    nested, shipped = row["nested"], row["shipped"]
    line = f"| {row['shown']} | {row['kind']} | {row['source']} | {nested['n']} | {nested['told']}, {nested['wrong']} |"
    line = f"{line} {shipped['told']}, {shipped['wrong']} |"
    if nested["held_80"] is None:
        return f"{line} | | |"
    return (
        f"{line} {nested['sign_of_estimate']:.0%} | {nested['held_80']:.0%}, {shipped['held_80']:.0%} | "
        f"{nested['error']:.4f} of {nested['size']:.4f} |"
    )


def _policies(rows: list[dict[str, Any]]) -> Iterator[str]:
    for name in ("cooldown_now", "extend"):
        for beside in (True, False):
            some = [row for row in rows if row["policy"] == name and bool(row["beside"]) is beside]
            said = [row for row in some if row["says"] != "undecided"]
            changes = sum(row["says"] == "change" for row in said)
            shown = "beside" if beside else "alone"
            positive = sum(row["gain"] > 0 for row in some)
            right = sum(row["right"] for row in said)
            yield (f"| `{name}` | {shown} | {len(some)} ({positive}) | {changes} | {len(said) - changes} | {right} | "
                   f"{len(some) - len(said)} |")  # fmt: skip


def _in_lines(found: dict[str, Any]) -> str:
    """JSON with a case a line."""
    rows = {name: ",\n".join(json.dumps(row) for row in found[name]) for name in ("policies", "cases")}
    parts = [f'"summary": {json.dumps(found["summary"])}', *(f'"{name}": [\n{text}\n]' for name, text in rows.items())]
    return "{" + ",\n".join(parts) + "}\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("--page", action="store_true")
    asked = parser.parse_args()
    out = HERE / "gains.json"
    if not asked.page:
        cases = {"lr_scheduling": list(lr_scheduling(asked.data)), "multipowerlaw": list(multipowerlaw(asked.data))}
        rows = [row for source, some in cases.items() for case in some for row in judged(case, source)]
        policies = [row for case in cases["lr_scheduling"] if (row := by_policies(case)) is not None]
        found = {"summary": summary(rows), "policies": policies, "cases": rows}
        out.write_text(_in_lines(found))
    found = json.loads(out.read_text("utf-8"))
    (HERE / "README.md").write_text(page(found))
    for row in found["summary"]["rows"]:
        print(_line(row))
    print(found["summary"]["nested_shares"])


if __name__ == "__main__":
    main()
