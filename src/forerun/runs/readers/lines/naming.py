"""What the text before a printed number calls it: a metric, a place on an axis, or nothing.

Names are words of the field, not of one framework. Which word is an axis is in ``_AXES``, which a split in ``SPLITS``.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from forerun.core.metrics import meaning
from forerun.runs.readers.lines.tokens import UNITS

SPLITS = {
    "train": "train training trn train_one_epoch",
    "val": "val valid validation validate validating dev eval evaluate evaluation evaluating cv",
    "test": "test testing tst",
}
_SPLIT_OF = {word: split for split, words in SPLITS.items() for word in words.split()} | {"train_inner": "train_inner"}
_SPLIT_WORD = re.compile(rf"(?<![\w./\\-])(?:{'|'.join(_SPLIT_OF)})(?![\w\\/-]|\.\w)", re.IGNORECASE)

_AXES = {
    ("epoch", 0): "epoch epochs e epoche epoca epoka epochen",
    ("step", 0): "step steps iter iters iteration iterations it itr ite",
    ("step", 1): "batch batches minibatch mini_batch batch_idx batch_no i_batch time/batch",
    ("step", 2): "global_step global_steps globalstep num_updates n_updates update updates num_update total_steps "
    "current_steps timestep timesteps time_step time_steps total_timesteps env_step env_steps environment_steps "
    "total_timestep num_timesteps total_numsteps numsteps total_t global_iter global_iteration total_iter "
    "total_iters optimizer_step num_steps total_env_steps agent_steps frames num_frames env_frames total_frames "
    "total_num_frames up",
    ("samples", 0): "consumed_samples samples_seen seen_samples num_samples_seen time/sample",
    ("tokens", 0): "consumed_tokens tokens_seen seen_tokens num_tokens_seen total_tokens_seen time/token",
    ("episode", 0): "episode episodes episode_num num_episodes episode_idx eps_num",
    ("generation", 0): "generation gen",
    ("round", 0): "round rounds comm_round communication_round",
}
_AXIS_OF = {word: axis for axis, words in _AXES.items() for word in words.split()} | {
    "time/epoch": ("epoch", 0),
    "ep": ("epoch", 1),
}
_QUALIFIER = re.compile(
    r"^(?:(?:train|training|trainer|starting|start|started|begin|beginning|end|of|completed|finished|done|online|current|"
    r"curr|cur|the|at|in|on|for|after|this|info|=+>?|-+>?|\*+|\.+|\[?rank|val|valid|validation|test|eval|evaluation|"
    r"local|summary|results?|metrics?)[ _/]+)+"
)
_SINGULAR = ("epoch", "step", "iteration", "iter", "episode", "update", "generation", "round")
_NO_PLACE = frozenset(
    "per number of max min total num warmup every last previous next save skipped each one first at for in after "
    "loss time the log eval_every decay size a no by to with".split()
)
_AT = re.compile(
    r"(.*)\b(?:at|for|in|after|during) (?:the )?(?:end of )?(?:global )?(epoch|step|iteration|iter|episode)$"
)
_EVALUATED = re.compile(r"(?:test|eval|evaluation|val|validation)[ _](?:episodes|games|trials)$")
_NUMBERED = re.compile(r"[ _](?:no|num|number|idx|index|id|count|n)$")

_GLUED = re.compile(rf"/?{UNITS}(?:/{UNITS})?(?![\w/])")
_SPACED = re.compile(
    rf" (?:{UNITS}/(?:s|sec|second|step|it|iter|batch|epoch|h|hr|gpu)|ms|sec|secs|seconds|s|mins?|minutes|hours|"
    r"[KMGT]i?B|%)(?![\w/:=-])(?! ?[:=])"
)
_FILLERS = re.compile(
    r"(?: (?:is|was|are|were|of|to|now|equals|so far|currently|approx|value|reached|got|average so far))+$",
    re.IGNORECASE,
)
_ARROW = re.compile(r"\s?-+$")
_TAIL = " \t:=[({#\"'`>~<@+±*→$≈"
_SEPARATORS = re.compile(
    r"[,;|{}\"\[\]:=!?<>\u2192]|(?:^|\s)[-–—*~#•+]+(?:\s|$)|(?<![Vv]al)(?<![Aa]vg)(?<!alid)\.\s"
    r"|\s(?:and|with|but|vs)\s|\)(?=[^)])"
)
_PAREN = re.compile(r"\s?\(((?:[^()]|\([^()]{0,20}\)){0,40})\)$")
_FUNCTION = re.compile(r"(?:^|\W)[A-Z]\([\w()]{1,9}\)$")  # D(x), D(G(z))
_ARTICLE = re.compile(r"^the (?=\w)")
_LEVEL = re.compile(r"^(?:.*\b(?:INFO|DEBUG|WARN|WARNING|ERROR|NOTICE|[\w/]+\.(?:py|cc|cpp|lua))\b)\s?")
_WORDS = re.compile(r"[^\W\d_]")
_NO_METRIC = re.compile(
    r"\b(?:rank|pid|gpu|dataloader|device|port|line|v_num|node|worker|host|version|cuda|thread|process|localhost|"
    r"seed|fold|run|session|batch ?size|n_batches|"
    r"world size|"
    r"local_rank|trial|gpus|nproc|decreased|increased|improved|improvement|reduced|patience|counter|saved|saving|loading|"
    r"loaded|exit code|python|https?|remaining|eta|from|next|last|progress)$"
    r"|\b(?:loss weight|loss scale|decreased|improved from|as top)\b|"
    r"\.(?:py|cc|cpp|pt|pth|txt|log|json|lua|sh|c|h|yaml)$|^(?:best|improved) (?:epoch|step|iteration)",
    re.IGNORECASE,
)
_TORN = re.compile(r"[\d.,+-]*\d[\d.,+-]*[eE]?")  # what is left of a number that is none: 3.71.00e+02
_TORN_BEFORE = re.compile(r"[+-]?\d*\.[\d.]*\.\d*(?:[eE][+-]?\d*)?[,;]? +")  # as in: 0.5..91 acc
_PROSE = frozenset("the a an we our you your this these those its it's in and add or by our how what why when".split())
_MEASURES = re.compile(
    r"(?<![a-z])(?:loss|losses|acc\w{0,5}|accuracy|err|error|ppl|perplexity|rew|reward|rewards|return|returns|ret|score|scores|"
    r"fitness|f1|auc|auroc|bleu|wer|cer|mse|mae|rmse|nll|elbo|kld?|entropy|xent|dice|i?ou|miou|map|map50|psnr|ssim|fid|top-?[15]|"
    r"prec\w{0,6}|recall|bpb|bpc|bits|l1|l2|rouge\w{0,3}|hit\w{0,3}|ndcg|mrr|learn|train|training|test|valid|val|validation|"
    r"cost|objective|energy|residual|regret|likelihood|logloss|r2|correct|success|energy|g|d)(?![a-z])|loss|acc@|(?<![a-z])l_[a-z]",
    re.IGNORECASE,
)


_NO_MEASURE = re.compile(
    r"(?:batch|reader|data|time)[ _]cost|(?:loss|reward|error)[ _](?:weight|scale|coef)", re.IGNORECASE
)


class Naming(NamedTuple):
    """What stands before a number: its name, what stood before that, and the signs between name and number."""

    name: str
    heads: str
    tail: str
    paren: str = ""


def naming(piece: str, *, behind_number: bool) -> Naming:
    """Take the text before a number apart.

    Args:
        piece: the text, from the number before or the line's start.
        behind_number: whether a number stands before, whose unit may begin the text.

    Example:
        >>> naming("] Test set: Average loss (mean): ", behind_number=False)[:3]
        ('Average loss', '] Test set:', ': ')
    """
    if behind_number:
        unit = _GLUED.match(piece) or _SPACED.match(piece)
        piece = piece[unit.end() :] if unit else piece
    body = piece.rstrip(_TAIL)
    tail = piece[len(body) :]
    body = _ARROW.sub("", body)
    paren = _PAREN.search(body)
    if paren and not _FUNCTION.search(body):
        body = body[: paren.start()]
    body = _FILLERS.sub("", body)
    at = 0
    for separator in _SEPARATORS.finditer(body):
        at = separator.end()
    name = body[at:].strip(" .*-_/\\'`")
    open_at = name.rfind("(")
    if open_at >= 0 and name.count("(") != name.count(")"):
        at, name = at + open_at + 1, name[open_at + 1 :].strip()
    level = _LEVEL.match(name) or _TORN_BEFORE.match(name)
    name = name[level.end() :] if level else name
    name = _ARTICLE.sub("", name).removesuffix(" value") if _WORDS.search(name) else ""
    return Naming(name[:120].replace("'s ", "/"), body[:at], tail, paren[1] if paren else "")


def axis(name: str) -> tuple[str, int] | None:
    """The axis that a name counts on, with how sure it is that the count is the run's; None when it is a metric.

    Example:
        >>> axis("Train Epoch"), axis("global_step"), axis("number of nan iterations"), axis("loss at iteration")
        (('epoch', 0), ('step', 2), None, ('step', 0))
    """
    low = name.lower().strip(" #.*=->")
    if "best" in low or " per " in low or _EVALUATED.match(low):
        return None
    for word in (low, low.replace(" ", "_"), _QUALIFIER.sub("", low).replace(" ", "_")):
        place = _AXIS_OF.get(word) or _AXIS_OF.get(_NUMBERED.sub("", word))
        if place:
            return place
    path, _, last = low.rpartition("/")
    if path in ("training", "trainer", "train", "state", "progress", "counters") and last in _AXIS_OF:
        return _AXIS_OF[last]
    words = low.split()
    if 1 < len(words) <= 3 and words[-1] in _SINGULAR and not _NO_PLACE.intersection(words):
        return _AXIS_OF[words[-1]]
    at = _AT.search(low)
    return _AXIS_OF[at[2]] if at else None


def before_place(name: str) -> str:
    """The metric in what stands before a place: ``Cost`` of ``Cost after iteration``."""
    at = _AT.match(name)
    return at[1].strip() if at else ""


def split_in(text: str) -> str | None:
    """The split that the last word of a text which names one says.

    Example:
        >>> split_in("mmengine - INFO - Epoch(val)"), split_in("olmo.train:816 train.py"), split_in("Test:")
        ('val', None, 'test')
    """
    words = _SPLIT_WORD.findall(text)
    return _SPLIT_OF[words[-1].lower()] if words else None


def without_split(text: str) -> str:
    return _SPLIT_WORD.sub("", text)


def is_split(name: str) -> bool:
    return name.lower() in _SPLIT_OF


def metric(name: str) -> bool:
    """Whether a name may be a metric's."""
    words = name.lower().split()
    if not 0 < len(words) <= 5 or len(name) > 80 or _NO_METRIC.search(name) or _TORN.fullmatch(name):
        return False
    return len(words) == 1 or not (words[-1] in _AXIS_OF or _PROSE.intersection(words))


def measures(name: str) -> bool:
    """Whether a metric of this name measures how good the model is.

    Example:
        >>> measures("train loss"), measures("Acc@1"), measures("lr"), measures("batch time")
        (True, True, False, False)
    """
    kind = meaning(name).kind
    if kind in ("rate", "norm", "time") or _NO_MEASURE.search(name):
        return False
    return kind in ("loss", "score", "return") or bool(_MEASURES.search(name))


def tidied(name: str) -> str:
    """A path of a metric without the split that is printed before it once more.

    Example:
        >>> tidied("Train loss/train/total"), tidied("Train Loss")
        ('loss/train/total', 'Train Loss')
    """
    first, _, rest = name.partition(" ")
    return rest if is_split(first) and "/" in rest and meaning(rest).split is not None else name


def under(split: str, name: str) -> str:
    """A metric's name under the split that its surroundings say.

    Example:
        >>> under("val", "Average loss"), under("test", "Acc@1"), under("train", "PPL"), under("val", "eval/loss")
        ('val/average loss', 'test/acc@1', 'train/PPL', 'eval/loss')
    """
    if meaning(name).split is not None:
        return name
    return f"{split}/{name.lower() if name[1:].islower() or len(name) == 1 else name}"
