"""A recipe as a value: an engine with its slots filled, its settings and its card."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from forerun.core import BadInput, Card, UnknownName
from forerun.core.frozen import Noun

if TYPE_CHECKING:
    from forerun.recipes.engine import Engine


@dataclass(frozen=True, eq=False)
class Recipe(Noun):
    """A training intervention: how it bends the curve is measured by the studies of `forerun.lab`.

    Args:
        card: its data sheet.
        engine: how it trains, on any world that has the abilities it needs; None for one that is parts alone.
        settings: of `forerun.recipes.settings` that it sets.
        begins: the recipe of the training before it, where it needs what that one came to.
        parts: what a PyTorch loop of one's own takes of it, each by the place it has there (``loss``, ``norm``,
            ``mask`` ...): functions of tensors, modules, or what keeps a state along the run. Settings are their
            keyword arguments.

    Example:
        >>> from forerun.recipes import RECIPES
        >>> import torch
        >>> term = RECIPES.load("z_loss").parts["term"]
        >>> round(term(torch.zeros(1, 2), weight=1.0).item(), 2)
        0.48
        >>> RECIPES.load("z_loss").with_parts(terms=()).engine.terms  # an ablation
        ()
    """

    card: Card
    engine: Engine | None = None
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    begins: str = ""
    parts: Mapping[str, Callable[..., Any]] = field(default_factory=dict[str, Callable[..., Any]])

    @property
    def name(self) -> str:
        """The name on its card."""
        return self.card.name

    def with_parts(self, **slots: Any) -> Recipe:
        """The same with other parts in some slots.

        Raises:
            UnknownName: its engine has no such slot.
        """
        for slot in slots:
            if slot not in self._engine.table:
                raise UnknownName("slot", slot, self._engine.table, where=f"recipe {self.name}")
        return replace(self, engine=replace(self._engine, **slots))

    def tuned(self, settings: Mapping[str, Any]) -> Recipe:
        """The same with slots filled by name and parts' settings changed, as ``--set`` does.

        Raises:
            UnknownName: no such part or setting.

        Example:
            >>> from forerun.recipes import RECIPES
            >>> RECIPES.load("supervised").tuned({"average": "tail", "tail.start": 0.7}).engine.average
            TailAverage(start=0.7)
        """
        return replace(self, engine=self._engine.tuned(settings))

    def document(self) -> dict[str, Any]:
        """As JSON holds it: its name, engine, what fills each slot, their settings and its own.

        Example:
            >>> from forerun.recipes import RECIPES
            >>> RECIPES.load("z_loss").document()["parts"]["z_loss.weight"]
            0.0001
        """
        about = {"recipe": self.name, "engine": self._engine.kind}
        return {**about, "parts": self._engine.named(), "settings": dict(self.settings)}

    def of(self, document: Mapping[str, Any]) -> Recipe:
        """The recipe of this engine that a document describes; the inverse of `document`.

        Raises:
            BadInput: it is of another engine. UnknownName: it names a part or a setting that there is not.
        """
        if document.get("engine") != self._engine.kind:
            raise BadInput(f"is of engine {document.get('engine')!r}, not {self._engine.kind!r}", where=self.name)
        filled = {name: value for name, value in document["parts"].items() if value != "none" or "." in name}
        bare = {slot: () if isinstance(getattr(self._engine, slot), tuple) else type(self._engine)().__dict__[slot]
                for slot in self._engine.table}  # fmt: skip
        return replace(self.with_parts(**bare).tuned(filled), settings=document["settings"])

    @property
    def _engine(self) -> Engine:
        if self.engine is None:
            raise BadInput(
                "is parts for a loop of one's own, and trains nothing by itself", where=f"recipe {self.name}"
            )
        return self.engine
