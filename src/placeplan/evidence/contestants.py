"""Which methods a backtest tries: the project's own, the plain reference, and those asked for by name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import get_args

from placeplan.problems import UsageError
from placeplan.project import Method, Ratios

REFERENCE = "three_year_survival"
"""Plain cohort survival of each area's last three years: what most councils do, and what every method must beat."""


ALL = "all"
SLOW = frozenset({"ets", "ucm"})
"""Methods that fit every series on its own, one after the other."""


def _quick() -> list[str]:
    return [name for name in get_args(Method) if name not in SLOW]


def reference_ratios() -> Ratios:
    """Return the choices of the reference: three years of equal weight, no year left out."""
    return Ratios(method="cohort_survival", years=3, weights=(1.0, 1.0, 1.0), leave_out=())


def contestants(own: Ratios, names: Iterable[str] = ()) -> dict[str, Ratios]:
    """Return the methods to try by name: the project's own, the reference, and ``names``.

    A method asked for by name keeps the project's years and its years left out, without its weights; ``all`` stands for
    every method but those that fit each series on its own. The project's own is called ``project`` where it gives different
    methods to different transitions. Raises UsageError for an unknown name.
    """
    known = get_args(Method)
    names = [name for given in names for name in (_quick() if given == ALL else [given])]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise UsageError(f"there is no method {', '.join(unknown)}; choose from {', '.join(known)}, or {ALL}")
    found: dict[str, Ratios] = {}
    if own != reference_ratios():
        found[own.method if isinstance(own.method, str) else "project"] = own
    found[REFERENCE] = reference_ratios()
    years = {} if own.weights is not None else {"years": own.years}
    for name in names:
        found.setdefault(name, Ratios.model_validate({"method": name, "leave_out": own.leave_out, **years}))
    return found
