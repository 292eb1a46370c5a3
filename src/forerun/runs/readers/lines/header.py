"""Settings that a training prints before it begins: ``Namespace(lr=0.1, ...)``, ``max_steps: 5000``, ``Fold 2``.

Only names that are settings beyond doubt are taken; a number under any other name may be anything.
"""

from __future__ import annotations

import re

from forerun.runs.readers.columns import number

_NAMES = frozenset(
    "seed random_seed lr learning_rate max_lr min_lr peak_lr base_lr batch_size train_batch_size "
    "global_batch_size micro_batch_size epochs num_epochs n_epochs max_epochs total_epochs num_train_epochs "
    "max_steps total_steps train_steps num_train_steps num_steps max_iters max_iter max_iterations num_iterations "
    "total_iterations train_iters weight_decay momentum dropout optimizer optim scheduler lr_scheduler warmup "
    "warmup_steps warmup_epochs model arch model_name dataset data_name env env_id env_name gamma fold run "
    "n_layer n_head n_embd hidden_size num_layers hidden_dim latent_dim block_size seq_len max_seq_len image_size "
    "img_size crop_size gradient_accumulation_steps grad_clip beta1 beta2 label_smoothing loss algo algorithm "
    "total_timesteps".split()
)
_NAMESPACE = re.compile(r"\b(?:Namespace|TrainingArguments|Config|Args|Hyperparameters)\((.{1,9000})\)\s*$")
_ARGUMENT = re.compile(r"(\w{1,60})=('[^']{0,200}'|\"[^\"]{0,200}\"|[^,()\[\]{}'\"]{1,80})(?=,|\s|$)")
_LINE = re.compile(
    r"(?:[\w.:\-/, \[\]]{0,60}(?:INFO|DEBUG|\|)[\w:.\] \-|]{0,40}\s)?(?:-{0,2})([A-Za-z][\w-]{1,40})"
    r"\s{0,40}(?:[:=]|\.{3,80}|\s)\s{0,40}('[^']{1,80}'|\"[^\"]{1,80}\"|[\w.+\-/]{1,80}),?\s*$"
)
_NUMBERED = re.compile(
    r"[\W_]{0,20}(fold|seed|run)\s{0,3}[#:=]?\s{0,3}(\d{1,6})(?:\s?(?:/|of)\s?\d{1,6})?[\W_]{0,20}$", re.IGNORECASE
)


def settings(line: str) -> dict[str, float | int | str | bool]:
    """The settings that a line states; none for any line that states something else.

    Example:
        >>> settings("Namespace(lr=0.1, epochs=90, arch='resnet18', x=None)")
        {'lr': 0.1, 'epochs': 90, 'arch': 'resnet18'}
        >>> settings("max_steps ........ 5000"), settings("===== Fold 2/5 ====="), settings("loss: 0.5 acc: 0.3")
        ({'max_steps': 5000}, {'fold': 2}, {})
    """
    if len(line) > 10_000:
        return {}
    whole = _NAMESPACE.search(line)
    if whole:
        pairs = [(name, _plain(text)) for name, text in _ARGUMENT.findall(whole[1])]
        return {name: value for name, value in pairs if value is not None}
    numbered = _NUMBERED.match(line)
    if numbered:
        return {numbered[1].lower(): int(numbered[2])}
    single = _LINE.match(line) if len(line) < 200 else None
    if single is None:
        return {}
    name, value = single[1].replace("-", "_").lower(), _plain(single[2])
    return {name: value} if name in _NAMES and value is not None else {}


def _plain(text: str) -> float | int | str | bool | None:
    text = text.strip()
    if text in ("True", "true", "False", "false"):
        return text in ("True", "true")
    if text in ("None", "null", ""):
        return None
    parsed = number(text)
    if parsed is None:
        return text.strip("'\"")
    if parsed != parsed or parsed in (float("inf"), float("-inf")):
        return text
    return int(parsed) if text.lstrip("+-").isdigit() else parsed
