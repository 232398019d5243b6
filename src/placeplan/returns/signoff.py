"""The sign-off sheet: what the director signs, and the issues known on that day, each drawn from the run or the checks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from placeplan.outputs.words import counted, listed
from placeplan.problems import rules
from placeplan.returns.basis import CAPACITY_CENSUS, Basis
from placeplan.returns.build import Return
from placeplan.returns.checkkinds import ERROR, Found, kinds
from placeplan.returns.planned import left_out

TO_FILL = ("Director of Children's Services (name)", "Role", "Date", "Signature", "Prepared by", "Checked by")
COLUMNS = ("topic", "text")
CENTRAL = "central"


def signoff_frame(basis: Basis, made: Return, found: Sequence[Found]) -> pd.DataFrame:
    """Return the sheet as pairs of topic and text: boxes to fill in, what is signed, known issues."""
    story = basis.story
    rows = [(topic, "") for topic in TO_FILL]
    rows += [
        ("Authority", basis.project.authority.name),
        ("Survey year", str(made.layout.wanted)),
        ("Base year", f"{basis.base_year}, {basis.project.census.capitalize()} census"),
        ("Scenario", basis.scenario),
        ("Made from", f"placeplan {story.get('version')}, run of {story.get('started', '')[:10]}, seed {story.get('seed')}"),
    ]  # fmt: skip
    rows += [("Totals", words) for words in _totals(made)]
    rows += [("Known issue", words) for words in known_issues(basis, made, found)]
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)


def _totals(made: Return) -> Iterator[str]:
    capacity, forecasts = made.parts["capacity"], made.parts["forecasts"]
    for phase, rows in capacity.groupby("phase", sort=False):
        known, total = int(rows["capacity"].notna().sum()), float(rows["capacity"].sum())
        yield f"Capacity, {phase}: {total:,.0f} in {known} of {counted(len(rows), 'row')}; on roll {rows['roll'].sum():,.0f}"
    for phase, rows in forecasts.groupby("phase", sort=False):
        for year in sorted({rows["academic_year"].min(), rows["academic_year"].max()}):
            pupils = rows.loc[rows["academic_year"] == year, "pupils"].sum()
            yield f"Forecast, {str(phase).replace('_', ' ')}, {year}: {pupils:,.0f} pupils"
    planned = made.parts["planned_places"]
    sums = {name: planned[name].sum() for name in ("additional", "bulge", "removed")}
    yield "Planned places: " + ", ".join(f"{name} {count:,.0f}" for name, count in sums.items())


def known_issues(basis: Basis, made: Return, found: Sequence[Found]) -> Iterator[str]:
    """Yield what whoever signs should know, one sentence each."""
    layout = made.layout
    if layout.survey != layout.wanted:
        yield f"There is no layout for the survey of {layout.wanted}; that of {layout.survey} was used."
    if basis.scenario != CENTRAL:
        yield (
            f"The forecasts are those of the scenario {basis.scenario}; capacity and planned places are those of the tables."
        )
    doubtful = sum(field.confidence == "low" for part in layout.parts.values() for field in part.fields)
    yield (
        f"{counted(doubtful, 'column')} of the layout rest on general knowledge of the return; "
        "compare the headings with this year's template."
    )
    for code, count in _open_counts(found):
        words = "to mend" if kinds()[code].severity == ERROR else "without an explanation"
        yield f"{kinds()[code].title}: {count} {words}."
    if basis.census != CAPACITY_CENSUS:
        census = basis.census.capitalize()
        yield f"Rolls beside capacity are of the {census} census: no May roll of {basis.base_year} is given."
    if not made.parts["forecasts"]["contributions"].sum():
        yield "No pupils stand in contribution-funded places."
    if made.parts["specialist_forecasts"].empty:
        yield "There are no specialist forecasts: the run has none (send_forecast.csv)."
    for reason, changes in left_out(basis, layout).items():
        yield f"Planned changes left out, {reason}: {listed(changes, 12)}."
    if basis.changed:
        yield f"These tables are not those that the run used: {listed(list(basis.changed), 12)}."
    yield from _warnings(basis)


def _open_counts(found: Sequence[Found]) -> Iterator[tuple[str, int]]:
    for code in kinds():
        count = sum(one.check == code and one.is_open for one in found)
        if count:
            yield code, count


def _warnings(basis: Basis) -> Iterator[str]:
    findings = basis.frames.get("findings")
    if findings is None or findings.empty:
        return
    warned = findings[findings["severity"] == "warning"]
    for rule, rows in warned.groupby("rule", sort=False):
        title = rules()[str(rule)].title if str(rule) in rules() else str(rule)
        yield f"Warning of the run: {title} ({len(rows)})."
