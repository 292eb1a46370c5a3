"""Can the measuring itself be believed? One audit a file.

An audit is an `Audit`: a function of columns and of settings, put together with its card at the end of its file as
``AUDIT = Audit(...)``. It answers with an `AuditResult`, or with `Undecided`.
"""

from forerun.core import Family
from forerun.evaluate.audits.audit import Audit, AuditResult, Column, Measurement

__all__ = ["AUDITS", "Audit", "AuditResult", "Column", "Measurement"]

_NAMES = (
    "labels", "votes", "flips", "judge", "calibration", "contamination", "prompts", "verbalizers", "confidence",
    "ensembles", "errors", "correctness", "faithful", "provenance", "preferences", "baseline", "harden",
    "filter", "influence", "bias", "gradients", "distractors", "embers", "passages", "imitation", "forecasts",
    "portfolio",
)  # fmt: skip

AUDITS: Family[Audit] = Family(
    kind="audit",
    table={name: f"forerun.evaluate.audits.{name}:AUDIT" for name in _NAMES},
    group="forerun.audits",
    of=Audit,
)
