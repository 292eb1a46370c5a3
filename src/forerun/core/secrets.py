"""Secrets that logs, settings and command lines carry along are not shown: keys, tokens, passwords, logins in URLs.

A secret is known by the name it stands under or by its own shape. What merely counts tokens or names one stays.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, cast

MASK = "***"

_NAMES = (
    r"(?:api|access|secret|private|account|encryption|signing|license|storage|ssh|openai|anthropic|wandb|comet|neptune"
    r"|clearml|azure|gcp|aws)[_-]?key(?:[_-]?id)?"
    r"|secret(?:[_-]?access)?(?:[_-]?(?:key|token))?|pass(?:word|wd|phrase)|credentials?|authorization|cookie"
    r"|connection[_-]?string|(?:x[_-]amz[_-])?signature|(?:x[_-]amz[_-])?security[_-]?token"
    r"|(?:api|access|auth|oauth|bearer|refresh|session|hf|hub|huggingface|github|gitlab|slack|bot|wandb|neptune"
    r"|replicate|telegram)[_-]?(?:api[_-]?)?token"
)
_QUOTED = r"""(?:"[^"]*"|'[^']*'|(?:(?:bearer|basic|token|digest)\s+)?[^\s"',;&)}\]]+)"""
_VALUE = rf"(?!\*\*\*|(?:none|null|true|false)\b){_QUOTED}"
_WORDLIKE = r"(?=[\w.=-]{0,80}\d)[\w.=-]{8,}"  # what stands under a bare "token" and is no special token of a tokenizer
_SHAPES = [
    re.compile(pattern)
    for pattern in (
        r"(?i)(://)[^/\s?#\"'<>]+(?=@)",
        r"(?i)(\bbearer\s+)(?=\S*\d)[\w.~+/=-]{8,}",
        rf"(?i)((?:{_NAMES})[\"']?\s*[=:]\s*){_VALUE}",
        rf"(?i)((?<![\w-])--?(?:[a-z0-9]+[-_])*(?:{_NAMES}|token)\s+)(?!-){_VALUE}",
        rf"(?i)((?<![a-z0-9_-])token[\"']?\s*[=:]\s*[\"']?){_WORDLIKE}",
        r"(?<![A-Za-z0-9])(hf_|gh[opsur]_)(?:[A-Za-z0-9]{30,}|(?=[a-z]*[A-Z0-9])[A-Za-z0-9]{12,})",
        r"(?<![\w-])(sk-(?:[a-z0-9]+-)*)(?=[A-Za-z_]*\d)\w{12,}",
        r"(?<![A-Za-z0-9])(github_pat_|glpat-|nvapi-|wandb_v1_|[rs]k_live_|xox[abeprs]-)[\w-]{12,}",
        r"(?<![A-Za-z0-9])(A(?:KIA|SIA))[A-Z0-9]{12,}",
        r"(?<![A-Za-z0-9])(AIza)[\w-]{30,}",
        r"(?<![A-Za-z0-9])(eyJ)[\w-]{8,}\.[\w-]{8,}\.[\w-]*",
        r"(hooks\.slack\.com/services/)[\w/]+",
        r"(-----BEGIN [A-Z ]*PRIVATE KEY-----)[^-]*",
    )
]
_HINTS = (
    "://", "key", "secret", "token", "passw", "passphrase", "credential", "authorization", "cookie", "connection",
    "signature", "bearer", "hf_", "gh", "github_pat", "sk-", "glpat", "nvapi", "wandb_v1", "k_live", "xox", "akia",
    "asia", "aiza", "eyj", "hooks.",
)  # fmt: skip
"""One of these is in every text that a shape fits: most texts are passed by at the price of looking for them."""
_SECRET_NAME = re.compile(rf"(?:^|[^a-z])(?:{_NAMES})(?:[_-]?\d+)?$")
_TOKEN_NAME = re.compile(r"(?:^|[^a-z])token$")
_PARTED = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@lru_cache(maxsize=1024)  # a document says the same few words over and over
def masked(text: str) -> str:
    """A text without the secrets in it; how each began stays, so that it can be told which it was.

    Example:
        >>> masked("train.py --api-key abc --lr 0.1 https://me:pw@host/x"), masked("eos_token=</s> max_tokens=512")
        ('train.py --api-key *** --lr 0.1 https://***@host/x', 'eos_token=</s> max_tokens=512')
    """
    small = text.lower()
    if not any(hint in small for hint in _HINTS):
        return text
    for shape in _SHAPES:
        text = shape.sub(rf"\1{MASK}", text)
    return text


def masked_setting(value: Any, name: str = "") -> Any:
    """A setting, or a whole document of them, with secrets masked by the names they stand under and by their shape.

    Example:
        >>> masked_setting({"lr": 0.1, "WANDB_API_KEY": "0a1b2c", "hub": {"token": "hf_x1"}, "pad_token": "<pad>"})
        {'lr': 0.1, 'WANDB_API_KEY': '***', 'hub': {'token': 'hf_x1'}, 'pad_token': '<pad>'}
    """
    if isinstance(value, str):
        return MASK if value and _is_secret(name, value) else masked(value)
    if isinstance(value, Mapping):
        items = cast(Mapping[Any, Any], value).items()
        return {key: masked_setting(inner, str(key)) for key, inner in items}
    if isinstance(value, (list, tuple)):
        several = [masked_setting(inner, name) for inner in cast(Sequence[Any], value)]
        return several if isinstance(value, list) else tuple(several)
    whole = isinstance(value, int) and not isinstance(value, bool)
    return MASK if whole and _is_secret(name, str(value)) else value


def _is_secret(name: str, value: str) -> bool:
    secret, token = _tells(name)
    return secret or (token and re.fullmatch(_WORDLIKE, value) is not None)


@lru_cache(maxsize=1024)
def _tells(name: str) -> tuple[bool, bool]:
    """Whether a name is that of a secret, and that of a token, which may be a word of a vocabulary too."""
    parted = _PARTED.sub("_", name).lower()
    return bool(_SECRET_NAME.search(parted)), bool(_TOKEN_NAME.search(parted))
