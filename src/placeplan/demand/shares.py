"""How the intakes of an area's schools answer when one school alone changes its admission number.

For one year group of entry in one area and year, with a school s and the others j:

    I      intakes expected without the change, which add up to the area's demand (its schools' recent shares carried
           forward: ``schools``)
    P      admission numbers without the change; c the change of the school's own
    u      unmet demand for s: the mean of max(0, first preferences - offers) over recent years
    r      share of extra places that is taken up where no preferences are given and the school was full, else 0

    c > 0  gain = min(c, u or r c, max(0, P_s + c - I_s), sum of I_j)       what families take up of the extra places
           I_s' = I_s + gain,   I_j' = I_j - gain I_j / (sum of I_j)
    c < 0  loss = max(0, I_s - max(0, P_s + c)) - max(0, I_s - P_s)         those above the new number, not above the old
           I_s' = I_s - loss,   I_j' = I_j + part_j
           part_j in proportion to I_j up to the room max(0, P_j - I_j); what is left when no school has room goes in
           proportion to I_j all the same, so that the shortage is seen at the schools that get it

The area's demand does not change: the sum of I' is the sum of I. A school that has no other beside it keeps its pupils.
Where P_s is not known, a gain has no limit of room and a cut moves nobody. Preferences are those of families for the
school as it is: what neighbours do in answer, popularity won or lost, and families from other areas are not modelled.
"""

from __future__ import annotations

import numpy as np

from placeplan.arrays import Array

NEARLY = 1e-9


def unmet_preferences(first: Array, offers: Array) -> float:
    """Return the mean unmet demand over recent years, in pupils; NaN if no year has both figures."""
    unmet = np.maximum(np.asarray(first, dtype=float) - np.asarray(offers, dtype=float), 0.0)
    known = unmet[np.isfinite(unmet)]
    return float(known.mean()) if len(known) else float("nan")


def was_full(intakes: Array, numbers: Array, full_from: float) -> bool:
    """Whether recent intakes reached that share of the admission numbers of their years; False where none is known."""
    known = np.isfinite(intakes) & np.isfinite(numbers) & (numbers > 0)
    return bool(known.any() and intakes[known].sum() >= full_from * numbers[known].sum())


def answered_intakes(
    intake: Array, numbers: Array, acting: int, change: Array, unmet: float, taken_up: float
) -> Array:
    """Return the intakes of an area's schools after the change, (schools, years), which have the same sums by year.

    ``intake``, ``numbers``: (schools, years), numbers NaN where not known; ``acting``: the school's row; ``change``:
    (years), 0 where it does not hold; ``unmet``: pupils, NaN if no preferences are known, then ``taken_up`` counts.
    """
    others = np.arange(len(intake)) != acting
    weight = intake * others[:, None]
    whole = weight.sum(axis=0)
    own, number = intake[acting], numbers[acting]
    wanted = np.maximum(change, 0.0)
    wanted = np.minimum(wanted, taken_up * wanted if np.isnan(unmet) else unmet)
    room = np.where(np.isnan(number), np.inf, np.maximum(number + change - own, 0.0))
    gain = np.where(own > 0, np.minimum(np.minimum(wanted, room), whole), 0.0)
    over = np.maximum(own - np.maximum(number + change, 0.0), 0.0) - np.maximum(own - number, 0.0)
    loss = np.where((change < 0) & (whole > 0), np.nan_to_num(over), 0.0)
    space = np.where(np.isnan(numbers), np.inf, np.maximum(numbers - intake, 0.0))
    answered = intake - _in_proportion(gain, weight) + _within(loss, weight, space)
    answered[acting] = own + gain - loss
    return answered


def _within(amount: Array, weight: Array, space: Array) -> Array:
    """Share pupils (years) over schools by weight up to their space, and what no space holds by weight alone."""
    given, left = np.zeros_like(weight), amount.astype(float)
    for _ in range(len(weight)):
        part = np.minimum(_in_proportion(left, np.where(space - given > NEARLY, weight, 0.0)), space - given)
        given, left = given + part, left - part.sum(axis=0)
        if (left <= NEARLY).all() or not part.any():
            break
    return given + _in_proportion(np.maximum(left, 0.0), weight)


def _in_proportion(amount: Array, weight: Array) -> Array:
    whole = weight.sum(axis=0)
    shared: Array = weight * np.where(whole > 0, amount / np.where(whole > 0, whole, 1.0), 0.0)
    return shared
