"""Is one epoch over fresh text better than ten over a tenth of it?"""

from forerun.core import Card
from forerun.lab.study import Arm, Claim, Study

CARD = Card(
    name="fresh_data",
    does="A language model on text seen about once, against a tenth of it ten times, a hundredth a hundred times.",
    source="Komatsuzaki 2019; Muennighoff et al. 2023",
    assumes="Generated text, one size, equal tokens.",
    needs="The extra [lab]; three minutes.",
    promises="Paired verdicts on the excess over the text's entropy.",
    known_answer="Fresh text is better than ten epochs over a tenth.",
    control="A hundred epochs must be worse than one.",
)
_BASE = {"size": "m", "steps": 800, "batch": 2}
_SYMBOLS = 800 * 2 * 64 // 3  # of each domain, as many as are shown of it
FRESH_DATA = Study(
    card=CARD,
    question="At equal tokens, is one epoch of fresh text better than ten epochs over a tenth of it?",
    arms={
        "fresh": Arm("charlm", _BASE | {"unique": _SYMBOLS}),
        "ten epochs": Arm("charlm", _BASE | {"unique": _SYMBOLS // 10}),
        "hundred epochs": Arm("charlm", _BASE | {"unique": _SYMBOLS // 100}),
    },
    seeds=8,
    first_seed=100,
    budget="tokens",
    claims=(
        Claim("one epoch is better than a hundred", "fresh", "hundred epochs", "gold/excess", "min", control=True),
        Claim("one epoch is better than ten", "fresh", "ten epochs", "gold/excess", "min"),
    ),
    quick={"size": "xs", "length": 32},
)
