"""The guide's page on frameworks: every line of it runs, each block with what a reader would have made before it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.filterwarnings("ignore")  # the frameworks' own
PAGE = (Path(__file__).resolve().parents[2] / "docs" / "guide" / "adapters.md").read_text("utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def test_every_block_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keras = pytest.importorskip("keras", reason="needs the extra [clients]")
    optax = pytest.importorskip("optax", reason="needs the extra [clients]")
    torch = pytest.importorskip("torch", reason="needs the extra [clients]")
    transformers = pytest.importorskip("transformers", reason="needs the extra [clients]")
    monkeypatch.chdir(tmp_path)
    model = torch.nn.Linear(1, 1)
    arguments = transformers.TrainingArguments(output_dir="runs", max_steps=1000, report_to="none", use_cpu=True)
    assert len(BLOCKS) == 10
    names: dict[str, Any] = {"torch": torch, "keras": keras, "optax": optax, "Trainer": transformers.Trainer}
    for block in BLOCKS:
        mine = {"model": model, "arguments": arguments, "optimizer": torch.optim.AdamW(model.parameters(), lr=0.003)}
        exec(block, names := names | mine)
    assert names["read"].name == "cosine"
    assert names["scheduler"].last == 1000
    assert names["trainer"].lr_scheduler is names["pair"][1]
