"""The method statement, every sentence drawn from what the run really did, its tables or the return.

Nothing is said that the run does not bear out: a part for which it has nothing says so, or is not there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from placeplan.accuracy import alarms, authority_errors, with_bands
from placeplan.frames import TOTAL
from placeplan.outputs.report_accuracy import signed_percent
from placeplan.outputs.words import PHASE_WORDS, counted, day_words, listed, number, percent, signed
from placeplan.problems import rules
from placeplan.returns.basis import Basis
from placeplan.returns.build import Return
from placeplan.returns.planned import left_out
from placeplan.story import METHOD_WORDS
from placeplan.tables import rows_of
from placeplan.words import group_words
from placeplan.years import AcademicYear, Phase, year_group_label

HEADING, SUBHEADING, TEXT, BULLETS, TABLE = "heading", "subheading", "text", "bullets", "table"
METHOD_TOPICS = (
    "History",
    "Ratios",
    "Years that count for less",
    "Reception",
    "Children under five",
    "Control totals",
    "Uncertainty",
)
MOVEMENT_TOPICS = ("Year 7", "Offers for the coming September")
LEAST_TOLD = 0.05
"""Methods of a smaller weight are not named."""


@dataclass(frozen=True)
class Block:
    """A piece of the statement: ``text`` of headings and paragraphs, ``items`` of lists, ``rows`` (head first) of tables."""

    kind: str
    text: str = ""
    items: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


def statement(basis: Basis, made: Return, backtest: Path | None = None) -> list[Block]:
    """Return the statement of a run and the return made from it; ``backtest``: a folder of ``placeplan backtest``."""
    parts = (
        _opening(basis, made), _data(basis), _method(basis), _weights(basis), _movement(basis),
        _sixth_form(basis), _housing(basis, made), _adjustments(basis), _accuracy(basis), _backtest(backtest),
        _places(basis, made), _changes(basis), _weaknesses(basis),
    )  # fmt: skip
    return [block for part in parts for block in part]


def _opening(basis: Basis, made: Return) -> Iterator[Block]:
    story = basis.story
    yield Block(HEADING, f"Forecast method statement, School Capacity return {made.layout.wanted}")
    horizon = ", ".join(
        f"{PHASE_WORDS[phase].lower()} {counted(int(basis.project.horizon[phase]), 'year')}"
        for phase in Phase
        if len(_area_totals(basis, phase))
    )
    code = f" ({basis.project.authority.la_code})" if basis.project.authority.la_code else ""
    yield Block(
        TEXT,
        f"{basis.project.authority.name}{code}. Base year {basis.base_year}, "
        f"{basis.project.census.capitalize()} census; forecast ahead: {horizon}. Made with placeplan {story['version']} on "
        f"{day_words(str(story['started'])[:10])}; scenario {basis.scenario}, seed {story['seed']}, "
        f"{int(story['simulations']):,} simulations.",
    )
    yield Block(
        TEXT, "Drafted from the run itself: read it, and add what the authority knows and the run does not."
    )


def _data(basis: Basis) -> Iterator[Block]:
    yield Block(SUBHEADING, "Data")
    rows = [("Table", "File", "Covers", "Rows")]
    for table, source in sorted(basis.inputs.sources.items()):
        if table in basis.inputs.tables:
            frame = basis.inputs.table(table)
            rows.append((table.replace("_", " "), source.name, _covers(frame), number(len(frame))))
    yield Block(TABLE, rows=tuple(rows))
    if basis.changed:
        yield Block(TEXT, f"Since the run these tables have changed: {listed(list(basis.changed), 20)}.")


def _covers(frame: pd.DataFrame) -> str:
    for column in ("academic_year", "birth_year", "start_year", "made_in"):
        if column in frame and frame[column].notna().any():
            first, last = int(frame[column].min()), int(frame[column].max())
            years = (
                str(AcademicYear(first))
                if first == last
                else f"{AcademicYear(first)} to {AcademicYear(last)}"
            )
            return f"{column.replace('_', ' ')} {years}"
    for column in ("date", "snapshot"):
        if column in frame and frame[column].notna().any():
            first_day, last_day = (
                pd.Timestamp(day).date() for day in (frame[column].min(), frame[column].max())
            )
            return f"{day_words(first_day.isoformat(), True)} to {day_words(last_day.isoformat(), True)}"
    return ""


def _method(basis: Basis) -> Iterator[Block]:
    said = basis.story["methods"]
    yield Block(SUBHEADING, "Method")
    yield Block(BULLETS, items=tuple(f"{topic}: {said[topic]}" for topic in METHOD_TOPICS if topic in said))


def _weights(basis: Basis) -> Iterator[Block]:
    made = basis.frames.get("methods")
    if made is None or made.empty:
        return
    near = made[made["years_ahead"].astype(int) == 1]
    rows = [("Phase", "Into", "Method", "Weight", "Error in earlier years", "Earlier years")]
    for row in rows_of(near):
        error = float(row.error) if str(row.error) not in ("", "nan") else float("nan")
        weight = float(row.weight)
        if weight >= LEAST_TOLD:
            words = "–" if error != error else percent(100 * error)
            rows.append(
                (PHASE_WORDS[Phase(row.phase)], str(row.transition).replace("_", " "), str(row.method).replace("_", " "),
                 f"{100 * weight:.0f}%", words, str(row.origins))
            )  # fmt: skip
    judged = (near["origins"].astype(int) > 0).any()
    how = "by their errors in the earlier years that could be judged"
    how = how if judged else "equal, because no earlier year could be judged"
    yield Block(TEXT, f"Weights of the methods one year ahead (5% or more), {how}:")
    yield Block(TABLE, rows=tuple(rows))
    used = dict.fromkeys(str(row.method) for row in rows_of(near) if float(row.weight) >= LEAST_TOLD)
    told = [name for name in used if name in METHOD_WORDS and "{" not in METHOD_WORDS[name]]
    sentences = [f"{name.replace('_', ' ').capitalize()}: {METHOD_WORDS[name]}." for name in told]
    yield Block(BULLETS, items=tuple(sentences))


def _movement(basis: Basis) -> Iterator[Block]:
    said = basis.story["methods"]
    sentences = [str(said[topic]) for topic in MOVEMENT_TOPICS if topic in said]
    if sentences:
        yield Block(SUBHEADING, "Movement")
        yield Block(BULLETS, items=tuple(sentences))


def _area_totals(basis: Basis, phase: Phase) -> pd.DataFrame:
    frame = basis.frames["forecast"]
    mine = (frame["geography"] == "authority") & (frame["scenario"] == basis.scenario)
    return frame[mine & (frame["phase"] == phase.value) & (frame["year_group"] == TOTAL)]


def _sixth_form(basis: Basis) -> Iterator[Block]:
    rows = _area_totals(basis, Phase.SIXTH_FORM)
    yield Block(SUBHEADING, "Sixth form")
    if rows.empty:
        yield Block(TEXT, "No sixth form is forecast: no pupils are on roll above Year 11.")
        return
    first, last = rows.iloc[0], rows.iloc[-1]
    yield Block(
        TEXT,
        f"Sixth forms are forecast in the secondary area of their school: {number(float(first['pupils']))} pupils in "
        f"{first['academic_year']}, {number(float(last['pupils']))} in {last['academic_year']}.",
    )


def _homes(basis: Basis) -> Iterator[str]:
    """Say what the run took of the new homes, and how what the history holds already was kept apart."""
    sites = basis.frames.get("housing_pupils")
    if sites is not None and not sites.empty:
        sites = sites[(sites["scenario"] == basis.scenario) & (sites["phase"] == Phase.PRIMARY.value)]
        homes, above = (float(sites[name].sum()) for name in ("dwellings", "dwellings_above_usual"))
        years = sorted(set(sites["academic_year"]))
        if years:
            yield (
                f"The table housing has {number(homes)} homes completed in the years whose pupils come in {years[0]} to "
                f"{years[-1]}. Weighed by the certainty of each site, {number(above)} of them are above the usual building "
                "of their area as past_completions gives it; only these add pupils, so that none is counted twice."
            )
    yield from _findings_of(basis, "housing-usual-unknown")


def _adds_homes(totals: pd.DataFrame) -> bool:
    return bool(totals["housing"].astype(float).abs().sum() > 0)


def _findings_of(basis: Basis, rule: str) -> list[str]:
    findings = basis.frames.get("findings")
    if findings is None or findings.empty:
        return []
    return [_sentence(str(words)) for words in findings.loc[findings["rule"] == rule, "message"]]


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."


def _housing(basis: Basis, made: Return) -> Iterator[Block]:
    yield Block(SUBHEADING, "Housing")
    sentences = list(_homes(basis))
    for phase in Phase:
        rows = _area_totals(basis, phase)
        if _adds_homes(rows):
            last = rows.iloc[-1]
            sentences.append(
                f"{PHASE_WORDS[phase]}: {number(float(last['housing']))} of {number(float(last['pupils']))} pupils in "
                f"{last['academic_year']} are added for new homes."
            )
    if not any(_adds_homes(_area_totals(basis, phase)) for phase in Phase):
        sentences += ["No pupils are added for new homes."]
    funded = made.parts["forecasts"]["contributions"].sum()
    if funded:
        sentences.append(
            "The return also shows apart the pupils for whom places are secured by contributions."
        )
    yield Block(TEXT, " ".join(sentences))


def _adjustments(basis: Basis) -> Iterator[Block]:
    yield Block(SUBHEADING, "Adjustments")
    frame = basis.frames["forecast"]
    applied = float(frame.loc[frame["scenario"] == basis.scenario, "adjustment"].abs().sum()) > 0
    held = basis.frames.get("adjustments_register")
    if held is None or held.empty or not applied:
        said = (
            "No adjustment by hand is in the forecast."
            if not applied
            else "The forecast holds adjustments by hand."
        )
        yield Block(TEXT, said)
        return
    held = held[(held["scenario"] == basis.scenario) & held["amount"].astype(float).abs().gt(0)]
    rows = [("Adjustment", "Year", "Where", "Year group", "Reason", "By, on", "Pupils")]
    names = _names(basis)
    for row in rows_of(held):
        where = str(row.urn or row.area_code)
        rows.append(
            (str(row.adjustment_id), str(row.academic_year), names.get(where, where), group_words(str(row.year_group)),
             str(row.reason), f"{row.role}, {day_words(str(row.made_on), True)}", signed(float(row.amount), 1))
        )  # fmt: skip
    yield Block(TABLE, rows=tuple(rows))


def _names(basis: Basis) -> dict[str, str]:
    """The names of areas and schools by their codes."""
    frame = basis.frames["forecast"]
    named = frame[frame["geography"].isin(["area", "school"])].drop_duplicates("code")
    return dict(zip(named["code"].astype(str), named["name"].astype(str), strict=True))


def _accuracy(basis: Basis) -> Iterator[Block]:
    yield Block(SUBHEADING, "Accuracy of earlier forecasts")
    accuracy = basis.frames.get("accuracy")
    if accuracy is None or accuracy.empty:
        yield Block(TEXT, "No earlier forecasts were given, so nothing is said of their accuracy.")
        return
    errors = with_bands(authority_errors(accuracy))
    rows = [
        ("Phase", "Year", "Made in", "Years ahead", "Forecast", "Came", "Error", "Half of authorities within")
    ]
    for row in rows_of(errors):
        rows.append(
            (PHASE_WORDS[Phase(row.phase)], row.target_year, row.made_in, str(row.horizon), number(float(row.forecast)),
             number(float(row.actual)), signed_percent(float(row.error)),
             "–" if row.p50 != row.p50 else percent(100 * row.p50))
        )  # fmt: skip
    yield Block(
        TEXT, "Error is (forecast − roll) ÷ roll, the scorecard's; above 0 the forecast was too high."
    )
    yield Block(TABLE, rows=tuple(rows))
    for one in alarms(accuracy):
        if one.geography == "authority":
            word = "above" if one.side == "high" else "below"
            yield Block(
                TEXT,
                f"{PHASE_WORDS[Phase(one.phase)]}: every forecast for {one.years[0]} to {one.years[-1]} was {word} the "
                f"roll, by {percent(100 * abs(one.mean))} on average.",
            )


def _backtest(folder: Path | None) -> Iterator[Block]:
    """The authority's mean errors from a folder of ``placeplan backtest``; nothing without one."""
    if folder is None:
        return
    made = pd.read_csv(folder / "backtest_summary.csv")
    own = made[(made["method"] == made["method"].iloc[0]) & (made["geography"] == "authority")]
    rows = [("Phase", "Years ahead", "Forecasts", "Mean error", "Bias", "Held by 80% ranges")]
    for row in rows_of(own):
        held = "–" if row.coverage80 != row.coverage80 else f"{100 * row.coverage80:.0f}%"
        rows.append(
            (PHASE_WORDS[Phase(row.phase)], str(row.horizon), str(row.n), percent(100 * row.mape),
             signed_percent(row.bias), held)
        )  # fmt: skip
    yield Block(SUBHEADING, "Backtest")
    yield Block(
        TEXT,
        "The same method, given only what was known in earlier years, beside the authority's rolls that came:",
    )
    yield Block(TABLE, rows=tuple(rows))


def _places(basis: Basis, made: Return) -> Iterator[Block]:
    yield Block(SUBHEADING, "Places")
    planned = made.parts["planned_places"]
    sums = [f"{name} {number(planned[name].sum())}" for name in ("additional", "bulge", "removed")]
    items = [
        f"Planned places in the next {counted(made.layout.years['planned_places'], 'year')}, all year groups: "
        f"{', '.join(sums)}.",
        *(f"Left out, {why}: {listed(names, 12)}." for why, names in left_out(basis, made.layout).items()),
    ]
    yield Block(BULLETS, items=tuple(items))


def _changes(basis: Basis) -> Iterator[Block]:
    """The authority's totals beside last year's forecast for the same years and areas."""
    last = int(basis.base_year) - 1
    table = basis.inputs.table("previous_forecasts")
    table = table[
        (table["made_in"] == last) & (table["academic_year"] > basis.base_year) & (table["area_code"] != "")
    ]
    yield Block(SUBHEADING, "Changes since last year")
    if table.empty:
        yield Block(TEXT, f"No forecast made in {AcademicYear(last)} was given to compare with.")
        return
    frame = basis.frames["forecast"]
    frame = frame[
        (frame["geography"] == "area")
        & (frame["scenario"] == basis.scenario)
        & (frame["year_group"] != TOTAL)
    ]
    then = table.assign(
        academic_year=[str(AcademicYear(int(year))) for year in table["academic_year"]],
        year_group=[year_group_label(int(group)) for group in table["year_group"]],
    )
    keys = ["code", "academic_year", "year_group"]
    then = then.rename(columns={"area_code": "code", "pupils": "then"})[[*keys, "then"]].dropna()
    both = frame.merge(then, on=keys, how="inner")
    rows = [("Phase", "Year", f"Forecast of {AcademicYear(last)}", "Forecast now", "Change")]
    for (phase, year), part in both.groupby(["phase", "academic_year"], sort=False):
        before, now = float(part["then"].sum()), float(part["pupils"].sum())
        rows.append(
            (
                PHASE_WORDS[Phase(str(phase))],
                str(year),
                number(before),
                number(now),
                signed_percent(now / before - 1),
            )
        )
    yield Block(TABLE, rows=tuple(rows))


def _weaknesses(basis: Basis) -> Iterator[Block]:
    yield Block(SUBHEADING, "Known weaknesses")
    items = list(_widest(basis))
    findings = basis.frames.get("findings")
    if findings is not None and not findings.empty:
        warned = findings[findings["severity"] == "warning"]
        for rule, rows in warned.groupby("rule", sort=False):
            title = rules()[str(rule)].title if str(rule) in rules() else str(rule)
            items.append(f"{title} ({len(rows)}).")
    yield Block(BULLETS, items=tuple(items))


def _widest(basis: Basis, most: int = 3) -> Iterator[str]:
    """The areas whose totals in the last year are least sure."""
    frame = basis.frames["forecast"]
    mine = (
        (frame["geography"] == "area")
        & (frame["scenario"] == basis.scenario)
        & (frame["year_group"] == TOTAL)
    )
    for phase in (Phase.PRIMARY, Phase.SECONDARY):
        rows = frame[mine & (frame["phase"] == phase.value)]
        rows = rows[rows["academic_year"] == rows["academic_year"].max()]
        pupils = rows["pupils"].to_numpy(float)
        if not len(rows) or "p10" not in rows or rows["p10"].isna().all():
            continue
        width = np.where(
            pupils > 0, (rows["p90"] - rows["p10"]).to_numpy(float) / np.maximum(pupils, 1.0), 0.0
        )
        order: Sequence[int] = np.argsort(-width, kind="stable")[:most].tolist()
        named = [
            f"{rows['name'].iloc[at]} ({number(float(rows['p10'].iloc[at]))} to {number(float(rows['p90'].iloc[at]))})"
            for at in order
        ]
        yield f"{PHASE_WORDS[phase]}, least sure in {rows['academic_year'].iloc[0]} (80% range): {listed(named)}."
