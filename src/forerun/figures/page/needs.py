"""What the report opens with: the runs that need someone now, and those worth going on with."""

from __future__ import annotations

from collections.abc import Sequence

from forerun.figures.markup import parted, tag, text
from forerun.figures.page.table import badge
from forerun.figures.page.work import ReportPart

SHOWN = 6
"""Runs before the fold, each with its small picture."""
_MOST = 200  # runs in the fold


def needs(parts: Sequence[ReportPart], accuracy: str) -> str:
    """Which runs need someone now and why, and which can be extended, each with how sure that is.

    Args:
        accuracy: how often such intervals held, in a sentence.
    """
    now = sorted((part for part in parts if part.place.needs), key=lambda part: part.place.urgency)
    later = sorted((part for part in parts if part.place.extend), key=lambda part: -(part.place.first.order or 0.0))
    calm = "" if now or not parts else tag("p", "No run needs you now.", class_="calm")
    sure = tag("p", text(accuracy, longest=400), class_="quiet") if accuracy and (now or later) else ""
    return calm + _block("Needs you now", now, "now") + _block("Can be extended", later, "extend") + sure


def _block(title: str, parts: Sequence[ReportPart], name: str) -> str:
    if not parts:
        return ""
    first = tag("ul", "".join(map(_item, parts[:SHOWN])), class_="needs")
    rest = parts[SHOWN:]
    if rest:
        left = tag("li", f"and {len(rest) - _MOST:,} more in the table") if len(rest) > _MOST else ""
        more = tag("ul", "".join(map(_short, rest[:_MOST])) + left, class_="short")
        first += tag("details", tag("summary", f"and {len(rest):,} more") + more)
    count = tag("span", f"{len(parts):,}", class_="count")
    return tag("section", tag("h2", f"{title} {count}") + first, id=name)


def _item(part: ReportPart) -> str:
    shown, place = part.shown, part.place
    chips = "".join(tag("span", text(why), class_="chip lasting") for why in place.needs)
    named = tag("div", _link(part) + " " + badge(shown.advice.verdict) + chips, class_="who")
    why = tag("div", text(_why(part), longest=300), class_="why")
    sure = tag("div", text(_sure(part), longest=300), class_="sure")
    return tag("li", named + part.curve + why + sure)


def _short(part: ReportPart) -> str:
    why = ", ".join(part.place.needs)
    return tag("li", _link(part) + " " + badge(part.shown.advice.verdict) + f" {text(why)}")


def _link(part: ReportPart) -> str:
    return tag("a", parted(part.shown.id, longest=80), href=part.href or f"#run-{part.number}")


def _why(part: ReportPart) -> str:
    """What is happening to it where a finding says so, else why that is advised."""
    return part.shown.diagnosis if part.shown.findings and part.shown.diagnosis else part.shown.advice.reason


def _sure(part: ReportPart) -> str:
    """The forecast with its interval and the chances that rest on it."""
    ahead, place = part.shown.ahead, part.place
    forecast = "" if ahead.without else f"ends at {ahead.median.text} ({ahead.interval}), {ahead.at}"
    first = "" if place.first.order is None else f"ends first: {place.first.text}"
    target = "" if ahead.target.order is None else f"reaches its target: {ahead.target.text}"
    left = "" if place.left.order is None else f"{place.left.text} left"
    return " · ".join(filter(None, [forecast, first, target, left]))
