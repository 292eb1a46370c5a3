"""``watch``: the time, and of the runs that changed what ``read``, ``predict``, ``scan`` and ``advise`` say."""

from __future__ import annotations

from forerun.core import RunFindings, Runs
from forerun.documents.advise import advise_document
from forerun.documents.predict import predict_document
from forerun.documents.read import read_document
from forerun.documents.scan import scan_document
from forerun.documents.shape import Document
from forerun.live import Poll
from forerun.session.look import run_decision


def watch_document(poll: Poll) -> Document:
    """One look at which something changed."""
    decisions = [run_decision(look) for look in poll.looks if look.run.id in poll.changed]
    changed = tuple(look.run for look in poll.looks if look.run.id in poll.changed)
    return {
        "at": poll.at,
        **read_document(Runs(changed, poll.skipped)),
        **predict_document(one.forecast for one in decisions if one.forecast is not None),
        **scan_document(RunFindings(one.run, one.metric, one.findings) for one in decisions),
        **advise_document(decisions),
    }
