"""How well-known trainings print: one function a style, from a line to its numbers.

A profile is handed one line and gives axes and metrics by name, None when the line is not of its style.
``"horizon/AXIS"`` is the planned end on an axis, a name that begins with ``"config/"`` a setting, ``"end"`` says that
the run has ended. Every pattern is bounded, and so linear in the length of the line.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import NamedTuple

from forerun.core.axes import axis_of
from forerun.runs.readers.columns import number

Numbers = dict[str, float]


class Profile(NamedTuple):
    """A style: its name, text that every line of it holds, and how to read one."""

    name: str
    needle: str
    read: Callable[[str], Numbers | None]


_N = r"([+-]?(?:\d[\d.]{0,40}(?:[eE][+-]?\d{1,4})?|nan|inf))"
_MODDED = re.compile(
    rf"step:(\d{{1,15}})/(\d{{1,15}})(?: (train_loss|val_loss):{_N})?.{{0,80}}? ?train_time:{_N}(ms|s)\b"
)
_LLMC = re.compile(rf"s:(\d{{1,15}}) (tel|trl):{_N}(?: lr:{_N})?(?: norm:{_N})?")
_LLMC_STEP = re.compile(rf"step\s{{1,8}}(\d{{1,15}})/(\d{{1,15}}) \| (?:train )?loss {_N}")
_LLMC_EVAL = re.compile(rf"val loss {_N}$")
_LLMC_PAIR = re.compile(rf"\| (norm|lr) {_N}")
_NANOGPT = re.compile(rf"iter (\d{{1,15}}): loss {_N}(?:, time {_N}ms)?(?:, mfu {_N}%)?")
_NANOGPT_EVAL = re.compile(rf"step (\d{{1,15}}): train loss {_N}, val loss {_N}")
_MEGATRON = re.compile(r"iteration\s{1,12}(\d{1,15})/\s{0,12}(\d{1,15}) \|(.*)")
_MEGATRON_EVAL = re.compile(
    r"(valid|test)(?:ation)? loss at iteration (\d{1,15})(?: on (valid|test)(?:ation)? set)? \|(.*)"
)
_BOOSTING = re.compile(r"\[(\d{1,12})\]\s(.+)")
_BOOSTED = re.compile(rf"([A-Za-z_][\w.@'\- ]{{0,80}}?):\s?{_N}(?: ?\+ ?[\d.eE+-]{{1,24}})?(?=\s|$)")


def _modded_nanogpt(line: str) -> Numbers | None:
    found = _MODDED.search(line)
    if found is None:
        return None
    seconds = float(found[5]) / (1000.0 if found[6] == "ms" else 1.0)
    told = {"step": float(found[1]), "horizon/step": float(found[2]), "seconds": seconds}
    return told | ({found[3]: float(found[4])} if found[3] else {})


def _llmc(line: str) -> Numbers | None:
    found = _LLMC.match(line)
    if found:
        told = {"step": float(found[1]), "val_loss" if found[2] == "tel" else "train_loss": float(found[3])}
        return told | {name: float(v) for name, v in (("lr", found[4]), ("norm", found[5])) if v}
    found = _LLMC_STEP.search(line)
    if found is None:
        evaluated = _LLMC_EVAL.match(line)
        return {"val_loss": float(evaluated[1])} if evaluated else None
    told = {"step": float(found[1]), "horizon/step": float(found[2]), "train_loss": float(found[3])}
    return told | {name: float(value) for name, value in _LLMC_PAIR.findall(line)}


def _nanogpt(line: str) -> Numbers | None:
    found = _NANOGPT_EVAL.search(line)
    if found:
        return {"step": float(found[1]), "train_loss": float(found[2]), "val_loss": float(found[3])}
    found = _NANOGPT.search(line)
    if found is None:
        return None
    told = {"step": float(found[1]), "loss": float(found[2])}
    return told | {name: float(v) for name, v in (("time_ms", found[3]), ("mfu", found[4])) if v}


def _megatron(line: str) -> Numbers | None:
    found = _MEGATRON.search(line)
    if found:
        return {"step": float(found[1]), "horizon/step": float(found[2])} | _bars(found[3], "")
    found = _MEGATRON_EVAL.search(line)
    return None if found is None else {"step": float(found[2])} | _bars(found[4], f"{found[3] or found[1]}/")


_CONSUMED = {"consumed samples": "samples", "consumed tokens": "tokens"}


def _bars(text: str, prefix: str) -> Numbers:
    """``name: value |`` again and again."""
    told: Numbers = {}
    for part in text[:4000].split("|"):
        name, _, value = part.rpartition(":")
        found = number(value.strip())
        if found is not None and name.strip():
            name = name.strip().removesuffix(" value")
            told[_CONSUMED.get(name) or prefix + name] = found
    return told


def _hf_dict(line: str) -> Numbers | None:
    """The dictionaries that Hugging Face's Trainer prints; their numbers are quoted in later versions."""
    text = line[line.find("{'") : line.rfind("}") + 1]  # a progress bar may stand before it
    if not 2 < len(text) < 10_000:
        return None
    try:
        held = ast.literal_eval(re.sub(r": (-?)(nan|inf)(?=[,}])", r": '\1\2'", text))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    if not isinstance(held, dict):
        return None
    told = {str(key): found for key, value in held.items() if (found := number(value)) is not None}
    if "train_runtime" in told:
        return {"end": 1.0} | {f"config/summary/{key}": value for key, value in told.items() if axis_of(key) is None}
    return told if "epoch" in told or "step" in told else None


def _boosting(line: str) -> Numbers | None:
    found = _BOOSTING.search(line)
    pairs = _BOOSTED.findall(found[2][:2000]) if found else []
    if not found or not pairs:
        return None
    return {"step": float(found[1])} | {name.strip().replace("'s ", "/"): float(value) for name, value in pairs}


_PLACE = re.compile(
    r"\b(epoch|step|iter|iteration|it|batch)s?\b\s{0,3}[:=#]?\s{0,3}\[?\s{0,3}(\d{1,15})(?:\s?/\s?(\d{1,15}))?",
    re.IGNORECASE,
)
_NAME = r"[A-Za-z][A-Za-z0-9_./@\-]"
_PAIR = re.compile(rf"({_NAME}{{0,40}}(?: {_NAME}{{0,24}})?)\s?[:=]\s{{0,3}}{_N}(?![\w/])")


def _generic(line: str) -> Numbers | None:
    """``Epoch 3/10 step 100 loss=2.31 acc: 0.5``: an axis and a metric that is named like one, with their numbers."""
    places = _PLACE.findall(line[:4000])
    if not places:
        return None
    told: Numbers = {}
    for word, value, end in places:
        axis = axis_of(word) or ""
        if axis and axis not in told:
            told[axis] = float(value)
            if end and axis != "step":  # a step's end is that of its epoch as often as that of the run
                told[f"horizon/{axis}"] = float(end)
    metrics = {name: float(value) for name, value in _PAIR.findall(line[:4000]) if axis_of(name) is None}
    if not told or not any(_measures(name) for name in metrics):
        return None
    if "epoch" in told and "step" in told and any(end and axis_of(word) == "step" for word, _, end in places):
        size = next(float(end) for word, _, end in places if end and axis_of(word) == "step")
        told["step"] += (told["epoch"] - 1) * size if told["epoch"] >= 1 and size >= told["step"] else 0.0
    return told | metrics


_MEASURES = re.compile(r"loss|acc|err|ppl|perplexity|reward|return|score|f1|auc|bleu|wer|mse|mae", re.IGNORECASE)


def _measures(name: str) -> bool:
    return bool(_MEASURES.search(name))


PROFILES = (
    Profile("modded_nanogpt", "train_time:", _modded_nanogpt),
    Profile("llmc", "s", _llmc),
    Profile("nanogpt", "loss", _nanogpt),
    Profile("megatron", "iteration", _megatron),
    Profile("hf_dict", "{'", _hf_dict),
    Profile("boosting", "[", _boosting),
    Profile("generic", "", _generic),
)
