"""A framework's package, which need not be installed."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from forerun.core import MissingExtra


def framework(module: str, *, extra: str) -> Any:
    """The module, imported.

    Args:
        module: its full name.
        extra: what brings it.

    Raises:
        MissingExtra: its package is not installed.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as cause:
        package = module.partition(".")[0]
        if (cause.name or "").partition(".")[0] != package:
            raise
        raise MissingExtra(f"forerun.adapters.{extra}", package, extra) from cause
