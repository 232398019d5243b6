"""How long a fair plan takes for an authority of 120 schools, and whether its optimum is proven.

    python benchmarks/reduction_plan.py [SCHOOLS] [SEED]

The authority is made up by the seed: twenty areas, eight trusts, admission numbers of whole half forms, offers and first
preferences of falling intakes. Printed: seconds for the plan alone, together, and together for the same places; the gap;
what part of the largest loss stays if everybody gives (the ratio); the places. It fails if a plan is not proven or takes
more than 10 s.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from time import perf_counter

import numpy as np

from placeplan.options.fairplan import Admissions, FairPlan, Weights, fair_plan

SCHOOLS, AREAS, TRUSTS, SEED = 120, 20, 8, 1944
TARGET, STEP, FLOOR = 0.05, 15, 30
LIMIT_SECONDS = 10.0


def made_authority(schools: int, seed: int) -> tuple[Admissions, np.ndarray]:
    """Return the schools of the made-up authority, and which of them the authority decides for."""
    random = np.random.default_rng(seed)
    area = np.concatenate([np.arange(AREAS), random.integers(0, AREAS, schools)])[:schools]
    trust = np.where(random.random(schools) < 0.5, random.integers(0, TRUSTS, schools), -1)
    pan = random.choice([30.0, 45.0, 60.0, 75.0, 90.0, 120.0, 180.0], schools)
    first = np.round(pan * random.uniform(0.3, 1.2, schools))
    offers = np.minimum(pan, np.round(first * random.uniform(0.7, 1.0, schools)))
    places = np.bincount(area, weights=pan, minlength=AREAS)
    demand = np.bincount(area, weights=offers, minlength=AREAS) * random.uniform(0.9, 1.05, AREAS)
    case = Admissions(
        area=area,
        trust=trust,
        pan=pan,
        least=np.minimum(pan, np.maximum(FLOOR, offers)),
        may_change=np.ones(schools, dtype=bool),
        first_preferences=first,
        outcome=np.zeros(schools),
        target=np.maximum(places - demand / (1 - TARGET), 0.0),
        most=np.maximum(np.floor(places - demand), 0.0),
    )
    return case, (trust < 0) & (random.random(schools) < 0.6)


def timed(case: Admissions, wanted: np.ndarray | None = None) -> tuple[FairPlan, float]:
    started = perf_counter()
    plan = fair_plan(case, STEP, Weights(), wanted)
    return plan, perf_counter() - started


def main() -> None:
    given = [int(word) for word in sys.argv[1:3]]
    schools, seed = [*given, *(SCHOOLS, SEED)[len(given) :]]
    case, own = made_authority(schools, seed)
    alone, seconds_alone = timed(replace(case, may_change=own))
    together, seconds_together = timed(case)
    reached = np.bincount(case.area, weights=alone.cut, minlength=AREAS)
    alike, seconds_alike = timed(case, reached)
    for name, plan, seconds in (
        ("alone", alone, seconds_alone),
        ("together", together, seconds_together),
        ("together, the same places", alike, seconds_alike),
    ):
        print(
            f"{name:26} {seconds:6.3f} s  gap {plan.gap:.6f}  {plan.status}  {plan.cut.sum():5.0f} places, "
            f"{plan.missing.sum():4.0f} missing, largest loss {plan.largest_loss:.1%}"
        )
    ratio = alike.largest_loss / alone.largest_loss if alone.largest_loss else 1.0
    whole = seconds_alone + seconds_together + seconds_alike
    print(f"{schools} schools: {whole:.3f} s in all, ratio of largest losses (together / alone) {ratio:.3f}")
    if whole > LIMIT_SECONDS or not (alone.proven and together.proven and alike.proven):
        sys.exit("the plan is not proven, or takes too long")


if __name__ == "__main__":
    main()
