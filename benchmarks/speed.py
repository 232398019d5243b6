"""Time what people wait for, beside starting Python: ratios, because machines differ.

Run: python benchmarks/speed.py (after installing placeplan into the same Python)
The county is the planning areas and schools of one authority of 2015 with a made history (see made_country).
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from made_country import made_country, write_tables

TOP = Path(__file__).resolve().parent.parent
RUNS = 3
COUNTY = 82
"""Planning areas of the county; with them come 350 schools."""


def seconds(*command: str) -> float:
    """Best of three wall times of a command."""
    times = []
    for _ in range(RUNS):
        started = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        times.append(time.perf_counter() - started)
    return min(times)


def main() -> None:
    placeplan = [sys.executable, "-m", "placeplan"]
    with tempfile.TemporaryDirectory() as folder:
        england = Path(folder) / "placeplan.yaml"
        england.write_text(
            f'authority: {{name: England}}\ninputs: {{folder: "{(TOP / "benchmarks/data/england").as_posix()}"}}\n'
        )
        county = Path(folder) / "county"
        county.mkdir()
        write_tables(made_country(), county, COUNTY, schools=True)
        plain = seconds(sys.executable, "-c", "pass")
        rows = {
            "python -c pass": plain,
            "placeplan --help": seconds(*placeplan, "--help"),
            "forecast of Exampleshire, all outputs": seconds(
                *placeplan,
                "forecast",
                str(TOP / "configs/exampleshire.yaml"),
                "--quiet",
                "--out",
                f"{folder}/e",
            ),
            f"forecast of a county ({COUNTY} areas), all outputs": seconds(
                *placeplan, "forecast", str(county), "--quiet", "--out", f"{folder}/c"
            ),
            "forecast of england (77 areas), csv": seconds(
                *placeplan, "forecast", str(england), "--outputs", "csv", "--quiet", "--out", f"{folder}/g"
            ),
        }
    for name, took in rows.items():
        print(f"{name:45} {took:6.2f} s  {took / plain:6.0f} x python -c pass")


if __name__ == "__main__":
    main()
