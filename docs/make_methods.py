"""Write docs/methods.md from the cards: python docs/make_methods.py"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from forerun.cli.commands.methods import FAMILIES

_TITLES = {"does": "Does", "source": "Source", "assumes": "Assumes", "needs": "Needs", "promises": "Promises"}
_TESTED = {"known_answer": "Known answer", "control": "Control"}


def page() -> str:
    """The whole page."""
    lines = [
        "# Methods",
        "",
        "Made from the methods' cards by `docs/make_methods.py`; `forerun methods` shows the same.",
        "",
    ]
    for family in FAMILIES:
        lines += [f"## {family.kind.capitalize()}s", ""]
        for name in family.table:
            card = asdict(family.card(name))
            lines += [
                f"### `{name}`",
                "",
                *(f"- {title}: {card[key]}" for key, title in (_TITLES | _TESTED).items()),
                "",
            ]
    return "\n".join(lines).replace("Policys", "Policies").replace("Studys", "Studies")


if __name__ == "__main__":
    Path(__file__).with_name("methods.md").write_text(page(), "utf-8")
