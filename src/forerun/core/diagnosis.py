"""A diagnosis: what is happening to one run, in a sentence."""

from __future__ import annotations

from dataclasses import dataclass

from forerun.core import face
from forerun.core.finding import Finding
from forerun.core.frozen import Noun


@dataclass(frozen=True, eq=False)
class Diagnosis(Noun):
    """What is happening to one run, with the findings behind it.

    Args:
        run: of which run.
        says: one sentence for a reader; that nothing stands out, or was looked at, is said in words.
        findings: one an event, what matters most first; the sentence begins with the first.
        explained: what else was found that one of those accounts for, as a spike on the way to NaN.
        looked_at: metrics that were read, those that measure quality first.
        not_looked_at: what was not, a sentence each: metrics that nothing reads, and detectors that lack points.

    Example:
        >>> print(Diagnosis("a", "nothing stands out in loss", looked_at=("loss",)))
        nothing stands out in loss
    """

    run: str
    says: str
    findings: tuple[Finding, ...] = ()
    explained: tuple[Finding, ...] = ()
    looked_at: tuple[str, ...] = ()
    not_looked_at: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.says

    @property
    def every(self) -> tuple[Finding, ...]:
        """All findings, those that others account for last."""
        return (*self.findings, *self.explained)

    def _repr_html_(self) -> str:
        return face.findings_html(self.run, self.says, self.every, self.not_looked_at)
