"""Records of OpenAI's evals: a specification, events of samples, a final report, a JSON object a line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from forerun.core import Card
from forerun.runs.readers.columns import number
from forerun.runs.readers.nested import dictionary, objects
from forerun.runs.readers.text import read_text
from forerun.runs.score_readers.score_reader import ScoreReader, ScoreRows, rows_of

CARD = Card(
    name="openai_evals",
    does="Reads what evals record of samples: matches, and numbers among the metrics.",
    source="openai/evals 0.1 to 3.0, evals/record.py",
    assumes="A sample that is matched again is another try of it.",
    needs="The specification in the first line, and an event of type match or metrics.",
    promises="A line that is no object is counted as damage; events of other types are left out.",
    known_answer="A recorded evaluation, written by hand as the recorder lays it out.",
    control="Lines of events without a specification are left alone.",
)
_SPEC = re.compile(rb"\s*\{\s*\"spec\"\s*:\s*\{")


def sniff(path: Path, head: bytes) -> float:
    known = b'"eval_name"' in head or b'"base_eval"' in head or b'"completion_fns"' in head
    return 0.95 if _SPEC.match(head.removeprefix(b"\xef\xbb\xbf")) and known else 0.0


def read(path: Path) -> ScoreRows:
    lines, damage = objects(read_text(path).lstrip("\ufeff").splitlines(), 1, path)
    spec = next((dictionary(line["spec"]) for line in lines if "spec" in line), {})
    whole = {
        "system": _system(spec, path),
        "benchmark": str(spec.get("base_eval") or spec.get("eval_name") or path.stem),
    }
    tries: Counter[tuple[str, str]] = Counter()
    records: list[dict[str, Any]] = []
    for line in lines:
        item = str(line.get("sample_id", ""))
        for metric, score in _scores(line):
            tries[item, metric] += 1
            records.append({**whole, "item": item, "metric": metric, "score": score, "sample": tries[item, metric]})
    return rows_of(records, damage)


def _scores(line: dict[str, Any]) -> Iterator[tuple[str, float]]:
    data = dictionary(line.get("data"))
    if line.get("type") == "match" and isinstance(data.get("correct"), (bool, int)):
        yield "correct", float(data["correct"])
    elif line.get("type") == "metrics":
        for name, cell in data.items():
            value = float(cell) if isinstance(cell, bool) else number(cell) if not isinstance(cell, str) else None
            if value is not None:
                yield str(name), value


def _system(spec: dict[str, Any], path: Path) -> str:
    """What completed the prompts; its name has changed over versions."""
    names = (
        spec.get("completion_fns") or dictionary(spec.get("model_names")).get("completions") or spec.get("model_name")
    )
    return ",".join(map(str, names)) if isinstance(names, list) and names else str(names or path.stem)


OPENAI_EVALS = ScoreReader(card=CARD, sniff=sniff, read=read)
