"""Tables of trained_skills.json."""

from __future__ import annotations

from typing import Any

from evidence.laws.tables.cells import claim_lines, lines


def skills_scores(found: dict[str, Any]) -> list[str]:
    rows = []
    for skill, one in found["skills"].items():
        for name in ("digits", "exact", "format"):
            rows.append([skill, name, *(f"{value:.3f}" for value in one[name])])
    return lines("skill|share right|" + "|".join(f"{n:.0f}" for n in found["sizes"]), rows)


def skills_carried(found: dict[str, Any]) -> list[str]:
    rows = []
    for skill, one in found["summary"].items():
        line = found["skills"].get(skill)
        cells = [skill, f"{one['n']}", "" if line is None else ", ".join(f"{value:.2f}" for value in line["r2"])]
        for law in ("sample_size", "rectified"):
            said = one[law]
            cells += [f"{said['log_error']:.2f}", f"{said['inside_90']:.2f}"] if said["n"] else ["refused", ""]
        rows.append([*cells, f"{one['doing nothing']:.2f}"])
    head = "skill|cases|R² of a line in logarithms, by seed|off in log error|90% hold|rectified|90% hold|doing nothing"
    return lines(head, rows)


def skills_claims(found: dict[str, Any]) -> list[str]:
    claims = {f"{skill}: {name}": told for skill, one in found["skills"].items()
              for name, told in one.items() if isinstance(told, dict)}  # fmt: skip
    claims["all four: gain after 100 examples, digits against format"] = found["gain after 100"]
    return claim_lines(claims)


TABLES = {
    "scores": skills_scores,
    "carried": skills_carried,
    "claims": skills_claims,
}
