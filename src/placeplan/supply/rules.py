"""The rules of who decides: the built-in ones (``data/decision_rules.csv``) and the user's own, by kind of change.

A row of the user's table ``decision_rules`` with the code of a built-in rule takes its place; any other goes before them.
Of the rules that fit a change the first that names the school's own group counts, then those for maintained schools, then
those for any. Rows with a variant, and prospective ones, are listed and never chosen.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from placeplan.datafiles import data_rows
from placeplan.tables import Inputs, built_in_table, rows_of

ANY = "any"
IN_FORCE = "in force"


@dataclass(frozen=True)
class DecisionRule:
    """One rule. Months are None where not known; thresholds (pupils, per cent of capacity) where the row has none."""

    rule_id: str
    kind: str
    school_group: str
    size: str
    variant: str
    valid_from: date | None
    valid_to: date | None
    proposer: str
    decider: str
    consultation: str
    route: str
    calendar: str
    least_months: float | None
    typical_months: float | None
    more_than: float | None
    percent: float | None
    or_pupils: float | None
    up_to_years: float | None
    authority_alone: bool
    status: str
    note: str
    source: str
    confidence: str

    def holds(self, on: date) -> bool:
        """Whether the rule is in force on a day."""
        begun = self.valid_from is None or self.valid_from <= on
        return self.status == IN_FORCE and begun and (self.valid_to is None or on <= self.valid_to)

    def reached(self, pupils: float, capacity: float) -> bool:
        """Whether a change by so many pupils passes the thresholds: more than one, and the lesser of share and number.

        Without a known capacity the share cannot be taken, so that the fuller process is assumed.
        """
        more = self.more_than is None or pupils > self.more_than
        if self.percent is None and self.or_pupils is None:
            return more
        share = np.inf if self.percent is None else self.percent / 100.0 * capacity
        number = np.inf if self.or_pupils is None else self.or_pupils
        return bool(more and (np.isnan(share) or pupils >= min(share, number)))


@dataclass(frozen=True)
class DecisionRules:
    """Every rule in the order in which it is looked at."""

    rules: tuple[DecisionRule, ...]

    def find(self, kind: str, group: str, size: str, on: date) -> DecisionRule | None:
        """Return the rule for a kind of change, a group of schools and a size that holds on a day, if there is one."""
        fitting = [
            rule
            for rule in self.rules
            if rule.kind == kind and not rule.variant and rule.size in (size, ANY) and rule.holds(on)
        ]
        for wanted in _groups(group):
            for rule in fitting:
                if rule.school_group == wanted:
                    return rule
        return None

    def of_size(self, kind: str, group: str, size: str, on: date) -> DecisionRule | None:
        """Return the rule made for that very size, which holds its thresholds, if there is one."""
        same = tuple(rule for rule in self.rules if rule.size == size)
        return DecisionRules(same).find(kind, group, size, on)


def decision_rules(inputs: Inputs) -> DecisionRules:
    """Return the rules that a project goes by."""
    own = [_rule(row) for row in rows_of(inputs.table("decision_rules"))]
    by_code = {rule.rule_id: rule for rule in own}
    built_in = [by_code.pop(rule.rule_id, rule) for rule in built_in_rules()]
    return DecisionRules((*by_code.values(), *built_in))


@cache
def built_in_rules() -> tuple[DecisionRule, ...]:
    """Return the rules that travel with the package."""
    return tuple(_rule(row) for row in rows_of(built_in_table("decision_rules", "decision_rules.csv")))


def group_of(school_type: str) -> str:
    """Return the group of a school type (placeplan's short name); ``any`` where the rules know none."""
    return _group_rows().get(school_type, {}).get("school_group", ANY)


def _groups(group: str) -> tuple[str, ...]:
    maintained = any(
        row["school_group"] == group and row["maintained"] == "yes" for row in _group_rows().values()
    )
    return (group, "maintained", ANY) if maintained else (group, ANY)


@cache
def _group_rows() -> dict[str, dict[str, str]]:
    return {row["type"]: row for row in data_rows("decision_groups.csv")}


def _rule(row: Any) -> DecisionRule:
    given = {name: getattr(row, name) for name in DecisionRule.__dataclass_fields__}
    for name in ("valid_from", "valid_to"):
        given[name] = None if pd.isna(given[name]) else given[name].date()
    for name in ("least_months", "typical_months", "more_than", "percent", "or_pupils", "up_to_years"):
        given[name] = None if np.isnan(given[name]) else float(given[name])
    return DecisionRule(**{**given, "authority_alone": given["authority_alone"] == "yes"})
