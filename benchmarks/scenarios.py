"""Time scenarios of Exampleshire: the base run, one scenario after it, and twenty compared.

Run: python benchmarks/scenarios.py (after installing placeplan into the same Python). Processor time tells what the work
costs, wall time what people wait for; a busy machine stretches the second only.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from placeplan.comparing import prepare
from placeplan.project import load_project
from placeplan.run import PLAN
from placeplan.scenario import read_scenario

TOP = Path(__file__).resolve().parent.parent
PROJECT = TOP / "configs/exampleshire.yaml"
WANTED = 20


def timed(work: object) -> tuple[float, float]:
    """Processor and wall seconds of a call."""
    wall, used = time.perf_counter(), time.process_time()
    work()  # type: ignore[operator]
    return time.process_time() - used, time.perf_counter() - wall


def main() -> None:
    files = sorted((TOP / "configs/scenarios").glob("*.yaml"))
    made = []
    base = timed(lambda: made.append(prepare(load_project(PROJECT))) or made[0].table(PLAN))
    print(f"{'base run':40} {base[0]:6.2f} s of processor {base[1]:6.2f} s of wall time")
    for file in files:
        used, wall = timed(lambda file=file: made[0].table(read_scenario(file)))
        print(
            f"{file.stem:40} {used:6.2f} s of processor {wall:6.2f} s of wall time  {used / base[0]:4.0%} of the base run"
        )
    more = [f"{percent}%" for percent in range(-WANTED + len(files), 0)]
    words = [word for file in files for word in ("--scenario", str(file))]
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        command = [
            sys.executable,
            "-m",
            "placeplan",
            "compare",
            str(PROJECT),
            "--quiet",
            "--out",
            f"{folder}/c",
            *words,
        ]
        subprocess.run([*command, "--sweep", f"births.change={','.join(more)}"], check=True)
        print(f"{WANTED} scenarios compared: {time.perf_counter() - started:.1f} s of wall time")


if __name__ == "__main__":
    main()
