"""Every picture, once: figures of nouns, and the report page."""

from forerun.figures.report import report
from forerun.figures.show import show

__all__ = ["report", "show"]
