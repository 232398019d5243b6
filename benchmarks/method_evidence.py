"""Write the evidence tables of docs/method.md from the bundled data.

Run: python benchmarks/method_evidence.py (about eight minutes)
The tables stand between markers, <!-- evidence: NAME --> and <!-- end of evidence -->; the rest of the page stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import accuracy_england
import accuracy_maryland
import coverage
from common import ENGLAND, evidence, maryland

PAGE = Path(__file__).resolve().parent.parent / "docs" / "method.md"
METHODS: dict[str, dict[str, object]] = {
    "combined (default)": {},
    "local_level": {"method": "local_level"},
    "quick_level": {"method": "quick_level"},
    "smoothing": {"method": "smoothing"},
    "damped_trend": {"method": "damped_trend"},
    "median_survival, 5 years": {"ratios": {"method": "median_survival", "years": 5}},
    "cohort_survival, 3 years, 2020/21 left out": {"ratios": {"method": "cohort_survival", "years": 3}},
    "cohort_survival, 3 years, every year": {"ratios": {"weights": [1, 1, 1], "leave_out": []}},
}


def england() -> str:
    """Errors of the methods beside the councils' own."""
    rows = []
    for name, choices in METHODS.items():
        shown = accuracy_england.summary(accuracy_england.cases(**choices))
        rows.append((name, f"{accuracy_england.relative_error(shown):.3f}", f"{shown['closer'].mean():.1%}"))
    return _table(["Method", "Error relative to the councils'", "Closer than the council"], rows)


def england_cases() -> str:
    """Errors of the default by test."""
    shown = accuracy_england.summary(accuracy_england.cases()).reset_index()
    rows = [
        (row.target_year, str(row.horizon), row.phase, *(f"{value:.2%}" for value in (row.ours, row.theirs)),
         f"{row.bias:+.2%}".replace("-", "−"), f"{row.closer:.0%}")
        for row in shown.itertuples(index=False)
    ]  # fmt: skip
    head = [
        "Outcome",
        "Years ahead",
        "Phase",
        "placeplan",
        "Councils",
        "placeplan's bias",
        "Closer than the council",
    ]
    return _table(head, rows)


def small_areas() -> str:
    """Errors of single schools relative to plain survival."""
    rows = []
    for name, choices in (("combined (default)", {}), ("local_level", {"method": "local_level"})):
        for period, bases in accuracy_maryland.PERIODS.items():
            found = accuracy_maryland.relative(bases, **choices)
            rows += [
                (name, period, str(ahead), f"{found['wape'][ahead]:.1%}", f"{found['to same intake'][ahead]:.3f}",
                 f"{found['to plain survival'][ahead]:.3f}")
                for ahead in (1, 3, 5)
            ]  # fmt: skip
    head = [
        "Method",
        "Base years",
        "Years ahead",
        "Error (WAPE)",
        "To survival, same intake",
        "To survival throughout",
    ]
    return _table(head, rows)


def ranges() -> str:
    """Coverage of the 80% ranges."""
    rows = []
    for name, sources in (
        ("England", [evidence(ENGLAND, simulations=500)]),
        ("Maryland", maryland(simulations=500)),
    ):
        found = coverage.held(sources, coverage.BASES[name.lower()])
        for what in ("totals", "year groups", "authority"):
            cells = found.loc[what]
            shares = [f"{cells['held'][ahead]:.0%}" for ahead in (1, 2, 3, 4, 5, "all")]
            rows.append((name, what, *shares, f"{int(cells['cases']['all']):,}"))
    return _table(["Data", "What", "1", "2", "3", "4", "5", "All", "Cases"], rows)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def filled(page: str, name: str, content: str) -> str:
    """Return the page with a table put between its markers."""
    pattern = rf"(<!-- evidence: {name} -->\n).*?(<!-- end of evidence -->)"
    found, count = re.subn(pattern, lambda match: f"{match[1]}{content}\n{match[2]}", page, flags=re.DOTALL)
    if count != 1:
        raise SystemExit(f"{PAGE} has {count} places for the table {name}")
    return found


def main() -> None:
    tables = {
        "england": england,
        "england cases": england_cases,
        "small areas": small_areas,
        "ranges": ranges,
    }
    for name, make in tables.items():
        page = filled(PAGE.read_text(encoding="utf-8"), name, make())
        PAGE.write_text(page, encoding="utf-8", newline="\n")
        print(f"{name}: done", flush=True)


if __name__ == "__main__":
    main()
