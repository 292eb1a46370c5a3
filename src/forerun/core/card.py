"""A method's data sheet."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Card:
    """What a method does, rests on, needs and promises; `forerun methods` and the docs are made from these.

    Args:
        name: the name in the family's table.
        does: one sentence.
        source: paper or derivation, or "ours".
        assumes: when its answers mean something.
        needs: least input, in words.
        promises: what is measured of it, and where the measurement lies.
        known_answer: an input whose right output is known, tested.
        control: a case in which it must fail or refuse, tested.
    """

    name: str
    does: str
    source: str
    assumes: str
    needs: str
    promises: str
    known_answer: str
    control: str
