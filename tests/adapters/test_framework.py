"""Frameworks need not be installed, and each is imported in one place."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from forerun.adapters.framework import framework
from forerun.core import MissingExtra

SRC = Path(__file__).resolve().parents[2] / "src" / "forerun"
HOMES = {
    "lightning": {"adapters/watch/lightning.py"},  # of a schedule it wants a dictionary
    "transformers": {"adapters/transformers.py", "adapters/watch/transformers.py"},
    "keras": {"adapters/keras.py", "adapters/watch/keras.py"},
    "xgboost": {"adapters/watch/xgboost.py"},
    "lightgbm": {"adapters/watch/lightgbm.py"},
    "ray": {"adapters/cluster.py", "adapters/watch/ray.py"},
    "jax": {"adapters/optax.py"},
    "optax": set(),  # a schedule of its own is a function
    "timm": set(),
}


def test_a_missing_framework_is_named_with_what_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jax", None)
    with pytest.raises(MissingExtra, match=r"forerun.adapters.optax needs jax: pip install 'forerun\[optax\]'"):
        framework("jax.numpy", extra="optax")


def test_what_a_framework_itself_lacks_is_not_taken_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "half.py").write_text("import no_such_module\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ModuleNotFoundError, match="no_such_module") as error:
        framework("half", extra="half")
    assert not isinstance(error.value, MissingExtra)


@pytest.mark.parametrize("package", HOMES)
def test_a_framework_is_imported_by_its_adapter_alone(package: str) -> None:
    line = re.compile(rf"^\s*(?:from|import) {package}\b|framework\(\"{package}\b", re.MULTILINE)
    importers = {
        path.relative_to(SRC).as_posix()
        for path in SRC.rglob("*.py")
        if line.search(re.sub(r">>> .*", "", path.read_text("utf-8")))
    }
    assert importers == HOMES[package]


def test_adapters_come_with_nothing() -> None:
    """Not PyTorch, nor SciPy, before one of them is imported."""
    heavy = "{'torch', 'keras', 'jax', 'transformers', 'lightning', 'scipy', 'plotly'}"
    code = f"import sys, forerun.adapters, forerun.adapters.foreign; print(sorted({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"
