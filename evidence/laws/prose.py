"""Figures of a page's prose that stand in none of its tables: python -m evidence.laws.prose

A figure is a number with a decimal point or a percent sign; the levels of intervals are none. It stands in a table
where the table has it digit for digit, but for a zero before the point. What has to be said and no table has
(settings, bounds, what others published) is listed in ``STATED``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

HERE = Path(__file__).parent
LEVELS = {"50%", "80%", "90%", "95%"}
STATED: dict[str, str] = {
    "README": ".69 .04",  # seconds, of benchmarks/results/law_fit_25M.json
    "beyond": "36% 167%",  # a bar, one case
    "fixed_data": "25.6 .03 1.6",  # decays and rates that were tried, and one that was not
    "kaplan": ".02 .005 1.46",  # grid of targets, least gain of a new rate, the text's entropy
    "ladder": ".5 10%",  # tokens for a parameter, weights
    "largest": ".7%",  # Gadre et al.
    "observational": "1.5",  # reaches, where the lean is cut
    "pass_until": "5%",  # an error that draws are planned for
    "path_constants": "60% 72% 88% .9 .9",  # bars, what a version before held, centres and a weight that were tried
    "rectified": "1.6 7.2",  # million examples, the supposed point's weight
    "saturating": ".5 .003 .001",  # an exponent for scale, learning rates
    "schedules": ".3",  # what a prior may be worth
    "stop_rule": "5%",  # the rule's threshold
    "trained_schedules": "1% .316 1% 1% .9",  # bars set before, a schedule's factor
}
_TABLE = re.compile(r"<!-- \w+ of \w+\.json -->\n.*?<!-- end -->", re.DOTALL)
_RANGE = re.compile(r"(?<![\w.,])(\d*\.?\d+) (to|and|or) (\d*\.?\d+)%")
_FIGURE = re.compile(r"(?<![\w.,^])(?:0(?=\.))?((?:\d[\d,]*)?(?:\.\d+)?%?)(?!\w)")


def figures(text: str) -> list[str]:
    """Every number with a decimal point or a percent sign, without its sign; of "3.8 to 4%" both are in percent."""
    found = (match.group(1).replace(",", "") for match in _FIGURE.finditer(_RANGE.sub(r"\1% \2 \3%", text)))
    return [one for one in found if "." in one or one.endswith("%")]


def untabled(text: str, tables: str) -> list[str]:
    """Figures of a text's prose that no table has, in their order."""
    known = LEVELS | set(figures(tables))
    return [one for one in figures(without_tables(text)) if one not in known]


def tables_of(text: str) -> str:
    return "\n".join(_TABLE.findall(text))


def without_tables(text: str) -> str:
    return _TABLE.sub("", text)


def of_page(text: str) -> list[str]:
    """Of a page that has tables written from raw numbers."""
    tables = tables_of(text)
    return untabled(text, tables) if tables else []


def of_lines(lines: Iterable[str]) -> list[str]:
    """The same of lines, each held to the tables of the pages that it names."""
    pages = {page.name: page for page in HERE.glob("*.md")}
    found: list[str] = []
    for line in lines:
        named = [pages[name].read_text("utf-8") for name in re.findall(r"\w+\.md", line) if name in pages]
        found += untabled(line, "\n".join(map(tables_of, named)))
    return found


def untabled_by_page() -> dict[str, str]:
    """Of every page that has some."""
    texts = {page.stem: page.read_text("utf-8") for page in sorted(HERE.glob("*.md"))}
    found = {name: of_page(text) for name, text in texts.items()}
    found["README"] = of_lines(texts["README"].splitlines())
    return {name: " ".join(figures) for name, figures in found.items() if figures}


def main() -> None:
    for page, found in untabled_by_page().items():
        print(f"{page}: {found}")


if __name__ == "__main__":
    main()
