"""``watch``: the time, and of the runs that changed what ``read``, ``predict``, ``scan`` and ``advise`` say."""

from __future__ import annotations

from forerun.core import Runs
from forerun.documents.advise import advise_document
from forerun.documents.predict import predict_document
from forerun.documents.read import read_document
from forerun.documents.scan import scan_document
from forerun.documents.shape import Document
from forerun.live import Poll
from forerun.session.look import run_decision, run_findings


def watch_document(poll: Poll) -> Document:
    """One look at which something changed."""
    changed = [look for look in poll.looks if look.run.id in poll.changed]
    decisions = [run_decision(look) for look in changed]
    return {
        "at": poll.at,
        **read_document(Runs(tuple(look.run for look in changed), poll.skipped)),
        **predict_document(one.forecast for one in decisions if one.forecast is not None),
        **scan_document(run_findings(look) for look in changed),
        **advise_document(decisions),
    }
