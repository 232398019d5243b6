"""Checks over all tables at once: small named functions, each returning findings, in one list.

What concerns one cell or one table alone is found while reading (``inputs.read``); here the tables are held
against each other. Every rule stands in ``data/rules.csv``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from placeplan.inputs.checks import (
    changes,
    codes,
    drawn,
    figures,
    flows,
    highneeds,
    movement,
    plans,
    rolls,
    schools,
    supply,
    totals,
)
from placeplan.inputs.checks.codes import mend_codes
from placeplan.inputs.checks.subject import Subject
from placeplan.memory import Memory
from placeplan.problems import Finding, sort_findings
from placeplan.project import Project
from placeplan.tables import Inputs

__all__ = ["CHECKS", "check_tables", "mend_codes"]

MOST_OF_A_KIND = 50
"""Findings of one rule in one table that are listed singly; the rest are counted."""

CHECKS: tuple[Callable[[Subject], list[Finding]], ...] = (
    codes.unknown_codes,
    codes.left_out_areas_unknown,
    schools.schools_in_no_area,
    schools.years_out_of_order,
    schools.weights_that_do_not_sum,
    schools.year_groups_outside_range,
    schools.schools_left_out,
    schools.areas_without_rolls,
    rolls.base_year_without_rolls,
    rolls.gaps,
    rolls.jumps,
    rolls.openings_and_closures,
    rolls.units_above_rolls,
    changes.changes_incomplete,
    changes.certainty_assumed,
    changes.changes_out_of_order,
    supply.phases_impossible,
    changes.changes_overlapping,
    supply.capacity_in_doubt,
    supply.figures_over_sites,
    figures.figures_unverified,
    figures.capacity_beside_rolls,
    figures.capacity_beside_admissions,
    figures.capacity_changed,
    supply.cuts_below_offers,
    changes.counted_twice,
    changes.delays_above_one,
    supply.adjustments_expiring,
    flows.transfers_beside_rolls,
    movement.offers_above_admission_number,
    movement.residence_beside_rolls,
    flows.specialist_stock_and_flow,
    flows.births_in_part,
    plans.needs_unknown,
    plans.ages_beside_year_groups,
    plans.settings_beside_flows,
    plans.parts_above_whole,
    highneeds.years_left_out,
    highneeds.flows_in_part,
    highneeds.plans_behind_rolls,
    highneeds.months_of_entries,
    highneeds.providers_unknown,
    drawn.areas_without_outline,
    totals.control_totals_missing,
    totals.control_totals_twice,
)


WITHOUT_CHANGES = frozenset(module.__name__ for module in (rolls, figures, flows, movement, totals))
"""Modules whose checks do not look at planned changes."""


def check_tables(
    inputs: Inputs, project: Project, of_changes: bool = False, memory: Memory | None = None
) -> list[Finding]:
    """Return what all checks find, errors first, with the file of each table named.

    ``of_changes`` leaves out checks that never look at planned changes, for tables that have been checked otherwise.
    ``memory``: of what the forecast from the same tables works out too.
    """
    subject = Subject(inputs, project, memory or Memory())
    wanted = [check for check in CHECKS if not of_changes or check.__module__ not in WITHOUT_CHANGES]
    found = [finding for check in wanted for finding in check(subject)]
    return [_with_file(inputs, finding) for finding in _capped(sort_findings(found))]


def _with_file(inputs: Inputs, finding: Finding) -> Finding:
    source = inputs.sources.get(finding.table)
    return replace(finding, file=source.name) if source and not finding.file else finding


def _capped(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings with those past the first fifty of one rule and table replaced by their number."""
    kinds: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        kinds.setdefault((finding.rule, finding.table), []).append(finding)
    kept = []
    for (rule, table), found in kinds.items():
        kept += found[:MOST_OF_A_KIND]
        more = len(found) - MOST_OF_A_KIND
        if more > 0:
            said = (
                f"{more:,} more finding{'s' if more > 1 else ''} of this kind, such as: {found[-1].message}"
            )
            kept.append(Finding(rule, said, table))
    return sort_findings(kept)
