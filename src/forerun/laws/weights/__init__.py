"""The nets of questions that choose what to ask next, each with its SHA-256 in ``SHA256SUMS``.

The card in ``docs/cards/queries.md`` says what they were learned from; ``forerun.training.queries`` made them.
"""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from pathlib import Path

from forerun.core.shipped import checked
from forerun.laws.questions.parts.query_net import QueryNet


@cache
def query_net(name: str) -> QueryNet:
    """The shipped net of a question.

    Raises:
        DamagedWeights: the file is missing or is not what was shipped.
    """
    return QueryNet.of(json.loads(checked(Path(str(resources.files(__name__))), f"{name}.json")))
