"""The authority's pupils by year group from a run of the mainstream forecast."""

from __future__ import annotations

import pandas as pd

from placeplan.results import Result
from placeplan.years import Phase

LABELS = {"R": 0, **{str(group): group for group in range(1, 15)}}


def authority_pupils(result: Result, scenario: str | None = None) -> pd.DataFrame:
    """Return pupils past and ahead, of the first scenario unless another is named: start year, group and pupils."""
    ahead = result.frames["forecast"]
    name = result.scenarios[0] if scenario is None else scenario
    both = pd.concat([result.frames["history"], ahead[ahead["scenario"] == name]])
    rows = both[
        (both["geography"] == "authority") & both["year_group"].isin(LABELS) & both["phase"].isin(list(Phase))
    ]
    return pd.DataFrame(
        {
            "year": rows["academic_year"].str[:4].astype(int),
            "group": rows["year_group"].map(LABELS),
            "pupils": rows["pupils"].astype(float),
        }
    )
