"""Every picture, once: figures of nouns, and the report page; ``view`` is what they and the terminal say of a run.

The pictures load when first used: words need no drawing library.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forerun.figures.reporting import report
    from forerun.figures.showing import show

__all__ = ["report", "show"]

_HOMES = {"report": "forerun.figures.reporting", "show": "forerun.figures.showing"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'forerun.figures' has no attribute {name!r}; there are: {', '.join(__all__)}")
    return getattr(import_module(_HOMES[name]), name)
