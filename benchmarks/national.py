"""Time a forecast of every planning area of England, 7 years ahead with 1,000 draws, CSV files only.

Run: python benchmarks/national.py [--schools] [AREAS …] (after installing placeplan into the same Python; Linux or macOS)
60 areas stand for one council, 870 for a quarter of the country, 3,477 for all of it. With --schools the rolls come by
school, with capacities: 20,115 schools. Twelve years of history are made (see made_country). Seconds are of the whole
command; ratios are shown because machines differ: to `python -c pass`, and to bare numpy that only draws and sorts as much.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from made_country import Country, made_country, write_tables

AREAS = (60, 870, 3477)
DRAWS, YEARS = 1000, 7
CELLS = 7
"""Year groups of an area, with which the bare draws are made."""
QUANTILES = (0.05, 0.10, 0.50, 0.90, 0.95)
AT_ONCE = 40


def run(command: list[str]) -> tuple[float, float]:
    """Run a command; return its wall seconds and the most memory that it held, in megabytes."""
    started = time.perf_counter()
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    took = time.perf_counter() - started
    if status:
        raise SystemExit(f"{' '.join(command)} failed with status {os.waitstatus_to_exitcode(status)}")
    unit = 1e6 if sys.platform == "darwin" else 1e3
    return took, usage.ru_maxrss / unit


def bare_draws(areas: int) -> float:
    """Seconds that numpy alone takes to draw every cell's numbers and find their quantiles, on one core."""
    started = time.perf_counter()
    generator = np.random.default_rng(0)
    for start in range(0, areas, AT_ONCE):
        shape = (min(AT_ONCE, areas - start), CELLS, YEARS, DRAWS)
        np.quantile(generator.standard_normal(shape, dtype=np.float32), QUANTILES, axis=-1)
    return time.perf_counter() - started


def measure(country: Country, areas: int, schools: bool) -> tuple[float, float]:
    """Seconds and megabytes of the whole command for so many areas."""
    with tempfile.TemporaryDirectory() as folder:
        write_tables(country, Path(folder), areas, schools)
        command = [sys.executable, "-m", "placeplan", "forecast", folder, "--quiet", "--outputs", "csv"]
        return run([*command, "--horizon", str(YEARS), "--simulations", str(DRAWS), "--out", f"{folder}/run"])


def main() -> None:
    schools = "--schools" in sys.argv
    country = made_country()
    plain = min(run([sys.executable, "-c", "pass"])[0] for _ in range(3))
    print(
        f"{'areas':>6} {'seconds':>8} {'MB':>6} {'ms an area':>11} {'x python -c pass':>17} {'x bare draws':>13}"
    )
    for areas in [int(word) for word in sys.argv[1:] if word.isdigit()] or AREAS:
        took, memory = measure(country, areas, schools)
        each = 1000 * took / areas
        print(
            f"{areas:6,} {took:8.1f} {memory:6,.0f} {each:11.1f} {took / plain:17.0f} {took / bare_draws(areas):13.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
