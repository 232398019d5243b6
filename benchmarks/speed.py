"""Time what people wait for, beside starting Python: ratios, because machines differ.

Run: python benchmarks/speed.py (after installing placeplan into the same Python)
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
RUNS = 3


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
            "forecast of england (77 areas), csv": seconds(
                *placeplan, "forecast", str(england), "--outputs", "csv", "--quiet", "--out", f"{folder}/g"
            ),
        }
    for name, took in rows.items():
        print(f"{name:40} {took:6.2f} s  {took / plain:6.0f} x python -c pass")


if __name__ == "__main__":
    main()
