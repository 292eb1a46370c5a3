"""What runs show of themselves where somebody types their name: at a prompt as text, in a notebook as a table."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from forerun.core.curve import Curve
from forerun.core.display import LONGEST, counted, harmless, number, place
from forerun.core.metrics import meaning, preferred
from forerun.core.standing import standing

if TYPE_CHECKING:
    from forerun.core.answers import Answers, OfRun
    from forerun.core.finding import Finding
    from forerun.core.run import Run, Runs

_RUNS, _CURVES, _ANSWERS = 7, 5, 8  # shown of many, so that a face has ten lines
_HTML = 20
_SENTENCE = 400  # characters of a cell, which a page can wrap


def runs_text(runs: Runs) -> str:
    """Ten lines at most: how many of which formats, and of the first the metric with its last and best value."""
    shown = runs.runs[:_RUNS]
    width = max((len(_short(run.id)) for run in shown), default=0)
    lines = [f"  {_short(run.id):{width}}  {run.status:8}  {_said(_judged(run))}" for run in shown]
    return "\n".join([_head(runs), *lines, *_more(len(runs) - len(shown), "runs")])


def run_text(run: Run) -> str:
    """Ten lines at most: what it is, and its metrics, those that measure quality first."""
    curves = _ranked(run)
    lines = [f"  {_said(curve)}" for curve in curves[:_CURVES]]
    ends = ", ".join(f"{axis} {place(end, axis)}" for axis, end in run.horizon.items())
    notes = [f"planned end: {ends}"] * bool(ends)
    notes += [f"events: {len(run.events)}, damaged places: {len(run.damage)}"] * bool(run.events or run.damage)
    more = _more(len(curves) - len(lines), "metrics")
    return "\n".join([_title(run), *lines, *more, *(f"  {note}" for note in notes)])


def runs_html(runs: Runs) -> str:
    """A small table, everything from the logs escaped."""
    rows = [(run.id, run.format, run.status, *_cells(_judged(run))) for run in runs.runs[:_HTML]]
    table = _table(("run", "format", "status", "metric", "points", "last", "best", "at"), rows)
    return f"<p>{_escaped(_head(runs))}</p>{table}{_html_more(len(runs) - len(rows), 'runs')}"


def run_html(run: Run) -> str:
    """A small table, everything from the log escaped."""
    curves = _ranked(run)
    rows = [_cells(curve) for curve in curves[:_HTML]]
    table = _table(("metric", "points", "last", "best", "at"), rows)
    return f"<p>{_escaped(_title(run))}</p>{table}{_html_more(len(curves) - len(rows), 'metrics')}"


def answers_text(answers: Answers[Any]) -> str:
    """Ten lines at most: how many answers, and of the first the run, the metric and what is said of it."""
    rows = [_answer_cells(item) for item in answers.items[:_ANSWERS]]
    wide = [max(map(len, column)) for column in zip(*rows, strict=True)][:2]
    lines = [f"  {run:{wide[0]}}  {metric:{wide[1]}}  {words}" for run, metric, words in rows]
    return "\n".join([_answers_head(answers), *lines, *_more(len(answers) - len(lines), "answers")])


def answers_html(answers: Answers[Any]) -> str:
    """A small table, everything from the logs escaped."""
    rows = [_answer_cells(item, _SENTENCE) for item in answers.items[:_HTML]]
    table = _table(("run", "metric", "answer"), rows)
    return f"<p>{_escaped(_answers_head(answers))}</p>{table}{_html_more(len(answers) - len(rows), 'answers')}"


def findings_html(run: str, says: str, findings: Sequence[Finding], notes: Sequence[str]) -> str:
    """What is happening to a run, a small table of the findings behind it, and what was not looked at."""
    rows = [_finding_cells(one) for one in findings[:_HTML]]
    table = _table(("kind", "metric", "since", "until", "what"), rows) if rows else ""
    sentence = f"<p><b>{_escaped(run)}</b>: {_escaped(says)}</p>"
    unread = "".join(f"<li>{_escaped(note)}</li>" for note in notes)
    listed = f"<details><summary>not looked at</summary><ul>{unread}</ul></details>" if notes else ""
    return f"{sentence}{table}{_html_more(len(findings) - len(rows), 'findings')}{listed}"


def answer_text(item: OfRun) -> str:
    """One line: whose answer it is, and what it says."""
    run, metric, words = _answer_cells(item)
    return f"{type(item).__name__} of {run!r} ({metric}): {words}"


def _answers_head(answers: Answers[Any]) -> str:
    kind = answers.items[0].KIND if answers.items else "answer"
    return f"{counted(len(answers), kind)} of {counted(len(answers.runs), 'run')}"


def _answer_cells(item: OfRun, longest: int = LONGEST) -> tuple[str, str, str]:
    return _short(item.run), _short(item.metric or "-"), harmless(str(item), longest=longest)


def _finding_cells(one: Finding) -> Sequence[str]:
    end = "lasts" if one.end is None else place(one.end, one.axis)
    return one.kind, one.metric, f"{one.axis} {place(one.start, one.axis)}", end, one.message


def _head(runs: Runs) -> str:
    formats = ", ".join(f"{n} {name}" for name, n in Counter(run.format for run in runs.runs).most_common(4))
    unread = f"; {counted(len(runs.skipped), 'file')} not read" if runs.skipped else ""
    return f"{counted(len(runs), 'run')} ({formats or 'none'}){unread}"


def _title(run: Run) -> str:
    name = run.name
    called = f" {_short(name)!r}" if name else ""
    return f"Run {_short(run.id)!r}{called} ({run.format}, {run.status})"


def _judged(run: Run) -> Curve | None:
    return next(iter(_ranked(run)), None)


def _ranked(run: Run) -> list[Curve]:
    """The curves, those that measure quality first and in the order in which they are preferred."""
    first = preferred(run.curves)
    return [run.curves[name] for name in dict.fromkeys([*first, *run.curves])]


def _cells(curve: Curve | None) -> Sequence[str]:
    if curve is None:
        return ("no metric", "", "", "", "")
    stands = standing(curve) if meaning(curve.metric).quality else None
    best = ("-", "-") if stands is None else (number(stands.best), f"{curve.axis} {place(stands.best_x, curve.axis)}")
    return (curve.metric, f"{len(curve):,}", number(float(curve.y[-1])) if len(curve) else "-", *best)


def _said(curve: Curve | None) -> str:
    metric, n, last, best, at = map(_short, _cells(curve))
    ends = f"last {last}" if best == "-" else f"last {last}, best {best} at {at}"
    return f"{metric}: {n} points, {ends}" if n else metric


def _more(n: int, what: str) -> list[str]:
    return [f"  + {n} more {what}"] * (n > 0)


def _html_more(n: int, what: str) -> str:
    return f"<p>+ {n} more {what}</p>" if n > 0 else ""


def _short(text: str) -> str:
    return harmless(text, longest=60)


def _escaped(text: str) -> str:
    return html.escape(harmless(text, longest=_SENTENCE))


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{name}</th>" for name in heads)
    body = "".join(f"<tr>{''.join(f'<td>{_escaped(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
