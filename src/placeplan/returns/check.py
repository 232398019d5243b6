"""Every check of a return, in the order in which an officer works through them."""

from __future__ import annotations

from placeplan.returns import checks_capacity as capacity
from placeplan.returns import checks_forecast as forecast
from placeplan.returns.checkkinds import ERROR, Found
from placeplan.returns.checks_capacity import Subject

CHECKS = (
    capacity.part_missing, capacity.school_missing, capacity.school_twice, forecast.area_missing,
    capacity.area_unknown, capacity.capacity_unknown, capacity.capacity_not_adding, capacity.roll_above_capacity,
    capacity.quarter_empty, capacity.capacity_changed, forecast.forecast_gap, forecast.forecast_not_whole,
    forecast.horizon_wrong, forecast.cohort_discontinuity, forecast.jump_from_last_forecast,
    forecast.far_from_roll, forecast.contributions_above, forecast.contributions_not_secured,
    capacity.planned_untied, capacity.planned_not_firm, capacity.bulge_not_moving, capacity.removed_above_capacity,
)  # fmt: skip


def check_return(subject: Subject) -> list[Found]:
    """Return what every check finds, errors first."""
    found = [one for check in CHECKS for one in check(subject)]
    return sorted(found, key=lambda one: one.kind.severity != ERROR)
