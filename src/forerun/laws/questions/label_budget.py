"""How to spend a budget on clean labels and noisy ones, by the law `label_quality` fitted to pilots."""

from __future__ import annotations

import numpy as np

from forerun.core import Answer, Array, BadInput, Card, Range, Table, Undecided
from forerun.laws.fitter.fit import fit
from forerun.laws.question import Question, in_words

CARD = Card(
    name="label_budget",
    does="How many clean and how many noisy labels to buy: quantity, quality, or both where mixing is told to pay.",
    source="the question is Mallen and Belrose 2024's (balancing label quantity and quality); the law is ours",
    assumes="As the law `label_quality`; the final learner is that of the pilots.",
    needs="Columns clean, noisy and y, an error; settings budget and the prices of both kinds of label.",
    promises="On digits with planted noise, from pilots that reach as far as the purchase, within 1 point of the best "
    "split: evidence/label_budget.",
    known_answer="Of labels wrong at random it buys one kind alone, on either side of the price at which they tie.",
    control="Pilots that are all of one kind tell nothing of the other: undecided.",
)
_SPLITS = 1000  # candidates at most between the two pure choices; arbitrary


def answer(
    table: Table, *, budget: float, clean_price: float, noisy_price: float = 1.0, items: float = np.inf, seed: int = 0
) -> Answer | Undecided:
    """The split of the budget with the least error; both kinds only where the 80% range of the gain is above 0.

    Args:
        table: pilots, one a row: how many clean and noisy labels, and the error that came of them.
        budget: to spend, in the unit of the prices. items: that there are to label, each once.
    """
    if not (budget > 0 and clean_price > 0 and noisy_price > 0 and items >= 1):
        raise BadInput(
            f"budget and prices must be above 0 and items at least 1, but budget={budget:g}, "
            f"clean_price={clean_price:g}, noisy_price={noisy_price:g}, items={items:g}"
        )
    pilots = {name: np.asarray(table.columns[name], float) for name in ("clean", "noisy")}
    if unknown := [name for name, column in pilots.items() if not (column > 0).any()]:
        return Undecided(f"no pilot has {unknown[0]} labels", f"pilots with some {unknown[0]} labels")
    made = fit("label_quality", table, seed=seed)
    if isinstance(made, Undecided):
        return made
    clean, noisy = _splits(budget, clean_price, noisy_price, items)
    if not clean.size:
        return Undecided(f"a budget of {budget:g} buys no label", "a budget of one label's price")
    said = made.predict(Table({"clean": clean, "noisy": noisy}))
    if isinstance(said, Undecided):
        return said
    pure = int(min(0, clean.size - 1, key=lambda i: said.y[i]))
    best = int(said.y.argmin())
    low, high = np.quantile(said.draws[:, pure] - said.draws[:, best], [0.1, 0.9])
    pick = best if low > 0 else pure
    gain = Range(float(said.y[pure] - said.y[pick]), *((float(low), float(high)) if pick == best else (0.0, 0.0)), "y")
    regime = "mixed" if pick not in (0, clean.size - 1) else "quality" if pick else "quantity"
    expected = Range(float(said.y[pick]), float(said.low[pick]), float(said.high[pick]), "y")
    values = {"regime": regime, "clean": float(clean[pick]), "noisy": float(noisy[pick]), "error": expected,
              "gain": gain, "all_clean": float(said.y[-1]), "all_noisy": float(said.y[0])}  # fmt: skip
    rows = {"clean": clean, "noisy": noisy, "predicted": said.y, "low": said.low, "high": said.high}
    says = f"{regime}: {clean[pick]:.0f} clean and {noisy[pick]:.0f} noisy labels, error {in_words(expected)}"
    return Answer(CARD.name, "1", says, values, Table(rows), said.warnings)


def _splits(budget: float, clean_price: float, noisy_price: float, items: float) -> tuple[Array, Array]:
    """Whole clean labels from none to all that can be paid, and the noisy ones that the rest pays."""
    most = int(min(budget / clean_price, items))
    clean = np.unique(np.linspace(0.0, most, min(most, _SPLITS) + 1, dtype=np.int64)).astype(np.float64)
    noisy = np.floor(np.minimum((budget - clean * clean_price) / noisy_price + 1e-9, items - clean))
    some = clean + noisy > 0
    return clean[some], noisy[some]


QUESTION = Question(card=CARD, version="1", columns=("clean", "noisy", "y"), answer=answer)
