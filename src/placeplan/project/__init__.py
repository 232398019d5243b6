"""The project file: which inputs, and which choices. ``placeplan.yaml`` becomes one frozen ``Project``.

Every choice has a default that a planning officer would accept, and the sentence under it is the one text
from which the starter project and the JSON Schema are made. To add a choice, add a field to its part.
"""

from placeplan.project.base import Choices
from placeplan.project.decision_parts import MoneyChoice
from placeplan.project.forecast_parts import (
    Births,
    ControlTotal,
    Horizon,
    HousingChoice,
    HousingStatus,
    LeftOut,
    Method,
    Ratios,
    Transition,
)
from placeplan.project.kinds import Day, Group, PercentText, Share, Text, Year
from placeplan.project.load import find_project, load_project
from placeplan.project.output_parts import OutputsChoice, Theme, WordSet
from placeplan.project.places_parts import DeliveryProbability, PlacesChoice, StatusThresholds
from placeplan.project.schema import project_schema
from placeplan.project.whole import PROJECT_FILE, Project

__all__ = [
    "PROJECT_FILE",
    "Births",
    "Choices",
    "ControlTotal",
    "Day",
    "DeliveryProbability",
    "Group",
    "Horizon",
    "HousingChoice",
    "HousingStatus",
    "LeftOut",
    "Method",
    "MoneyChoice",
    "OutputsChoice",
    "PercentText",
    "PlacesChoice",
    "Project",
    "Ratios",
    "Share",
    "StatusThresholds",
    "Text",
    "Theme",
    "Transition",
    "WordSet",
    "Year",
    "find_project",
    "load_project",
    "project_schema",
]
