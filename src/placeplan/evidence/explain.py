"""Where a number comes from: a tree of sums and products, read from a finished run, each leaf with its file and row.

    pupils   = baseline + housing + adjustment
    baseline = (could come + pull) x ratio x control      for an area's year group; above that, sums of areas and year groups
    could come: the year group below a year before (the same tree, to the roll of the base year), births, or a pool of areas

    ratio: the mean of what each method says, by weight

A run folder is read without its inputs: cohorts.csv, ratios.csv, pools.csv and sources.csv hold what is needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

from placeplan.evidence.explain_places import places_of
from placeplan.evidence.explain_send import explain_send, is_send_area
from placeplan.evidence.explain_signals import signal_node
from placeplan.evidence.runfiles import INPUT, MEAN, NEAR, PRODUCT, SUM, Node, Run, leaf_of, weighed
from placeplan.origins import BELOW, BIRTHS, CHILDREN, POOL
from placeplan.problems import UsageError
from placeplan.years import AcademicYear, year_group_label


@dataclass(frozen=True)
class Explained:
    """One number of forecast.csv and its tree; ``places``: that of the places beside it, None where the run has none."""

    cell: dict[str, str]
    root: Node
    places: Node | None = None

    def as_json(self) -> dict[str, Any]:
        """Return what ``explain --json`` prints."""
        numbers = {
            name: None if self.cell[name] == "nan" else float(self.cell[name])
            for name in ("pupils", "baseline", "housing", "adjustment", "p10", "p90")
        }
        names = ("scenario", "geography", "code", "name", "phase", "academic_year", "year_group")
        return {
            **{name: self.cell[name] for name in names},
            **numbers,
            "parts": [p.as_json() for p in self.root.parts],
            "places": self.places.as_json() if self.places else None,
        }


def explain(run: Run, code: str, year: AcademicYear, group: str, phase: str | None = None) -> Explained:
    """Return the tree of one number; UsageError if the run has no such number, with the nearest that it has."""
    if is_send_area(run, code):
        return Explained(*explain_send(run, code, str(year), group))
    cell = _cell(run, code, str(year), group, phase)
    return Explained(cell, _whole(run, cell), places_of(run, cell))


def _cell(run: Run, code: str, year: str, group: str, phase: str | None) -> dict[str, str]:
    rows = [row for row in run.rows("forecast") if row["code"] == code]
    if not rows:
        known = sorted({row["code"] for row in run.rows("forecast")})
        near = get_close_matches(code, known, n=1, cutoff=0.5)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise UsageError(f"the run has no area, school, district or authority {code}{hint}")
    at = [row for row in rows if row["academic_year"] == year]
    if not at:
        years = sorted({row["academic_year"] for row in rows})
        raise UsageError(f"the run forecasts {code} from {years[0]} to {years[-1]}, not {year}")
    found = [row for row in at if row["year_group"] == group and (phase is None or row["phase"] == phase)]
    if not found:
        groups = dict.fromkeys(row["year_group"] for row in at if phase is None or row["phase"] == phase)
        raise UsageError(
            f"{code} has no year group {group} in {year}; it has {', '.join(groups) or 'none of that phase'}"
        )
    if len(found) > 1:
        phases = ", ".join(dict.fromkeys(row["phase"] for row in found))
        raise UsageError(f"{code} has {group} in several phases: say --phase, one of {phases}")
    return found[0]


def _whole(run: Run, cell: dict[str, str]) -> Node:
    """The root: baseline, housing and adjustment of the cell."""
    label = f"{cell['name']}, {_words(cell['year_group'])} in {cell['academic_year']}"
    if cell["geography"] == "school":
        parts = _school(run, cell)
    else:
        parts = tuple(_part(run, cell, name) for name in ("baseline", "housing", "adjustment"))
    return Node(label, float(cell["pupils"]), SUM, parts, "forecast.csv", int(cell["at"]))


def _school(run: Run, cell: dict[str, str]) -> tuple[Node, ...]:
    """A school: its parts as forecast.csv has them; its share of its area is drawn from its own past (see the method)."""
    labels = {
        "baseline": "baseline: its cohorts by its own ratios, held to its area",
        "housing": "its part of the area's new homes",
        "adjustment": "its part of the adjustments",
    }
    return tuple(
        Node(label, float(cell[name]), INPUT, (), "forecast.csv", int(cell["at"]))
        for name, label in labels.items()
    )


def _part(run: Run, cell: dict[str, str], name: str) -> Node:
    """One part of a cell: of an area's year group by its steps, else the sum of those that make it up."""
    amount = float(cell[name])
    if cell["year_group"] == "total" or cell["geography"] != "area":
        parts = tuple(
            _renamed(_part(run, row, name), f"{row['name']}, {_words(row['year_group'])}")
            for row in _inside(run, cell)
        )
        kept = parts if name == "baseline" else tuple(part for part in parts if part.amount)
        return Node(name, amount, SUM if kept else INPUT, kept, "forecast.csv", int(cell["at"]))
    key = (cell["code"], cell["academic_year"], cell["year_group"])
    if name == "baseline":
        return _renamed(_baseline(run, *key, controlled=True), name)
    kind = "housing" if name == "housing" else "adjustment"
    leaves = tuple(leaf_of(row) for row in run.sources.get((kind, *key), ()))
    if kind == "adjustment" or abs(sum(leaf.amount for leaf in leaves) - amount) < NEAR:
        return Node(name, amount, SUM if leaves else INPUT, leaves, "forecast.csv", int(cell["at"]))
    return Node(name, amount, INPUT, (), "forecast.csv", int(cell["at"]))


def _inside(run: Run, cell: dict[str, str]) -> Iterator[dict[str, str]]:
    """The cells that a total, a district or the authority is the sum of."""
    members = _members(run, cell) if cell["geography"] == "district" else None
    for row in run.rows("forecast"):
        if row["academic_year"] != cell["academic_year"] or row["phase"] != cell["phase"]:
            continue
        if cell["geography"] == "area":
            inside = row["code"] == cell["code"] and row["year_group"] != "total"
        else:
            inside = row["year_group"] == cell["year_group"] and (members is None or row["code"] in members)
        if inside and row["geography"] == "area":
            yield row


def _members(run: Run, cell: dict[str, str]) -> set[str]:
    """Codes of the areas of a district."""
    return {row["area_code"] for row in run.cohorts.values() if row["district"] == cell["code"]}


def _baseline(run: Run, code: str, year: str, group: str, controlled: bool) -> Node:
    """The baseline of an area's year group, with or without control totals."""
    row = run.cohorts.get((code, year, group))
    label = f"{_words(group)} in {year}, area {code}"
    if row is None:
        return _roll(run, code, year, group, label)
    steps = (float(row["could_come"]), float(row["pull"]), float(row["ratio"]), float(row["control"]))
    could, pull, ratio, control = steps
    come = _could_come(run, row, could)
    if pull:
        drawn = Node(
            "drawn to the usual size of the area's cohorts", pull, INPUT, (), "cohorts.csv", int(row["at"])
        )
        come = Node("those who could come, drawn to the usual size", could + pull, SUM, (come, drawn))
    parts: tuple[Node, ...] = (come, _ratio(run, row, ratio))
    amount = (could + pull) * ratio
    if controlled and control != 1.0:
        parts = (*parts, Node("control total", control, INPUT, (), "cohorts.csv", int(row["at"])))
        amount *= control
    return Node(label, amount, PRODUCT, parts, "cohorts.csv", int(row["at"]))


def _ratio(run: Run, row: dict[str, str], ratio: float) -> Node:
    """A ratio: what each method says by its weight; times what a scenario makes of it."""
    code, year, group = row["area_code"], row["academic_year"], row["year_group"]
    method = row["method"].replace("_", " ")
    label = f"ratio into {_words(group)} ({method})"
    parts = sorted(run.ratios.get((code, year, group), ()), key=lambda one: -float(one["weight"]))
    means = tuple(
        Node(_method(one), float(one["ratio"]), INPUT, (), "ratios.csv", int(one["at"]), float(one["weight"]))
        for one in parts
    )
    learnt = sum(part.amount * (part.weight or 0.0) for part in means)
    told = float(row.get("offers") or 1.0)
    if not means or not learnt or not ratio:
        return Node(label, ratio, INPUT, (), "cohorts.csv", int(row["at"]))
    if told == 1.0 and abs(learnt - ratio) < NEAR * ratio:
        return Node(label, ratio, MEAN, means, "cohorts.csv", int(row["at"]))
    factors = [Node("as learnt", learnt, MEAN, means)]
    if told != 1.0:
        factors.append(signal_node(run, code, year, group, told))
    if abs(learnt * told - ratio) >= NEAR * ratio:
        other = ratio / (learnt * told)
        factors.append(
            Node("as the scenario or a limit changes it", other, INPUT, (), "cohorts.csv", int(row["at"]))
        )
    return Node(label, ratio, PRODUCT, tuple(factors), "cohorts.csv", int(row["at"]))


def _method(row: dict[str, str]) -> str:
    """A method in words: its name, the years that it looks at, and with whom it pools."""
    years = f"{row['years']} years from {row['first_year']} to {row['last_year']}"
    if row["years"] in ("0", ""):
        years = "no years of its own"
    elif row["first_year"] == row["last_year"]:
        years = row["first_year"]
    pooled = "pooled with the authority" if row["pooling"] == "area and authority" else "of the area alone"
    return f"{row['method'].replace('_', ' ')}: {years}, {pooled}"


def _could_come(run: Run, row: dict[str, str], could: float) -> Node:
    code, year, group = row["area_code"], row["academic_year"], row["year_group"]
    before = str(AcademicYear.parse(year).back(1))
    if row["comes_from"] == BELOW:
        return _baseline(run, code, before, _below(group), controlled=False)
    if row["comes_from"] == CHILDREN:
        leaves = tuple(weighed(run, one) for one in run.sources.get(("children", code, year, "R"), ()))
        return Node("children under five, aged to the autumn before entry", could, SUM, leaves)
    if row["comes_from"] == BIRTHS:
        return _births(run, code, year, could, row)
    if row["comes_from"] == POOL:
        parts = []
        for source in run.pools.get((code, group), ()):
            weight = float(source["weight"])
            cohort = _baseline(run, source["from_area"], before, _below(group), controlled=False)
            share = Node("share that looks to this area", weight, INPUT, (), "pools.csv", int(source["at"]))
            label = f"from area {source['from_area']}"
            parts.append(Node(label, weight * cohort.amount, PRODUCT, (cohort, share)))
        parts.sort(key=lambda part: -part.amount)
        return Node(f"pool of Year {_below(group)} in {before}", could, SUM, tuple(parts))
    alone = "no births and no year group below: the ratio is the recent rolls themselves"
    return Node(alone, could, INPUT, (), "cohorts.csv", int(row["at"]))


def _births(run: Run, code: str, year: str, could: float, row: dict[str, str]) -> Node:
    """Births behind Reception: the rows that add up to what was used, else the figure as the run worked it out."""
    born = AcademicYear.parse(year).back(5)
    label = f"births of {born}"
    changed = run.sources.get(("births_change", "", year, "R"), ())
    factors = tuple(
        Node(one["label"], float(one["amount"]), INPUT, (), "sources.csv", int(one["at"])) for one in changed
    )
    factor = factors[0].amount if factors else 1.0
    for rows in _readings(run.sources.get(("births", code, year, "R"), [])):
        total = sum(float(one["amount"]) for one in rows)
        if rows and abs(total * factor - could) < NEAR:
            known = Node(label, total, SUM, tuple(weighed(run, one) for one in rows))
            return Node(label, could, PRODUCT, (known, *factors)) if factors else known
    worked = f"{label}, as the run worked them out (shared out or projected)"
    return Node(worked, could, INPUT, (), "cohorts.csv", int(row["at"]))


def _readings(rows: list[dict[str, str]]) -> Iterator[list[dict[str, str]]]:
    """Which of the rows may be those that were used: all, those of one status, the surest of each geography."""
    yield rows
    by_status: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        by_status.setdefault(row["label"].rsplit(", ", 1)[-1], []).append(row)
    yield from by_status.values()
    surest: dict[str, dict[str, str]] = {}
    for status in ("actual", "estimated", "projected"):
        for row in by_status.get(status, ()):
            surest.setdefault(row["label"].rsplit(", ", 1)[0], row)
    yield list(surest.values())


def _roll(run: Run, code: str, year: str, group: str, label: str) -> Node:
    """The roll of the base year: the rows that add up to what was used."""
    at, amount = run.base_rolls.get((code, group), (0, 0.0))
    leaves = tuple(leaf_of(one) for one in run.sources.get(("roll", code, year, group), ()))
    if leaves and abs(sum(leaf.amount for leaf in leaves) - amount) < NEAR:
        return Node(f"roll of {label}", amount, SUM, leaves, "history.csv", at)
    return Node(f"roll of {label}", amount, INPUT, (), "history.csv", at)


def _renamed(node: Node, label: str) -> Node:
    return replace(node, label=label)


def _below(group: str) -> str:
    number = 0 if group == "R" else int(group)
    return year_group_label(number - 1)


def _words(group: str) -> str:
    return {"R": "Reception", "total": "all year groups"}.get(group, f"Year {group}")
