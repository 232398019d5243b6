"""An official template (.xlsx) filled in place: its sheets, formats and validations stay, only cells are written.

A part is put under the row of headings that match its layout, wherever in the first rows of whatever sheet that row stands.
"""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from placeplan.problems import UsageError
from placeplan.returns.build import Return
from placeplan.returns.layouts import Part

LOOKED_AT = 30
"""Rows of a sheet in which headings are looked for."""
_EXTENSIONS = b"x14:dataValidation"


@dataclass(frozen=True)
class Match:
    """Where a part goes: the sheet, the row of headings (1 is the first), and the column of each field found there."""

    part: Part
    sheet: str
    header: int
    columns: dict[str, int]

    @property
    def lacking(self) -> list[str]:
        """Headings of the layout that the template does not have."""
        return [one.heading for one in self.part.fields if one.name not in self.columns]


def fill_template(made: Return, template: Path, target: Path) -> list[Match]:
    """Write a copy of the template with the parts in it; UsageError if nothing matches or validations would be lost."""
    import openpyxl

    _refuse_what_would_be_lost(template)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            book = openpyxl.load_workbook(template, keep_vba=template.suffix.casefold() == ".xlsm")
        except Exception as error:
            raise UsageError(f"{template} is no workbook that can be filled ({error})") from None
    matches = _matches(book, made)
    if not matches:
        raise UsageError(
            f"{template}: no sheet has the headings of the layout of {made.layout.survey}; "
            "compare them with src/placeplan/data/scap, or fill in the sheets of return.xlsx by hand"
        )
    for match in matches:
        _fill(book[match.sheet], match, made)
    book.save(target)
    return matches


def _refuse_what_would_be_lost(template: Path) -> None:
    try:
        with zipfile.ZipFile(template) as parts:
            sheets = [name for name in parts.namelist() if re.search(r"worksheets/.*\.xml$", name)]
            lost = [name for name in sheets if _EXTENSIONS in parts.read(name)]
    except (OSError, zipfile.BadZipFile) as error:
        raise UsageError(f"{template} cannot be read as an .xlsx workbook ({error})") from None
    if lost:
        raise UsageError(
            f"{template} has lists that point to other sheets in a form that would be lost; copy the sheets of "
            "return.xlsx into it by hand"
        )


def _matches(book: Any, made: Return) -> list[Match]:
    """Where each part goes: the row with most of its headings, all needed ones among them; no row takes two parts."""
    offers = [match for part in made.layout.parts.values() for match in _offers(book, part)]
    chosen: list[Match] = []
    for match in sorted(offers, key=lambda one: -len(one.columns)):
        taken = any((one.sheet, one.header) == (match.sheet, match.header) for one in chosen)
        if not taken and all(one.part is not match.part for one in chosen):
            chosen.append(match)
    order = list(made.layout.parts)
    return sorted(chosen, key=lambda one: order.index(one.part.name))


def _offers(book: Any, part: Part) -> Iterator[Match]:
    wanted = {_folded(one.heading): one.name for one in part.fields}
    needed = {one.name for one in part.fields if one.needed}
    for sheet in book.worksheets:
        for row in sheet.iter_rows(min_row=1, max_row=min(sheet.max_row, LOOKED_AT)):
            cells = [cell for cell in row if _folded(cell.value) in wanted]
            columns = {wanted[_folded(cell.value)]: cell.column for cell in cells}
            if needed <= set(columns):
                yield Match(part, sheet.title, row[0].row, columns)


def _folded(value: Any) -> str:
    return " ".join(str(value or "").split()).casefold()


def _fill(sheet: Any, match: Match, made: Return) -> None:
    frame = made.parts[match.part.name]
    for name, column in match.columns.items():
        for row, value in enumerate(frame[name], start=match.header + 1):
            if isinstance(value, str):
                if value:
                    cell = sheet.cell(row=row, column=column, value=value)
                    cell.data_type = "s"
            elif value == value:
                sheet.cell(row=row, column=column, value=int(value) if value == int(value) else float(value))
