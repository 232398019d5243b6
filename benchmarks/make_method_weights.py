"""Learn the default weights of the contestants from the English data and put them into the package.

Run: python benchmarks/make_method_weights.py
Each contestant alone forecasts 77 English authorities from every January from 2016 to 2022; its error E is the mean absolute
error of an authority's phase total, as a part of the roll that came, by years ahead. A default weight is

    weight[m, h] ~ exp(-50 x log E[m, h]),   E[m, h] the mean over 1 to h years ahead,

of primary totals for the intake, secondary ones for the transfer, and both for progression and sixth forms, for which there
is no public series by year group.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from common import ENGLAND, as_of, compared, evidence
from placeplan.demand.contest import POWER
from placeplan.demand.methods import CONTESTANTS
from placeplan.years import Phase

TARGET = Path(__file__).resolve().parent.parent / "src" / "placeplan" / "data" / "method_weights.csv"
AHEAD = 5
FIRST_ORIGIN = 2015
CHOICES = {"recent_survival": {"method": "cohort_survival", "years": 3}}
PHASES = {
    "intake": (Phase.PRIMARY,),
    "transfer": (Phase.SECONDARY,),
    "progression": (Phase.PRIMARY, Phase.SECONDARY),
    "sixth_form": (Phase.PRIMARY, Phase.SECONDARY),
}
SOURCE = (
    "77 English authorities, rolls of 2011/12 to 2022/23 (Department for Education; Office for National Statistics): "
    "worked out by benchmarks/make_method_weights.py"
)


def errors(method: str) -> dict[Phase, np.ndarray]:
    """Mean absolute error of authorities' phase totals by years ahead, averaged over 1 to so many years ahead."""
    source = evidence(ENGLAND, simulations=100, ratios=CHOICES.get(method, {"method": method}))
    found: dict[Phase, list[list[float]]] = {
        phase: [[] for _ in range(AHEAD)] for phase in PHASES["progression"]
    }
    for origin in range(FIRST_ORIGIN, source.last_year):
        made = as_of(source, origin)
        for ahead in range(1, min(AHEAD, source.last_year - origin) + 1):
            for phase, by_ahead in found.items():
                cells = compared(source, made, phase, ahead)
                error = cells.forecast.sum(axis=1) / cells.actual.sum(axis=1) - 1.0
                by_ahead[ahead - 1].append(float(np.nanmean(np.abs(error))))
    return {
        phase: np.cumsum([np.mean(cases) for cases in by_ahead]) / np.arange(1, AHEAD + 1)
        for phase, by_ahead in found.items()
    }


def main() -> None:
    names = list(CONTESTANTS)
    made = {name: errors(name) for name in names}
    with TARGET.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["class", "years_ahead", "method", "weight", "source"])
        for kind, phases in PHASES.items():
            logs = np.mean([[np.log(made[name][phase]) for phase in phases] for name in names], axis=1)
            strength = np.exp(-POWER * (logs - logs.min(axis=0)))
            weights = np.round(strength / strength.sum(axis=0), 3)
            for ahead in range(AHEAD):
                for method, weight in zip(names, weights[:, ahead], strict=True):
                    writer.writerow([kind, ahead + 1, method, f"{weight:.3f}", SOURCE])
    for name in names:
        print(name, {phase.value: by_ahead.round(4).tolist() for phase, by_ahead in made[name].items()})


if __name__ == "__main__":
    main()
