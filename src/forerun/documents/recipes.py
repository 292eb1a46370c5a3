"""``recipes``: what each recipe did, by the studies that measured it; what did not help is told too."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

from forerun.core import Card, Finding
from forerun.core.codec import encode
from forerun.documents.shape import Document, or_undefined
from forerun.monitor.remedies import Remedy, remedies
from forerun.recipes.measured import Effect

_NO_FINDING = {"undefined": "no detector sees what it is against"}


def recipes_document(effects: Iterable[Effect]) -> Document:
    """A row an effect, in their order."""
    return {"recipes": [effect_document(one) for one in effects]}


def recipe_document(card: Card, use: Iterable[str], effects: Iterable[Effect]) -> Document:
    """One recipe: its card, its use in lines, and its effects."""
    return recipes_document(effects) | {"card": asdict(card), "use": list(use)}


def effect_document(effect: Effect) -> Document:
    """One of them."""
    numbers = {name: or_undefined(getattr(effect, name), "every run diverged") for name in ("estimate", "low", "high")}
    return asdict(effect) | {"finding": effect.finding or _NO_FINDING} | numbers


def remedies_document(*runs: Iterable[Finding]) -> Document:
    """What was measured against the findings of runs; nothing where nothing was."""
    measured = remedies(*runs)
    return {"remedies": encode([_remedy(one) for one in measured])} if measured else {}


def _remedy(remedy: Remedy) -> Document:
    helped = [one.recipe for one in remedy.effects]
    return {"finding": remedy.finding, "says": str(remedy), "helped": helped, "not_helped": list(remedy.others)}
