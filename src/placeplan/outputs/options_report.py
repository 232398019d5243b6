"""Writing the options: their tables, options.md and options.html, the workbook, run.json; whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from placeplan import __version__
from placeplan.options.lay_out import option_frames, price_of_acting_apart
from placeplan.options.make import OptionsMade
from placeplan.options.reduction import ALONE, TOGETHER, Reduction
from placeplan.options.weigh import CRITERIA, Weighed
from placeplan.outputs.csvfiles import write_csv
from placeplan.outputs.folder import RUN_FILE, written_whole
from placeplan.outputs.html import report_html
from placeplan.outputs.marks import bullets, table
from placeplan.outputs.options_book import write_options_book
from placeplan.outputs.options_words import (
    BLANK,
    by_trouble,
    chances_words,
    nothing_words,
    phase_words,
    places_words,
    plan_sentences,
    pounds,
    revenue_words,
    school_words,
    spares_words,
    trouble_name,
    trouble_words,
)
from placeplan.outputs.runfile import plain_values, run_story, write_story
from placeplan.outputs.words import chance, counted, listed, markdown, number, percent
from placeplan.results import Result
from placeplan.tables import rows_of
from placeplan.years import AcademicYear, Phase


def write_options(
    made: OptionsMade, findings: pd.DataFrame, folder: Path, command_line: str, started: datetime
) -> dict[str, pd.DataFrame]:
    """Write everything into ``folder``, new, empty, or made before by the same command; return the tables.

    Raises UsageError if the folder may not be replaced; then, and on every other failure, nothing is changed.
    """
    frames = {**option_frames(made), "findings": findings}
    text = options_markdown(made, frames, started)
    title = f"Options: {made.project.authority.name}"
    with written_whole(folder, "options") as beside:
        for name, frame in frames.items():
            write_csv(frame, beside / f"{name}.csv")
        (beside / "options.md").write_text(text, encoding="utf-8", newline="\n")
        (beside / "options.html").write_text(report_html(text, {}, title), encoding="utf-8", newline="\n")
        write_options_book(made, frames, beside / "options.xlsx")
        story = run_story(_as_result(made, frames), "options", command_line, started, datetime.now(UTC))
        write_story(story, beside / RUN_FILE)
    return frames


def options_markdown(
    made: OptionsMade, frames: Mapping[str, pd.DataFrame], made_on: datetime | None = None
) -> str:
    """Return options.md."""
    groups = list(by_trouble(made))
    blocks = [
        f"# What could be done: {markdown(made.project.authority.name)}",
        _what(made, made_on),
        "## Areas in trouble",
        _overview(made, groups) if groups else nothing_words(made),
        "## How options are ranked",
        "Each criterion counts only where all before it are equal. The figures stand in options.csv.",
        "\n".join(f"{place}. {words}" for place, (_, words) in enumerate(CRITERIA, start=1)),
    ]
    if made.plan is not None:
        blocks += _plan(made, made.plan, frames)
    blocks.append("## Options by area")
    for group in groups:
        blocks += _trouble(made, group)
    blocks += ["## What the figures rest on", bullets(_notes(made))]
    return "\n\n".join(block for block in blocks if block) + "\n"


def options_json(made: OptionsMade, frames: Mapping[str, pd.DataFrame], folder: Path) -> dict[str, Any]:
    """Return what ``placeplan options --json`` prints."""
    plan = made.plan
    told: dict[str, Any] = {
        "folder": str(folder),
        "base_year": str(made.setting.base_year),
        "criteria": [name for name, _ in CRITERIA],
        "options": plain_values(frames["options"].to_dict("records")),
    }
    if plan is not None:
        told["plan"] = {
            "target": plan.target,
            "step": plan.step,
            "price_of_acting_apart": plain_values(price_of_acting_apart(plan)),
            **{
                name: {
                    "cut": float(found.cut.sum()), "missing": float(found.missing.sum()),
                    "largest_loss": found.largest_loss, "gap": found.gap, "status": found.status,
                }
                for name, found in plan.plans.items()
            },
        }  # fmt: skip
    return told


def _what(made: OptionsMade, made_on: datetime | None) -> str:
    when = f", made on {made_on.day} {made_on:%B %Y}" if made_on else ""
    years = made.setting.years
    return (
        f"Ten years ahead of {made.setting.base_year}, from {AcademicYear(int(years[0]))} to "
        f"{AcademicYear(int(years[-1]))}. Every option is set beside the same {made.project.simulations:,} draws of "
        "demand. Planned changes that are certain or firm are in all figures; those proposed or talked about stand as "
        f"options of their own. Years marked with * rest on projected births. placeplan {__version__}{when}."
    )


def _overview(made: OptionsMade, groups: list[list[Weighed]]) -> str:
    lines = []
    for group in groups:
        first, trouble = group[0], group[0].trouble
        if not trouble.years.any():
            continue
        area = trouble.area
        lines.append(
            [markdown(area.name), phase_words(area.phase), trouble.kind, markdown(first.candidate.kind.title),
             markdown(school_words(first)), _needed(made, first), chances_words(first), spares_words(first)]
        )  # fmt: skip
    header = [
        "Area",
        "Phase",
        "Trouble",
        "Ranked first",
        "Where",
        "From",
        "Chance of shortfall",
        "Places spare",
    ]
    return table(header, lines, 5)


def _needed(made: OptionsMade, one: Weighed) -> str:
    years = np.flatnonzero(one.trouble.years)
    return BLANK if not len(years) else str(AcademicYear(int(made.setting.years[years[0]])))


def _trouble(made: OptionsMade, group: list[Weighed]) -> list[str]:
    lines = [
        [str(one.rank), markdown(one.candidate.kind.title), markdown(school_words(one)),
         markdown(one.candidate.way.decider), places_words(one),
         str(AcademicYear(one.candidate.start)) if one.candidate.rows or one.candidate.lent else BLANK,
         BLANK if one.candidate.way.earliest is None else one.candidate.way.earliest.isoformat(),
         pounds(one.candidate.cost), chances_words(one), spares_words(one),
         f"{one.criterion('years_short'):.0f} / {one.criterion('years_surplus'):.0f}"]
        for one in group
    ]  # fmt: skip
    header = ["Rank", "Option", "School or area", "Decides", "Places a year group", "Start", "Earliest", "Cost",
              "Chance of shortfall", "Places spare", "Years short / in surplus"]  # fmt: skip
    return [
        f"### {markdown(trouble_name(group[0].trouble))}",
        trouble_words(made, group[0]),
        table(header, lines, 4),
        _by_year(made, group),
        bullets(_reasons(made, one) for one in group[:3]),
    ]


def _by_year(made: OptionsMade, group: list[Weighed]) -> str:
    """Ten years with nothing done and with the option ranked first."""
    first, before = group[0], group[0].trouble.before
    projected = made.setting.first_projected(first.trouble.area)
    lines = [
        [f"{AcademicYear(int(year))}{'*' if place >= projected else ''}", number(before.demand[place]),
         number(before.places[place]), chance(float(before.chance[place])),
         number(first.after.places[place]), chance(float(first.after.chance[place]))]
        for place, year in enumerate(made.setting.years)
    ]  # fmt: skip
    header = ["Year", "Demand", "Places now planned", "Chance of shortfall", "Places, ranked first",
              "Chance, ranked first"]  # fmt: skip
    return table(header, lines)


def _reasons(made: OptionsMade, one: Weighed) -> str:
    risks = "; ".join([*one.candidate.risks, one.candidate.kind.risk])
    facts = "; ".join(one.candidate.facts)
    way = one.candidate.way
    words = [f"**{one.rank}. {markdown(one.candidate.kind.title)}**"]
    words += [markdown(facts)] if facts else []
    words.append(f"route: {markdown(way.route)}")
    words += [f"pupils and revenue: {markdown(said)}" for said in revenue_words(made, one)]
    words.append(f"paid from: {markdown(one.candidate.kind.funding)}")
    words.append(f"risks: {markdown(risks)}")
    return " · ".join(words)


def _plan(made: OptionsMade, plan: Reduction, frames: Mapping[str, pd.DataFrame]) -> list[str]:
    return [
        f"## A fair plan: {percent(100 * plan.target)} spare",
        "\n\n".join(plan_sentences(made, plan)),
        "### What each area reaches",
        _plan_areas(frames["reduction_areas"]),
        "### What each trust gives",
        _plan_trusts(frames["reduction_trusts"]),
        "### What each school gives",
        _plan_schools(frames["reduction"]),
        bullets(markdown(f"Not in the plan: {reason}") for reason in plan.left_out) if plan.left_out else "",
    ]


def _pairs(frame: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Put the two plans beside each other."""
    alone, together = (frame[frame["plan"] == name] for name in (ALONE, TOGETHER))
    return alone.merge(together, on=keys, suffixes=("_alone", "_together"))


def _plan_areas(frame: pd.DataFrame) -> str:
    both = _pairs(frame, ["area_code", "area_name", "phase", "year_group", "start_year", "fullest_intake",
                          "places", "demand", "target", "spare_percent_before", "chance_before"])  # fmt: skip
    lines = [
        [markdown(row.area_name), phase_words(row.phase), row.year_group, row.fullest_intake, number(row.places),
         number(row.demand), percent(row.spare_percent_before), number(row.cut_alone),
         percent(row.spare_percent_after_alone), number(row.cut_together), percent(row.spare_percent_after_together),
         chance(row.chance_after_together)]
        for row in rows_of(both)
    ]  # fmt: skip
    header = ["Area", "Phase", "Year group", "Fullest intake", "Places", "Demand", "Spare", "Cut alone",
              "Spare after", "Cut together", "Spare after", "Chance of shortfall after"]  # fmt: skip
    return table(header, lines, 4)


def _plan_trusts(frame: pd.DataFrame) -> str:
    both = _pairs(frame, ["trust", "schools", "admission_numbers"])
    lines = [
        [markdown(row.trust), str(row.schools), number(row.admission_numbers), number(row.cut_alone),
         number(row.cut_together), percent(100 * row.loss_together)]
        for row in rows_of(both)
    ]  # fmt: skip
    return table(["Trust", "Schools", "Places a year", "Gives alone", "Gives together", "Share"], lines)


def _plan_schools(frame: pd.DataFrame) -> str:
    keys = ["area_code", "phase", "urn", "school_name", "trust", "admission_authority", "year_group", "start_year",
            "admission_number", "least", "offers", "first_preferences"]  # fmt: skip
    both = _pairs(frame, keys)
    both = both[(both["cut_alone"] > 0) | (both["cut_together"] > 0)]
    lines = [
        [markdown(row.school_name), markdown(row.trust) or BLANK, row.admission_authority, row.start_year,
         number(row.admission_number), number(row.offers) if row.offers == row.offers else BLANK,
         number(row.cut_alone), number(row.cut_together), number(row.new_number_together),
         percent(100 * row.loss_together)]
        for row in rows_of(both)
    ]  # fmt: skip
    header = ["School", "Trust", "Admission authority", "From", "Number now", "Offers", "Gives alone",
              "Gives together", "Number then", "Share"]  # fmt: skip
    others = len(frame) // 2 - len(both)
    said = f"{counted(others, 'school')} give nothing in either plan; reduction.csv says why."
    return table(header, lines, 4) + "\n\n" + said if lines else said


def _notes(made: OptionsMade) -> list[str]:
    choice = made.project.options
    rate = made.ways.rate("pupil_revenue", Phase.PRIMARY)
    notes = [
        "Options are judged by admission numbers where an area is in trouble by them, else by the project's measure "
        f"({made.project.places.measure}). A changed admission number leaves assessed capacity as it is; options.csv has "
        "both.",
        "A year is short if the total is short or tight, or if the chance of shortfall of the total or of the year group "
        f"of entry reaches {percent(100 * made.project.status.chance, 0)}.",
        f"Lead times count from {made.ways.on.isoformat()}; months to build come on top ("
        f"{_months(made)}). "
        "An option starts in the September in which it is needed, or in the first that its route allows.",
        "Demand does not react to places. Where a school loses places its pupils move to schools of the area that have "
        "room; where it gains places it takes pupils whom others could not hold. Revenue follows a year late "
        "(options_schools.csv).",
        f"Distances are straight lines between schools times {choice.travel_factor:g} (options.travel_factor).",
    ]
    if rate is not None:
        notes.append(f"Revenue of a primary pupil: {pounds(rate.amount)} a year ({markdown(rate.source)}).")
    for item in ("permanent_place", "temporary_place", "new_school_place"):
        for phase in (Phase.PRIMARY, Phase.SECONDARY):
            found = made.ways.rate(item, phase)
            if found is not None:
                words = item.replace("_", " ")
                notes.append(
                    f"{words.capitalize()}, {phase}: {pounds(found.amount)} ({markdown(found.source)})."
                )
    return notes


def _months(made: OptionsMade) -> str:
    months = made.ways.months_to_build
    return listed([f"{kind.replace('_', ' ')} {count}" for kind, count in months.items()])


def _as_result(made: OptionsMade, frames: Mapping[str, pd.DataFrame]) -> Result:
    """The options as run.json tells them."""
    project = made.project
    settings: dict[str, Any] = {"options": project.options, "criteria": dict(CRITERIA)}
    if made.plan is not None:
        settings["target"] = made.plan.target
    return Result(
        project=project,
        inputs=made.inputs,
        base_year=made.setting.base_year,
        horizon={phase: project.horizon[phase] for phase in Phase},
        scenarios=("central",),
        frames=frames,
        findings=made.findings,
        choices={"Ranking": "; ".join(words for _, words in CRITERIA)},
        settings=settings,
    )
