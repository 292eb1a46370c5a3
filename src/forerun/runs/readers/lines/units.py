"""What stands behind printed numbers: magnitudes, which belong to them, and units, in which a metric stays.

``5k`` is five thousand, whatever it counts. A metric that goes on in another unit of one kind (``900ms``, ``1.2s``) is
read in its first; where there is no way from one to the other (``85%``, ``0.86``) the number is left out, and told.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from forerun.runs.readers.lines.plan import LinePlan
from forerun.runs.readers.lines.tokens import value
from forerun.runs.readers.written import MAGNITUDES, exact, ratio

_MAGNITUDE = re.compile(rf"[{''.join(MAGNITUDES)}](?![\w%]|\.\w)")
_UNIT = re.compile(
    r"\s?(%|ns|us|µs|ms|secs?|seconds?|s|mins?|minutes?|hours?|hrs?|h|[KMGT]i?B)(?![\w/:=-])(?! ?[:=])(?!/)"
)


def parted(pieces: Sequence[str], tokens: Sequence[str]) -> tuple[list[str], list[str], dict[int, str]]:
    """The text and the numbers of a line with the letters of magnitude taken from the one to the other.

    Example:
        >>> parted(["step ", "k/", "k loss ", ""], ["5", "100", "2.5"])
        (['step ', '/', ' loss ', ''], ['5000', '100000', '2.5'], {0: 'k', 1: 'k'})
    """
    magnitudes = {
        k: after[0]
        for k, after in enumerate(pieces[1:])
        if after[:1] in MAGNITUDES and _MAGNITUDE.match(after) and value(tokens[k]) is not None
    }
    if not magnitudes:
        return list(pieces), list(tokens), {}
    plain = [piece[1:] if k - 1 in magnitudes else piece for k, piece in enumerate(pieces)]
    return plain, scaled(tokens, magnitudes), magnitudes


def scaled(tokens: Sequence[str], magnitudes: Mapping[int, str]) -> list[str]:
    """The numbers with their magnitudes."""
    texts = list(tokens)
    for k, letter in magnitudes.items():
        number = value(tokens[k])
        texts[k] = tokens[k] if number is None else f"{exact(number, letter):.17g}"
    return texts


def unit_behind(piece: str) -> str:
    """The unit at the start of the text behind a number; empty where none is known.

    Example:
        >>> unit_behind("ms, mfu"), unit_behind("% of"), unit_behind("s/it"), unit_behind(" loss")
        ('ms', '%', '', '')
    """
    match = _UNIT.match(piece)
    return match[1] if match else ""


def odd_ones(plan: LinePlan, units: dict[str, str]) -> dict[int, float | None]:
    """The metrics of a line that are not in the unit they began in: what to multiply each with, None for no way.

    Args:
        plan: of the line.
        units: in which each metric of the log began; those that are new are added.
    """
    odd: dict[int, float | None] = {}
    for k, name in plan.recorded:
        unit = plan.units.get(name, "")
        first = units.setdefault(name, unit)
        if unit != first:
            odd[k] = ratio(unit, first)
    return odd


def in_words(name: str, token: str, unit: str, first: str) -> str:
    """What is told of a number that is left out for its unit.

    Example:
        >>> in_words("acc", "0.86", "", "%")
        'acc: 0.86 is without the unit of those before it, %'
    """
    if not unit:
        return f"{name}: {token} is without the unit of those before it, {first}"
    return (
        f"{name}: {token}{unit} is in another unit than those before it{f', {first}' if first else ', which had none'}"
    )
