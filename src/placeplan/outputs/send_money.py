"""What high needs cost, what another local place saves, and what scenarios change, in words and tables for send.md."""

from __future__ import annotations

import pandas as pd

from placeplan.outputs.marks import table
from placeplan.outputs.words import chance, markdown, number, signed
from placeplan.tables import rows_of

ITEMS = {
    "place_funding": "Place funding",
    "top_up": "Top-up",
    "top_up_out_of_area": "Top-up, out of the area",
    "unplaced": "Beyond local places",
    "placements": "Placements",
}


def costs_words(frame: pd.DataFrame) -> str:
    """Return pounds by item in some years, what is not known, and what one more local place costs or saves."""
    years = list(dict.fromkeys(frame["academic_year"]))
    shown = [year for at, year in enumerate(years) if at in (0, 4, len(years) - 1)]
    rows = []
    for item, words in ITEMS.items():
        own = frame[frame["item"] == item]
        if own["amount"].notna().any():
            rows.append(
                [words, *(_millions(own[own["academic_year"] == year]["amount"].sum()) for year in shown)]
            )
    total = frame[frame["item"] == "total_of_known"].set_index("academic_year")["amount"]
    if total.isna().all():
        return "Not known: `specialist_places` gives no places and no prices."
    rows.append(["Sum of what is known", *(_millions(total[year]) for year in shown)])
    blocks = [table(["Million pounds a year", *shown], rows), _not_known(frame), *_extra(frame, shown[-1])]
    return "\n\n".join(block for block in blocks if block)


def _not_known(frame: pd.DataFrame) -> str:
    """Return which settings have no price, so that the sum leaves them out."""
    missing = frame[frame["item"].isin(ITEMS) & frame["amount"].isna() & (frame["quantity"] > 0)]
    if missing.empty:
        return ""
    named = sorted({f"{setting_words(row.setting)} ({ITEMS[row.item].lower()})" for row in rows_of(missing)})
    return f"Left out, because `specialist_places` gives no price: {'; '.join(named)}."


def _extra(frame: pd.DataFrame, year: str) -> list[str]:
    """Return what one more local place costs or saves in the last year."""
    own = frame[(frame["item"] == "extra_place") & (frame["academic_year"] == year)]
    rows = [
        [setting_words(row.setting), setting_words(row.phase), chance(row.quantity), _pounds(row.amount)]
        for row in rows_of(own)
    ]
    if not rows:
        return []
    head = ["Setting", "Phase", "Chance that it is needed", "Pounds a year"]
    return [
        f"One more local place in {year}: what it costs, or with a minus saves, because a child who has it needs no "
        "independent placement.",
        table(head, rows, text_columns=2),
    ]


def scenario_blocks(frame: pd.DataFrame) -> list[str]:
    """Return what each scenario changes beside the plan as it stands, in some years; nothing where there is none."""
    if frame.empty:
        return []
    years = list(dict.fromkeys(frame["academic_year"]))
    rows = [
        [markdown(row.scenario), row.academic_year, number(row.plans), signed(row.plans_change),
         "" if row.short_change != row.short_change else signed(row.short_change), _millions(row.cost, sign=False),
         _millions(row.cost_change, sign=True)]
        for row in rows_of(frame)
        if row.academic_year in (years[0], years[min(4, len(years) - 1)], years[-1])
    ]  # fmt: skip
    head = [
        "Scenario",
        "Year",
        "Plans",
        "Change",
        "Change of those beyond places",
        "Million pounds",
        "Change",
    ]
    ten = frame.groupby("scenario", sort=False)["cost_change"].sum()
    said = "; ".join(f"{markdown(str(name))} {_millions(change, sign=True)}" for name, change in ten.items())
    return [
        "## Scenarios",
        "Beside the plan as it stands, on the same draws. Children who stay in the area need places there: without them "
        "they stand beyond local places, at the price of an independent placement.",
        table(head, rows, text_columns=2),
        f"Change of the known cost over {len(years)} years, in million pounds: {said}.",
    ]


def setting_words(name: str) -> str:
    """Write a setting as people do."""
    return name.replace("non_", "non-").replace("_", " ").capitalize()


def _millions(pounds: float, sign: bool = False) -> str:
    if pounds != pounds:
        return ""
    text = f"{pounds / 1e6:+.1f}" if sign else f"{pounds / 1e6:.1f}"
    return "0" if float(text) == 0 else text.replace("-", "−")


def _pounds(pounds: float) -> str:
    return "" if pounds != pounds else signed(pounds)
