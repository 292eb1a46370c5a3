"""Skills by the number of examples: the worlds ask what they say, and page and card say what came of them."""

from __future__ import annotations

from typing import Any

import pytest

from forerun.laws import LAWS
from tests.laws.trained import EVIDENCE, loaded, raw

torch = pytest.importorskip("torch")


def test_skills_are_answered_right_and_their_gold_is_never_shown(monkeypatch: pytest.MonkeyPatch):
    skills = loaded("skills_ladder/train", monkeypatch)
    random = torch.Generator().manual_seed(0)
    digits = {name: skills.example_rows(name, 50, random) for name in skills.SKILLS}
    for name, rows in digits.items():
        asked, said = skills.SKILLS[name]
        for row in rows.tolist():
            question, answer = row[:asked], row[asked + 2 : asked + 2 + said]
            right = {
                "add": [int(d) for d in f"{question[0] + question[1] + 10 * (question[2] + question[3]):03d}"[::-1]],
                "sort": sorted(question),
                "shift": [(d + 1) % 10 for d in reversed(question)],
                "sums": [sum(question[: i + 1]) % 10 for i in range(asked)],
            }[name]
            assert answer == right
    start = skills.Transformer(skills.SYMBOLS, skills.LENGTH, f"w{skills.WIDTH}").state_dict()
    world = skills.Skill("add", 200, start, 0)
    assert not (world.rows[:, None] == world.gold[None]).all(dim=2).any()

    def scribe(written: Any) -> Any:
        """Writes the right row of each question, one symbol further."""
        return torch.nn.functional.one_hot(world.gold[:, 1 : written.shape[1] + 1], skills.SYMBOLS).float()

    assert world.evaluate(scribe, None) == {"digits": 1.0, "exact": 1.0, "format": 1.0}


def test_page_and_card_say_what_came_of_the_skills(monkeypatch: pytest.MonkeyPatch):
    study, kept = loaded("trained_skills", monkeypatch), raw("trained_skills")
    rows = study.read(EVIDENCE / "skills_ladder" / "runs.csv")
    assert {row["skill"] for row in rows} == set(kept["skills"])
    assert kept["gain after 100"]["verdict"] == "better"
    for name, one in kept["skills"].items():
        seeds = [row for row in rows if row["skill"] == name and row["examples"] == 100]
        at_100 = kept["sizes"].index(100)
        assert one["format"][at_100] == pytest.approx(sum(row["format"] for row in seeds) / len(seeds), rel=1e-3)
        assert one["format"][at_100] > 0.95 > one["digits"][at_100]
        assert one["format"][0] < 0.95  # control: it is not there at 25 examples
    whole = kept["summary"]["all"]
    assert whole["sample_size"]["log_error"] > whole["doing nothing"]
    assert "follow no power, and it is further off than doing nothing" in LAWS.load("sample_size").card.promises


def test_a_power_law_is_carried_on_where_there_is_one(monkeypatch: pytest.MonkeyPatch):
    study = loaded("trained_skills", monkeypatch)
    wiggle = dict(zip((25, 50, 100, 200, 400, 800, 1600, 3200), (2, -3, 1, 0, 3, -2, 1, -1), strict=True))
    rows = [{"skill": skill, "seed": float(seed), "examples": float(n), "exact": 0.0, "format": 1.0 - seed / n,
             "digits": 1.0 - 3.0 * n**-0.5 * (1.0 + (seed + 1) * off / 200)}
            for skill in study.DIGITS for seed in range(2) for n, off in wiggle.items()]  # fmt: skip
    whole = study.study(rows)["summary"]["all"]
    assert whole["sample_size"]["log_error"] < 0.1 < whole["doing nothing"]
    assert whole["sample_size"]["inside_90"] == 1.0
