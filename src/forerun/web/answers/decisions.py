"""``/decisions``: what to do with every run, and the journal of what was said and done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Iterable, Sequence

from forerun.core import Decision
from forerun.core.display import counted
from forerun.figures.markup import parted, scroll, tag, text
from forerun.figures.page.table import badge
from forerun.runs.store.journal import Entry as Noted
from forerun.web.answers.orders import said_of, taking
from forerun.web.call import Call, Page
from forerun.web.layout import framed, scripts
from forerun.web.listing import ListedRun
from forerun.web.snapshot import is_looked_at

_MOST = 200
_HEADS = ("run", "advice", "reasons", "gain", "cost", "undo")
_NOTED = ("when", "run", "what", "by")
_KINDS = ("decision", "action")


def answer(call: Call) -> Page:
    """Decisions with reasons, gain, cost and what would undo them; a run is acted on from its own page."""
    entries = [entry for entry in call.workspace.listing.entries if is_looked_at(entry.shown.look)]
    body = _decisions(entries, taking(call.workspace, [one.run.id for one in entries[:_MOST]])) + _journal(
        call.workspace.noted(_KINDS, _MOST)
    )
    return Page("Decisions", framed("Decisions", body, at="/decisions"), scripts("run.js"))


def _decisions(entries: Sequence[ListedRun], taking: Container[str]) -> str:
    more = f", the first {_MOST} of them below" if len(entries) > _MOST else ""
    able = sum(entry.run.id in taking for entry in entries)
    acts = (
        f"{counted(able, 'training takes', 'trainings take')} orders"
        if able
        else "No training here takes orders; a run's own page says how to let one"
    )
    note = tag(
        "p", f"Proposals on {counted(len(entries), 'run')}{more}. Nothing is done by itself. {acts}.", class_="quiet"
    )
    heads = (*_HEADS, "apply") if able else _HEADS
    rows = (_decision(heads, entry, takes=entry.run.id in taking) for entry in entries[:_MOST])
    return tag("section", tag("h2", "Now") + note + _table(heads, rows, "decisions"))


def _decision(heads: Sequence[str], entry: ListedRun, *, takes: bool) -> str:
    advice, decision = entry.shown.view.advice, entry.shown.look.decision
    undo = decision.undo if isinstance(decision, Decision) else ""
    reasons = "; ".join(advice.reasons)
    link = tag("a", parted(entry.run.id), href=entry.href)
    apply = tag("a", "Apply …", href=f"{entry.href}#order") if takes else ""
    said = (text(reasons, longest=400), text(advice.gain), text(advice.cost), text(undo), apply)
    return _row(heads, [link, badge(advice.verdict), *said][: len(heads)])


def _journal(noted: Sequence[Noted] | None) -> str:
    if noted is None:
        why = "No journal is kept. forerun serve LOGS --store runs.forerun keeps one, with all that was read."
        return tag("section", tag("h2", "Journal") + tag("p", why, class_="quiet"))
    none = "" if noted else tag("p", "Nothing was decided yet.", class_="quiet")
    rows = map(_noted, noted)
    table = _table(_NOTED, rows, "journal") if noted else ""
    return tag("section", tag("h2", "Journal") + none + table)


def _noted(entry: Noted) -> str:
    when = dt.datetime.fromtimestamp(entry.at).astimezone().strftime("%Y-%m-%d %H:%M")
    said = entry.body
    what = f"{said.action}: {'; '.join(said.reasons)}" if isinstance(said, Decision) else _done(entry)
    cells = (when, entry.run, what, f"{entry.method} {entry.version}")
    return _row(_NOTED, [text(cell, longest=400) for cell in cells])


def _done(entry: Noted) -> str:
    said = said_of(entry)
    return f"order to {said['action']} {said['outcome']}{': ' if said['why'] else ''}{said['why']}"


def _row(heads: Sequence[str], cells: Sequence[str]) -> str:
    return tag(
        "tr",
        "".join(
            tag("td", tag("div", cell) if cell else "", data_label=head)
            for head, cell in zip(heads, cells, strict=True)
        ),
    )


def _table(heads: Sequence[str], rows: Iterable[str], label: str) -> str:
    head = tag("tr", "".join(tag("th", name.capitalize(), scope="col") for name in heads))
    return scroll(tag("table", tag("thead", head) + tag("tbody", "".join(rows)), class_="cards"), label)
