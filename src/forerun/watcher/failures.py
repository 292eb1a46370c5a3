"""What fails in a watcher: counted, and told as findings of its run; never raised into a loop."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from forerun.core import Finding

_LOGGER = logging.getLogger("forerun.watcher")
_PROMISE = "counted, not estimated"


@dataclass
class _Count:
    """How often something has happened, where it did first, and what was said of it last."""

    begun: float
    kind: str
    n: int = 0
    why: str = ""


class Failures:
    """What has gone wrong with the watching of a run, or was refused.

    Args:
        axis: what x counts.

    Example:
        >>> failures = Failures("step")
        >>> failures.note("store", OSError("no space left"), x=30.0)
        >>> failures.findings()[0].message
        'watching failed at store: no space left; the training goes on untouched'
    """

    def __init__(self, axis: str) -> None:
        self._axis = axis
        self._counts: dict[str, _Count] = {}
        self._logged: set[str] = set()

    def note(self, part: str, why: BaseException | str, x: float, kind: str = "watcher_failure") -> None:
        """Count one.

        Args:
            part: of what.
            why: the error, or what is to be said.
            x: where the training stood.
            kind: the finding's.
        """
        count = self._counts.setdefault(part, _Count(x, kind))
        count.n += 1
        count.why = str(why) or type(why).__name__

    def count(self, part: str, n: int, why: str, x: float) -> None:
        """Set how many there are."""
        self._counts.setdefault(part, _Count(x, "dropped_records")).n = n
        self._counts[part].why = why

    def findings(self) -> tuple[Finding, ...]:
        """One a part, in order of their first."""
        return tuple(self._finding(part, count) for part, count in list(self._counts.items()))

    def tell(self) -> None:
        """Log what has not been logged, once a part."""
        for finding in self.findings():
            if finding.detector not in self._logged:
                self._logged.add(finding.detector)
                _LOGGER.warning("%s", finding.message)

    def _finding(self, part: str, count: _Count) -> Finding:
        often = f", {count.n} times" if count.n > 1 else ""
        said = {
            "watcher_failure": f"watching failed at {part}{often}: {count.why}; the training goes on untouched",
            "refused_order": f"an order was refused{often}: {count.why}",
        }
        return Finding(
            kind=count.kind, metric="", axis=self._axis, start=count.begun, end=None, alarm=count.begun,
            statistic=float(count.n), threshold=0.0, promise=_PROMISE, detector=f"watcher/{part}",
            message=said.get(count.kind, count.why),
        )  # fmt: skip
