"""What a pack or paper rests on, in the same words for everyone: authority, run, data and their date, method, version."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from placeplan.outputs.words import day_words, listed, markdown
from placeplan.publishing.profile import ROUND, Profile
from placeplan.publishing.runfolder import RunFolder

METHOD_TOPICS = ("History", "Ratios", "Reception", "Year 7", "Sixth form", "Housing", "Uncertainty", "Places")
CENSUS_MONTH = {"january": ("January", 1), "may": ("May", 1), "october": ("October", 0)}


def made_on(story: Mapping[str, Any]) -> str:
    """Return the day on which the run of a story was made, such as 18 March 2026."""
    try:
        return day_words(datetime.fromisoformat(str(story["finished"])).date().isoformat())
    except (KeyError, ValueError):
        return "a day that its run.json does not tell"


def census_words(run: RunFolder) -> str:
    """Return the census of the base year, such as January 2026."""
    month, later = CENSUS_MONTH.get(
        str(run.story["project"]["choices"].get("census", "january")), ("January", 1)
    )
    return f"{month} {int(run.base_year[:4]) + later}"


def basis_lines(run: RunFolder, profile: Profile | None) -> Iterator[str]:
    """Give the basis as Markdown sentences, one a bullet."""
    code = f" ({markdown(run.la_code)})" if run.la_code else ""
    yield f"**Authority.** {markdown(run.authority)}{code}."
    yield (
        f"**Run.** Made on {made_on(run.story)} with placeplan {markdown(str(run.story.get('version', '')))}, scenario "
        f"{markdown(run.scenario)}, {int(run.story.get('simulations') or 0):,} draws, seed "
        f"{markdown(str(run.story.get('seed', '')))}."
    )
    yield (
        f"**Date of the data.** Base year {run.base_year}: rolls are those of the {census_words(run)} census; all that "
        "comes after it is forecast."
    )
    tables = [markdown(str(one["table"])) for one in run.story.get("inputs") or [] if "table" in one]
    if tables:
        yield f"**Data.** {listed(tables, 40)}; the checksum of each file stands in the run's own record."
    methods = run.story.get("methods") or {}
    for topic in METHOD_TOPICS:
        if topic in methods:
            yield f"**{topic}.** {markdown(str(methods[topic]))}"
    if profile is not None:
        yield f"**Small counts.** {profile_words(profile)}"
    yield "Every pack of this run is made from the same figures in the same way."


def profile_words(profile: Profile) -> str:
    """Say how small counts are treated in what is published."""
    if profile.method == ROUND:
        return (
            f"Pupils are rounded to a multiple of {profile.base}, up or down, so that they still add up; places are not "
            "rounded this way."
        )
    return (
        f"Counts of pupils from 1 to {profile.threshold - 1} are shown as c, and with them what would give them away. "
        "Pupils are whole numbers that add up."
    )
