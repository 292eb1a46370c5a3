"""One training as a value: a world, the recipe that trains on it, the settings that differ, and a seed."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from forerun.core import UnknownName
from forerun.lab import WORLDS
from forerun.lab.world import World
from forerun.recipes import RECIPES, Recipe
from forerun.recipes.part import typed
from forerun.recipes.settings import SETTINGS

_LONGEST = 80  # characters of a folder's name before it is cut and a digest takes its place
_NO_NAME = re.compile(r'[<>:"/\\|?*]')  # what some file system takes in no name
_START = "start."
_PLAIN = {
    "predict": "supervised",
    "episode": "actor_critic",
    "answer": "group_baseline",
    "move": "q_learning",
    "comparisons": "proxy_ascent",
}
"""What trains on a world unless it is said, by what its opened form can do; the first that fits."""


@dataclass(frozen=True)
class Job:
    """One training.

    Args:
        world: its name.
        settings: that differ: of the world, of every training (`forerun.recipes.settings`), slots of the recipe's
            engine by the names of their parts (``average=tail``), settings of parts (``tail.start=0.7``), and any of
            these of the training before it (``start.steps=200``; ``start.recipe`` names its recipe). That one has the
            settings of the world from here. Text is turned into the type that stands there.
        seed: of data and weights.
        recipe: by name, or the recipe itself; by default what the world is plainly trained with.

    Raises:
        UnknownName: no such world, recipe, setting or part. BadInput: a setting of another type.
    """

    world: str
    settings: Mapping[str, Any]
    seed: int
    recipe: str | Recipe = ""

    def __post_init__(self) -> None:
        world, given = WORLDS.load(self.world), dict(self.settings)
        recipe = RECIPES.load(self.recipe or plain(world)) if isinstance(self.recipe, str) else self.recipe
        object.__setattr__(self, "recipe", self.recipe or recipe.name)
        object.__setattr__(self, "_recipe", _filled(recipe, world, given))
        known = self.whole(given={})
        for name in given:
            if name not in known and not name.startswith(_START):
                raise UnknownName("setting", name, known, where=self.world)
        ready = {k: v if k.startswith(_START) else typed(v, known[k], k, self.world) for k, v in given.items()}
        object.__setattr__(self, "settings", ready)
        if self.start is not None:
            started = {f"{_START}{k}": v for k, v in self.start.settings.items() if f"{_START}{k}" in ready}
            object.__setattr__(self, "settings", {**ready, **started})

    @property
    def filled(self) -> Recipe:
        """The recipe with every slot filled: by itself, the settings or the world."""
        return vars(self)["_recipe"]

    @property
    def name(self) -> str:
        """The recipe's name."""
        return self.filled.name

    def whole(self, given: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """All settings, flat."""
        world, recipe = WORLDS.load(self.world), self.filled
        training = {k: v for k, v in world.training.items() if k in SETTINGS}
        assert recipe.engine is not None
        defaults = {**world.settings, **SETTINGS, **training, **recipe.settings, **recipe.engine.named()}
        return {**defaults, **(self.settings if given is None else given)}

    @cached_property
    def start(self) -> Job | None:
        """The training before this one, whose weights it starts from or looks at; None where its recipe has none."""
        mine = {name.removeprefix(_START): v for name, v in self.settings.items() if name.startswith(_START)}
        recipe = mine.pop("recipe", self.filled.begins)
        if not recipe:
            if mine:
                raise UnknownName("setting", f"{_START}{next(iter(mine))}", self.whole({}), where=self.world)
            return None
        world = {name: v for name, v in self.settings.items() if name in WORLDS.load(self.world).settings}
        return Job(self.world, {**world, **mine}, self.seed, recipe)

    def described(self) -> dict[str, Any]:
        """What it is, as JSON has it; two jobs that are described alike are one."""
        about = {"world": self.world, "recipe": self.name, "settings": self.whole(), "seed": self.seed}
        return about | ({"start": self.start.described()} if self.start else {})

    def folder(self) -> Path:
        """Where it is kept, relative to the sweep's folder; the same job has the same."""
        shown = {**self.settings}
        if self.name != plain(WORLDS.load(self.world)):
            shown["recipe"] = self.name
        if isinstance(self.recipe, Recipe):
            shown["parts"] = _digest(json.dumps(self.recipe.document(), sort_keys=True))
        text = ",".join(f"{key}={shown[key]}" for key in sorted(shown)) or "defaults"
        name = _NO_NAME.sub("_", text)
        if name != text or len(name) > _LONGEST:
            name = f"{name[: _LONGEST - 9]}-{_digest(text)}"
        return Path(self.world, name, f"seed={self.seed}")


def plain(world: World) -> str:
    """The recipe that a world is trained with where none is named.

    Example:
        >>> plain(WORLDS.load("convex"))
        'supervised'
    """
    return next(recipe for method, recipe in _PLAIN.items() if hasattr(world.open, method))


def _filled(recipe: Recipe, world: World, given: Mapping[str, Any]) -> Recipe:
    """The recipe with the slots that it leaves open as the world suggests, and then as it is said."""
    engine = recipe.with_parts().engine
    assert engine is not None
    suggested = {k: v for k, v in world.training.items() if k in engine.table and getattr(engine, k) is None}
    named = {k: v for k, v in given.items() if (k in engine.table or "." in k) and not k.startswith(_START)}
    return recipe.tuned(suggested | named)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
