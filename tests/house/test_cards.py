"""Every card's known answer and control is a test, and every family has the members it is counted to have."""

from __future__ import annotations

import pytest

from forerun.cli.commands.methods import FAMILIES
from tests.cards import bound
from tests.counts import COUNTS

NAMES = {family.kind: list(family.table) for family in FAMILIES}


@pytest.fixture(scope="module")
def tests() -> dict[tuple[str, str, str], list[str]]:
    """The tests of every card, read off their files once."""
    return bound(NAMES)


def test_every_family_has_as_many_members_as_are_counted() -> None:
    assert {kind: len(names) for kind, names in NAMES.items()} == COUNTS


@pytest.mark.parametrize("mark", ["known_answer", "control"])
@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.kind)
def test_every_card_is_bound_to_a_test(family, mark: str, tests: dict[tuple[str, str, str], list[str]]) -> None:
    unbound = {
        name: getattr(family.card(name), mark) for name in family.table if (family.kind, name, mark) not in tests
    }
    assert not unbound, f"no test is marked @{mark} for {family.kind}s: {unbound}"


def test_no_sentence_of_a_card_is_empty() -> None:
    for family in FAMILIES:
        for name in family.table:
            card = family.card(name)
            assert all(len(sentence) > 9 for sentence in (card.does, card.known_answer, card.control)), name
