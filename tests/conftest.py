"""What several tests share because it takes time to make."""

from __future__ import annotations

import gc

import pytest

from placeplan.bundled import bundled_folder
from placeplan.commands.send import made_from
from placeplan.project import load_project
from placeplan.results import Result
from placeplan.run import forecast
from placeplan.send.make import SendMade

gc.set_threshold(100_000, 20, 20)
"""Small frames come and go by the thousand; looking for cycles among them all the time takes a twentieth of the run."""


@pytest.fixture(scope="session")
def exampleshire() -> Result:
    """One run of the made-up county, as `placeplan demo` makes it."""
    return forecast(load_project(bundled_folder("configs") / "exampleshire.yaml"))


@pytest.fixture(scope="session")
def exampleshire_plans(exampleshire: Result) -> SendMade:
    """The forecast of plans of that run, as `placeplan send` makes it."""
    return made_from(exampleshire)
