"""Scripts and raw numbers of evidence on trained ladders, for the tests that hold them."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

EVIDENCE = Path(__file__).resolve().parents[2] / "evidence" / "laws"


def loaded(path: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(EVIDENCE))
    file = EVIDENCE / f"{path}.py"
    spec = importlib.util.spec_from_file_location(path.replace("/", "_"), file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def raw(name: str) -> dict[str, Any]:
    return json.loads((EVIDENCE / f"{name}.json").read_text("utf-8"))
