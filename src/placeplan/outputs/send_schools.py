"""The part of send.md on alternative provision and on schools: months, fair share, the view of a panel, who waited."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from placeplan.datafiles import data_rows
from placeplan.outputs.funnel_chart import funnel_chart
from placeplan.outputs.marks import picture, table
from placeplan.outputs.words import PHASE_WORDS, chance, counted, day_words, listed, markdown, number, share
from placeplan.tables import rows_of
from placeplan.words import group_words
from placeplan.years import Phase

Frames = Mapping[str, pd.DataFrame]
HIDDEN = "hidden"
KIND_WORDS = {
    "plan": "Pupils with a plan",
    "in_year": "In-year admissions",
    "fair_access": "Fair-access admissions",
    "managed_move": "Managed moves",
    "permanent_exclusion": "Permanent exclusions",
}
REASON_WORDS = {
    "permanent_exclusion": "Permanent exclusions",
    "medical": "Medical referrals",
    "other": "Other",
    "total": "All",
}


def phase_name(phase: str) -> str:
    """Write a phase, or all of them together."""
    return "All phases" if phase == "all" else PHASE_WORDS[Phase(phase)]


def funnels(frames: Frames) -> dict[str, str]:
    """Return the charts of send.html by name."""
    made = {}
    for (phase, kind), rows in frames["send_fair_share"].groupby(["phase", "kind"], sort=False):
        name = f"funnel-{phase}-{kind}".replace("_", "-")
        drawn = funnel_chart(name, f"{phase_name(str(phase))}: {KIND_WORDS[str(kind)].lower()}", rows)
        if drawn is not None:
            made[name] = drawn
    return made


def alternative_part(frames: Frames) -> Iterator[str]:
    """Give who enters alternative provision, the months of next year against places, and a collective approach."""
    entries, needs = frames["send_ap_entries"], frames["send_alternative"]
    if entries.empty:
        return
    yield "## Alternative provision"
    yield (
        "Entries of a usual year, and what became of those of the years counted. A pupil is counted where they entered: who "
        "stays on the roll of a school as well is counted once here, and within that school's roll there. Only residents "
        "whose plan names alternative provision go into the return."
    )
    yield table(
        [
            "Phase and reason",
            "A year",
            "Counted",
            "With a plan",
            "Without",
            "On two rolls",
            "Returned",
            "Mean weeks",
        ],
        (_entered(row) for row in rows_of(entries[entries["month"] == "total"])),
    )
    if needs.empty:
        return
    first = needs[needs["academic_year"] == needs["academic_year"].min()]
    yield (
        f"Pupils who need a place in {first['academic_year'].iloc[0]}, month by month; it fills as the year goes on. With a "
        "plan: the larger of those whose plan names alternative provision and those with a plan among the entries, because "
        "both count the same children."
    )
    usual = first[first["scenario"] == "usual"]
    months = list(dict.fromkeys(usual["month"]))[:11]
    rows = []
    for phase, own in usual.groupby("phase", sort=False):
        at = own.set_index("month")
        rows.append([phase_name(str(phase)), *(number(float(at.loc[month, "pupils"])) for month in months)])
    yield table(["Phase", *(month[:3] for month in months)], rows)
    yield from collective_words(frames["send_collective"])


def _entered(row: Any) -> list[str]:
    numbers = (row.entries, row.with_plan, row.without_plan, row.dual_registered, row.returns, row.mean_weeks)
    name = f"{phase_name(row.phase)}: {REASON_WORDS[row.reason].lower()}"
    return [name, _or_hidden(row.a_year, 1), *(_or_hidden(one, 0) for one in numbers)]


def collective_words(frame: pd.DataFrame) -> Iterator[str]:
    """Give the peak month against places, and what fewer exclusions would do."""
    given = frame["fall"].notna().any()
    head = [
        "Phase",
        "Peak month",
        "Needed",
        "Places",
        "Chance of shortfall",
        "Fall of exclusions that suffices",
    ]
    head += ["Needed after", "Chance after"] if given else []
    rows = []
    for row in rows_of(frame):
        known = row.probability_of_shortfall == row.probability_of_shortfall
        needed = "none needed" if row.fall_needed == 0 else share(row.fall_needed)
        cells = [
            phase_name(row.phase), f"{row.month} {row.academic_year}", number(row.pupils), number(row.places),
            chance(row.probability_of_shortfall), needed if known else "–",
        ]  # fmt: skip
        rows.append([*cells, *([number(row.pupils_after), chance(row.probability_after)] if given else [])])
    yield "### The fullest month, and a collective approach"
    yield table(head, rows, text_columns=2)
    evidence = next(row for row in data_rows("ap_collective.csv") if row["name"] == "exclusions_fall")
    falls = (
        f"Schools act together and permanent exclusions fall by {share(float(frame['fall'].max()))}, as the project file "
        "says."
        if given
        else f"{evidence['source']}; the table then shows what comes of it."
    )
    yield (
        f"{falls} *Fall that suffices*: for a chance of shortfall of 1 in 5 in the fullest month; – where no fall of "
        "exclusions reaches that, or places are not known by phase."
    )


def school_part(frames: Frames) -> Iterator[str]:
    """Give the fair share between schools, the view of a placement panel, and days without a school."""
    shares = frames["send_fair_share"]
    if not shares.empty:
        yield "## Fair share between schools"
        yield (
            "Each school beside what its pupils by year group, its district and its phase lead one to expect. The limits "
            "are exact and hold for small schools; they are wider where schools differ by more than chance (dispersion). "
            "Chance leaves 2 schools in 1,000 beyond the outer ones. It is no league table: a school beyond a limit is a "
            "question, not an answer, and what the tables do not hold (deprivation, parents' choice, places that were "
            "free) is not taken into account."
        )
        kinds = shares.groupby(["phase", "kind"], sort=False)
        rows = [_share_row(str(key[0]), str(key[1]), own) for key, own in kinds]
        yield table(
            ["Phase", "What", "In all", "Schools", "Above", "Below", "Hidden", "Dispersion"],
            rows,
            text_columns=2,
        )
        yield from (picture(name, _alt(name)) for name in funnels(frames))
        yield _beyond(shares[shares["reading"].isin(["above", "below"])])
    yield from panel_part(frames)


def _alt(name: str) -> str:
    _, phase, kind = name.split("-", 2)
    return f"Funnel: {KIND_WORDS[kind.replace('-', '_')].lower()}, {phase}"


def _share_row(phase: str, kind: str, own: pd.DataFrame) -> list[str]:
    whole = float(own["expected"].sum()) if own["expected"].notna().any() else float("nan")
    reading = own["reading"].value_counts()
    return [
        phase_name(phase), KIND_WORDS[kind], _or_hidden(whole, 0), number(len(own)),
        *(number(int(reading.get(name, 0))) for name in ("above", "below")),
        number(int((own["suppressed"] == "yes").sum())), _or_hidden(float(own["dispersion"].iloc[0]), 1),
    ]  # fmt: skip


def _beyond(rows: pd.DataFrame) -> str:
    if rows.empty:
        return "No school whose count may be shown lies beyond the outer limits."
    cells = [
        [
            markdown(row.school_name), phase_name(row.phase), KIND_WORDS[row.kind], number(row.count),
            number(row.expected, 1), f"{number(row.low)} to {number(row.high)}", row.reading,
        ]
        for row in rows_of(rows.sort_values("urn"))
    ]  # fmt: skip
    head = ["School", "Phase", "What", "Number", "Expected", "Outer limits", "Reading"]
    return table(head, cells, text_columns=3)


def panel_part(frames: Frames) -> Iterator[str]:
    """Give places and fair-access admissions, and days from application to place."""
    panel, waits = frames["send_panel"], frames["send_waiting"]
    if panel.empty:
        return
    yield "## For a placement panel"
    up_to = day_words(str(panel["up_to"].iloc[0]))
    yield (
        f"Admissions up to {up_to}, the last in the table; run it again every fortnight. Free places are those of the "
        "January census of the base year. send_panel.csv has every school and year group, its fair-access admissions of "
        "the last two weeks and twelve months, and its own share beside its share of pupils. Here: schools with free "
        "places by year group."
    )
    groups = panel[(panel["year_group"] != "total") & panel["free"].notna()]
    rows = []
    for (phase, group), own in groups.groupby(["phase", "year_group"], sort=False):
        free = own[own["free"] >= 1]
        rows.append([f"{phase_name(str(phase))} {group_words(str(group))}", number(len(own)), number(len(free)),
                     number(float(free["free"].sum()))])  # fmt: skip
    yield table(["Year group", "Schools", "with a free place", "Free places"], rows)
    if not waits.empty:
        yield "### Days without a school"
        yield (
            "Mean days from application to place, by area, of the last twelve months. The table does not say who had "
            "another school meanwhile. send_waiting.csv has them by year group."
        )
        whole = waits[(waits["year_group"] == "total")]
        wide = {
            (str(phase), str(area)): {row.kind: row for row in rows_of(own)}
            for (phase, area), own in whole.groupby(["phase", "area_code"], sort=False)
        }
        rows = [
            [phase_name(phase), markdown(area) if area != "total" else "All areas", *_waited(found.get("fair_access")),
             *_waited(found.get("in_year"))]
            for (phase, area), found in wide.items()
        ]  # fmt: skip
        yield table(["Phase", "Area", "Fair access", "Days", "In-year", "Days"], rows, text_columns=2)


def _waited(row: Any) -> list[str]:
    if row is None:
        return ["0", "–"]
    return [_or_hidden(row.admissions, 0), "–" if row.mean_days != row.mean_days else number(row.mean_days)]


def _or_hidden(value: float, decimals: int) -> str:
    return HIDDEN if value != value else number(value, decimals)


def disclosure_words(frames: Frames, lowest: float) -> str:
    """Say what is hidden, or that nothing is: counts from 1 to below ``lowest``."""
    if lowest <= 1:
        return (
            "**Small counts are shown** (`--small-counts`): schools and alternative provision stand here as they are. For "
            "your own eyes; do not pass it on."
        )
    names = ("send_fair_share", "send_panel", "send_waiting", "send_ap_entries")
    told = [
        f"{counted(int((frames[name]['suppressed'] == 'yes').sum()), 'row')} of {name}.csv"
        for name in names
        if not frames[name].empty
    ]
    others = (
        "for the authority and its returns: nothing is hidden in them, so do not publish them as they are."
    )
    if not told:
        return f"All files are {others}"
    return (
        f"Counts from 1 to {number(lowest - 1)}, and what would give them away, are hidden in {listed(told)}. What is "
        "worked out from them (send_alternative.csv, send_collective.csv, expected numbers and limits) rests on sums that "
        f"may be shown. All other files are {others}"
    )
