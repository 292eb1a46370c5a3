"""What forecasters were shipped having learned: files beside this one, each with its SHA-256 in ``SHA256SUMS``.

``sha256sum -c SHA256SUMS`` checks them too. The cards in ``docs/cards`` say what each was learned from; the scripts in
``forerun.training`` made them and write the sums anew.
"""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from forerun.core.shipped import SUMS, checked, write

__all__ = ["SUMS", "checked", "shipped", "shipped_json", "write"]


@cache
def shipped(name: str) -> bytes:
    """A shipped file, checked against its sum.

    Raises:
        DamagedWeights: the file is missing or is not what was shipped.

    Example:
        >>> len(shipped("schedule_law.json")) > 100
        True
    """
    return checked(Path(str(resources.files(__name__))), name)


def shipped_json(name: str) -> dict[str, Any]:
    """As `shipped`, of a file of JSON."""
    return json.loads(shipped(name))
