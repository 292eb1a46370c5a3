"""Do the z-loss and query-key normalisation save a small transformer at a learning rate that is too high?"""

from functools import partial

from forerun.core import Card
from forerun.lab.study import Arm, Claim, Study

CARD = Card(
    name="high_lr",
    does="A small transformer over three decades of learning rates, plain, with z-loss, with query-key normalisation.",
    source="Wortsman et al. 2023, figures 1 to 3",
    assumes="AdamW, no clipping, one size.",
    needs="The extra [lab]; fifteen minutes.",
    promises="Paired verdicts on the excess over the text's entropy, and on the logits that either holds.",
    known_answer="Query-key normalisation is better at high rates.",
    control="The highest rate must be worse than the best for the plain transformer.",
)
_norm = partial(Claim, recipe="qk_norm", answers=("divergence",))
_term = partial(Claim, recipe="z_loss", answers=("divergence",))
_BASE = {"size": "s", "steps": 400, "clip": 0.0}
_RATES = (1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1.0)
_KINDS = {"plain": {}, "z-loss": {"terms": "z_loss", "z_loss.weight": 1e-3}, "qk-norm": {"layers": "qk_norm"}}
_BEST, _HIGH, _HIGHEST = "3e-02", "3e-01", "1e+00"
_BOTH = "qk-norm and z-loss"
HIGH_LR = Study(
    card=CARD,
    question="Do the z-loss and query-key normalisation lower the loss at learning rates that are too high?",
    arms={
        f"{kind}, {rate:.0e}": Arm("charlm", _BASE | more | {"lr": rate})
        for kind, more in _KINDS.items()
        for rate in _RATES
    }
    | {f"{_BOTH}, {_HIGHEST}": Arm("charlm", _BASE | _KINDS["qk-norm"] | _KINDS["z-loss"] | {"lr": 1.0})},
    seeds=5,
    first_seed=100,
    budget="tokens",
    claims=(
        Claim("the high rate is too high", f"plain, {_BEST}", f"plain, {_HIGH}", "gold/excess", "min", control=True),
        _norm("query-key normalisation restores it", f"qk-norm, {_HIGH}", f"plain, {_HIGH}", "gold/excess", "min"),
        _term("the z-loss restores it", f"z-loss, {_HIGH}", f"plain, {_HIGH}", "gold/excess", "min"),
        _norm("query-key normalisation holds the attention logits", f"qk-norm, {_HIGH}", f"plain, {_HIGH}",
              "gold/attention_logit_max", "min", answers=()),
        _term("the z-loss holds the output's normaliser where it drifts", f"{_BOTH}, {_HIGHEST}",
              f"qk-norm, {_HIGHEST}", "gold/log_normaliser", "min", answers=()),
        _term("it lowers the loss there", f"{_BOTH}, {_HIGHEST}", f"qk-norm, {_HIGHEST}", "gold/excess", "min"),
    ),
    quick={"size": "xs", "length": 32, "batch": 8},
)  # fmt: skip
