"""Work out the councils' published errors of 2021/22 and 2022/23 and put them into the package's benchmark bands.

Run: python benchmarks/make_benchmark_bands.py
Rows of other test years were published as percentiles and are left as they are.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

HERE = Path(__file__).resolve().parent
BANDS = HERE.parent / "src" / "placeplan" / "data" / "benchmark_bands.csv"
ERRORS = HERE / "data" / "england" / "council_forecast_errors.csv"
SOURCE = (
    "Department for Education, Local authority school places scorecards {edition}: "
    "worked out from the published errors of half of the authorities"
)
EDITIONS = {"2021/22": "2021", "2022/23": "2022"}


def worked_out() -> Iterator[dict[str, object]]:
    """Yield one row of the bands for each test year, horizon and phase of the bundled errors."""
    errors = pd.read_csv(ERRORS)
    for (year, horizon, phase), rows in errors.groupby(["target_year", "horizon", "phase"]):
        size = rows["council_error"].abs()
        p25, p50, p75, p90 = size.quantile([0.25, 0.5, 0.75, 0.9])
        numbers = {"mean": size.mean(), "p25": p25, "p50": p50, "p75": p75, "p90": p90, "max": size.max()}
        yield {
            "test_year": year,
            "horizon": horizon,
            "phase": phase,
            "authorities": len(size),
            **{name: f"{number:.4f}" for name, number in numbers.items()},
            "source": SOURCE.format(edition=EDITIONS[str(year)]),
            "confidence": "high",
        }


def bands() -> str:
    """Return the content of the file: rows worked out here, then the published ones."""
    made = [{name: str(value) for name, value in row.items()} for row in worked_out()]
    years = {row["test_year"] for row in made}
    with BANDS.open(encoding="utf-8", newline="") as file:
        kept = [row for row in csv.DictReader(file) if row["test_year"] not in years]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(made[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows([*made, *kept])
    return text.getvalue()


if __name__ == "__main__":
    BANDS.write_text(bands(), encoding="utf-8", newline="\n")
