"""The verdict of a backtest in plain words, each sentence worked out from its figures: (subject, what is said of it)."""

from __future__ import annotations

from itertools import groupby

import pandas as pd

from placeplan.outputs.backtest_charts import GEOGRAPHY_WORDS, method_words, parts, pooled
from placeplan.outputs.words import PHASE_WORDS, counted, listed, percent
from placeplan.results import Backtest
from placeplan.tables import rows_of
from placeplan.years import Phase

Line = tuple[str, str]
BETTER, WORSE = 0.95, 1.05
"""An error within these multiples of another is called about the same."""
NARROW, WIDE = 0.75, 0.85
"""An 80% range that holds a share of outcomes between these means what it says."""
NARROW_AHEAD, WIDE_AHEAD, CASES_AHEAD = 0.70, 0.90, 20
"""The same for single years ahead, which have fewer cases; with fewer than these nothing is said of them."""
TOGETHER = 0.75
"""From this share of areas on the same side a hard year is told as one that moved the areas together."""


def verdict(made: Backtest) -> list[Line]:
    """Return the verdict on the project's own method."""
    return [*_against(made), *_standing(made), *_lean(made), *_holding(made), *_hard_years(made)]


def _phase(name: str) -> str:
    return PHASE_WORDS[Phase(name)].lower()


def _share(value: float) -> str:
    return percent(100 * value, 0)


def _error(value: float) -> str:
    return percent(100 * value, 1)


def _against(made: Backtest) -> list[Line]:
    reference, own = method_words(made.reference), method_words(made.own)
    if made.own == made.reference:
        return [("Beside plain survival.", f"The project's own method is {reference} itself.")]
    table, lines, worse = made.frames["against"], [], []
    for (geography,), rows in parts(table, "geography"):
        said = []
        for row in rows_of(rows):
            how = _compared(row.own, row.reference)
            if how == "worse":
                worse.append(_phase(row.phase))
            said.append(
                f"{_phase(row.phase)} {_error(row.own)} against {_error(row.reference)} ({how}; "
                f"nearer in {_share(row.closer)} of {counted(int(row.n), 'case')})"
            )
        subject = f"Beside plain survival, {GEOGRAPHY_WORDS[geography]}."
        lines.append((subject, f"Mean error of {own} against {reference}: {'; '.join(said)}."))
    if worse:
        phases = listed(list(dict.fromkeys(worse)))
        words = f"For {phases} {own} does worse than {reference}: try others with `--method`, and put the best into "
        lines.append(
            ("What to do.", f"{words}`ratios.method` of the project file, which takes one for each phase.")
        )
    return lines


def _compared(own: float, other: float) -> str:
    if own < BETTER * other:
        return "better"
    return "worse" if own > WORSE * other else "about the same"


def _standing(made: Backtest) -> list[Line]:
    table = made.frames["standing"]
    phrases = []
    for (phase,), rows in parts(table, "phase"):
        found = [
            (counted(int(row.horizon), "year"), _error(row.own), _quarter(row.own, row))
            for row in rows_of(rows)
        ]
        said = []
        for place, group in groupby(found, key=lambda case: case[2]):
            said.append(f"{listed([f'{error} at {years}' for years, error, _ in group])} ({place})")
        phrases.append(f"{_phase(phase)} {', '.join(said)}")
    if not phrases:
        return []
    words = (
        f"Mean error of the authority, set among the published errors of English authorities: "
        f"{'; '.join(phrases)}. Published errors are of single tests in other years, so this is a guide."
    )
    return [("Beside the councils' own forecasts.", words)]


def _quarter(error: float, row: object) -> str:
    p25, p50, p75 = (float(getattr(row, name)) for name in ("p25", "p50", "p75"))
    if error <= p25:
        return "within the best quarter"
    if error <= p50:
        return "better than the median"
    return "worse than the median" if error <= p75 else "within the worst quarter"


def _lean(made: Backtest) -> list[Line]:
    table = made.frames["lean"]
    alarms = table[table["alarm"].astype(bool)]
    lines = []
    for row in rows_of(alarms):
        high = row.mean > 0
        side = int(row.above if high else row.origins - row.above)
        words = (
            f"{_phase(row.phase)} forecasts for the authority came out too {'high' if high else 'low'} from {side} of "
            f"{counted(int(row.origins), 'origin')}, by {_error(abs(row.mean))} on average. Errors on one side "
            f"do not average out: look for what changed (births beyond those known, migration, housing, movement to or "
            f"from other authorities) before the next forecast goes out."
        )
        lines.append(("Bias alarm.", words[0].upper() + words[1:]))
    if not lines and len(table):
        leans = [f"{_phase(row.phase)} {percent(100 * row.mean, 1)}" for row in rows_of(table)]
        lines.append(
            ("No bias alarm.", f"Errors of the authority lie on both sides; their mean is {listed(leans)}.")
        )
    return lines


def _holding(made: Backtest) -> list[Line]:
    lines = []
    for (geography,), rows in parts(made.frames["holding"], "geography"):
        cases = [
            f"{_share(row.coverage80)} of {int(row.n):,} {row.kind} ({_meant(row.coverage80)})"
            for row in rows_of(rows)
        ]
        wide = [f"{_share(row.coverage90)} of {row.kind}" for row in rows_of(rows)]
        words = f"The 80% ranges held {' and '.join(cases)}; the 90% ranges {' and '.join(wide)}."
        words += _single_years_ahead(made, geography)
        lines.append((f"Ranges, {GEOGRAPHY_WORDS[geography]}.", words))
    return lines


def _single_years_ahead(made: Backtest, geography: str) -> str:
    """Say at which years ahead the 80% ranges of totals hold much less or more than they say."""
    summed = made.frames["backtest_summary"]
    mine = summed[(summed["method"] == made.own) & (summed["geography"] == geography)]
    held = {
        ahead: round(pooled(rows, "coverage80", "n"), 2)
        for ahead in sorted(set(mine["horizon"]))
        for rows in [mine[mine["horizon"] == ahead]]
        if rows["n"].sum() >= CASES_AHEAD
    }
    said = ""
    for meant, found in (
        ("too narrow", {ahead: share for ahead, share in held.items() if share < NARROW_AHEAD}),
        ("too wide", {ahead: share for ahead, share in held.items() if share > WIDE_AHEAD}),
    ):
        if found:
            years = f"{listed([str(ahead) for ahead in found])} year{'s' if list(found) != [1] else ''} ahead"
            shares = listed([_share(share) for share in found.values()])
            said += f" Of totals {years} the 80% ranges held {shares}: {meant} there."
    return said


def _meant(coverage: float) -> str:
    shown = round(coverage, 2)
    if shown < NARROW:
        return "too narrow"
    return "too wide" if shown > WIDE else "as stated"


def _hard_years(made: Backtest) -> list[Line]:
    table = made.frames["hard_years"]
    hard = table[table["hard"].astype(bool)].sort_values(["target_year", "phase"], kind="stable")
    if not len(hard):
        return [("Hard years.", "No year was much harder to foresee than the others.")]
    said = [_hard(row) for row in rows_of(hard)]
    reasons = list(dict.fromkeys(f"{row.target_year}: {row.reason}" for row in rows_of(hard) if row.reason))
    known = f" Known: {'; '.join(reasons)}." if reasons else ""
    return [("Hard years.", f"One year ahead, areas were out by {'; '.join(said)}.{known}")]


def _hard(row: pd.Series) -> str:
    size = f"{_error(row.size)} in {_phase(row.phase)} in {row.target_year} (in a middling year {_error(row.typical)}"
    if row.same_side >= TOGETHER and row.n >= 4:
        side = "high" if row.error > 0 else "low"
        return f"{size}; {_share(row.same_side)} of forecasts too {side}: the areas moved together)"
    return f"{size}; forecasts on both sides: single areas)"
