"""Time all outputs of one large council, and weigh its report: about 60 planning areas and 350 schools, with a map.

Run: python benchmarks/county.py (after installing placeplan into the same Python; Linux or macOS)
Schools and areas are those of one authority in May 2015 with a made history (see made_country); outlines are made, a grid
with bent edges. Seconds are of the whole command; what each output costs is told from runs that write it alone.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from made_country import made_country, write_tables
from national import run

AUTHORITY = "891"
"""63 planning areas and 327 mainstream schools in May 2015: of all authorities the nearest to 60 and 350."""
SIDE_POINTS = 30
SECONDS, MEGABYTES = 15.0, 3.0
"""What is aimed at, on two cores."""


def write_outlines(folder: Path) -> None:
    """Write a made outline for each area: cells of a grid, each side in small steps to and fro."""
    areas = pd.read_csv(folder / "areas.csv", dtype=str)
    generator = np.random.default_rng(1)
    features = []
    for phase, mine in areas.groupby("phase"):
        columns = int(np.ceil(np.sqrt(len(mine))))
        shape = (columns * SIDE_POINTS + 1, columns * SIDE_POINTS + 1)
        x, y = np.meshgrid(*(np.arange(size) for size in shape), indexing="ij")
        points = np.stack([x, y], axis=2) / SIDE_POINTS * 0.1 + generator.normal(0, 0.001, (*shape, 2))
        for place, code in enumerate(mine["area_code"]):
            ring = points[tuple(zip(*_edge(place % columns, place // columns), strict=True))]
            geometry = {"type": "Polygon", "coordinates": [(ring + np.array([0.5, 53.0])).round(5).tolist()]}
            properties = {"area_code": code, "phase": phase}
            features.append({"type": "Feature", "properties": properties, "geometry": geometry})
    content = {"type": "FeatureCollection", "features": features}
    (folder / "boundaries.geojson").write_text(json.dumps(content))


def _edge(column: int, row: int) -> list[tuple[int, int]]:
    """Grid points round one cell, the first of them again at the end."""
    left, low = column * SIDE_POINTS, row * SIDE_POINTS
    right, high = left + SIDE_POINTS, low + SIDE_POINTS
    round_it = [(at, low) for at in range(left, right)] + [(right, at) for at in range(low, high)]
    round_it += [(at, high) for at in range(right, left, -1)] + [(left, at) for at in range(high, low, -1)]
    return [*round_it, round_it[0]]


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        write_tables(made_country(), folder, 1000, True, AUTHORITY)
        write_outlines(folder)
        areas, schools = (len(pd.read_csv(folder / f"{name}.csv")) for name in ("areas", "schools"))
        print(f"{areas} areas, {schools} schools")
        command = [sys.executable, "-m", "placeplan", "forecast", place, "--quiet", "--out", f"{place}/run"]
        base = run([*command, "--outputs", "csv"])[0]
        print(f"csv                {base:6.1f} s")
        for output in ("charts", "report", "workbook"):
            took = run([*command, "--outputs", f"csv,{output}"])[0]
            print(f"csv and {output:10} {took:6.1f} s")
        took = run(command)[0]
        size = (folder / "run" / "report.html").stat().st_size / 1e6
        print(f"all outputs        {took:6.1f} s, aimed at {SECONDS:g}")
        print(f"report.html        {size:6.2f} MB, aimed at {MEGABYTES:g}")


if __name__ == "__main__":
    main()
