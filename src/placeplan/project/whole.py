"""The choices of one project, all parts together."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, PrivateAttr, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from placeplan.problems import UsageError
from placeplan.project.base import Choices
from placeplan.project.decision_parts import DecisionsChoice, MoneyChoice, OptionsChoice, SendChoice
from placeplan.project.forecast_parts import (
    Births,
    ControlTotal,
    Horizon,
    HousingChoice,
    MethodChoice,
    Ratios,
)
from placeplan.project.kinds import Text, Year, folded
from placeplan.project.output_parts import OutputsChoice, PublicationChoice, Theme
from placeplan.project.places_parts import (
    ChecksChoice,
    DeliveryProbability,
    PlacesChoice,
    StatusThresholds,
    WatchList,
)
from placeplan.years import AcademicYear

PROJECT_FILE = "placeplan.yaml"
Census = Literal["january", "may", "october"]


@cache
def table_names() -> tuple[str, ...]:
    """The names of the input tables, from ``data/tables.csv``."""
    content = files("placeplan").joinpath("data/tables.csv").read_text(encoding="utf-8")
    return tuple(dict.fromkeys(row["table"] for row in csv.DictReader(content.splitlines())))


def _known_table(name: str) -> str:
    known = ["folder", *table_names()]
    if name not in known:
        raise PydanticCustomError("unknown_key", "unknown table", {"known": known})
    return name


TableName = Annotated[str, AfterValidator(_known_table)]


class Authority(Choices):
    """Whose plan it is."""

    name: Annotated[Text, Field(min_length=1)]
    """Name of the authority, as reports print it."""
    la_code: Text = ""
    """Three-digit code of the local authority, in quotes; the code of the authority's rows in outputs."""


class Project(Choices):
    """The choices of one project, as its file gives them or by default."""

    authority: Authority
    inputs: dict[TableName, Text]
    """Where the tables are, relative to this file: folder, and table: file or table: book.xlsx#Sheet."""
    base_year: Year | None = None
    """Last academic year that counts as known, such as 2022/23; empty means the latest in the rolls."""
    census: Annotated[Census, BeforeValidator(folded)] = "january"
    """The census that feeds the model: january, may or october; other censuses feed checks."""
    horizon: Horizon = Horizon()
    method: MethodChoice | None = None
    """How ratios go on: short for ``method`` under ``ratios``, where the methods are explained; empty means combined."""
    simulations: Annotated[int, Field(strict=True, ge=100, le=100_000)] = 1000
    """Draws for the intervals and chances (100 to 100,000)."""
    seed: Annotated[int, Field(strict=True, ge=0, le=2**63 - 1)] = 1944
    """Seed of the draws; the same seed gives the same figures."""
    ratios: Ratios = Ratios()
    births: Births = Births()
    housing: HousingChoice = HousingChoice()
    control_total: ControlTotal | None = None
    """Totals of the whole authority that its areas are held to, such as {file: control_totals.csv, level: phase}; empty
    means that the areas' own forecasts stand."""
    places: PlacesChoice = PlacesChoice()
    status: StatusThresholds = StatusThresholds()
    delivery_probability: DeliveryProbability = DeliveryProbability()
    watchlist: WatchList = WatchList()
    checks: ChecksChoice = ChecksChoice()
    decisions: DecisionsChoice = DecisionsChoice()
    money: MoneyChoice = MoneyChoice()
    options: OptionsChoice = OptionsChoice()
    send: SendChoice = SendChoice()
    outputs: OutputsChoice = OutputsChoice()
    theme: Theme = Theme()
    publication: PublicationChoice = PublicationChoice()

    @model_validator(mode="after")
    def _method_into_ratios(self) -> Self:
        if self.method is not None:
            if "method" in self.ratios.model_fields_set:
                raise ValueError("method stands at the top and under ratios; leave out one of the two")
            given = {name: getattr(self.ratios, name) for name in self.ratios.model_fields_set}
            self.__dict__["ratios"] = Ratios.model_validate({**given, "method": self.method})
            self.__dict__["method"] = None
        return self

    _path: Path = PrivateAttr(default=Path(PROJECT_FILE))
    _text: str = PrivateAttr(default="")

    @property
    def path(self) -> Path:
        """The project file; paths in ``inputs`` are relative to its folder."""
        return self._path

    @property
    def text(self) -> str:
        """The content of the project file as it stood."""
        return self._text

    def with_changes(
        self,
        base_year: AcademicYear | None = None,
        horizon: int | None = None,
        simulations: int | None = None,
        seed: int | None = None,
    ) -> Project:
        """Return the project with what a command line overrides; UsageError if a value is out of range."""
        given = {"base_year": base_year, "horizon": horizon, "simulations": simulations, "seed": seed}
        changes = {name: value for name, value in given.items() if value is not None}
        try:
            changed = Project.model_validate({**dict(self), **changes})
        except ValidationError as error:
            faults = (f"--{fault['loc'][0]} {fault['input']}: {fault['msg']}" for fault in error.errors())
            raise UsageError("; ".join(dict.fromkeys(faults)).replace("_", "-")) from None
        return changed.placed(self._path, self._text)

    def placed(self, path: Path, text: str = "") -> Project:
        """Return the project as read from a file with that content."""
        project = self.model_copy()
        project._path, project._text = path, text
        return project
