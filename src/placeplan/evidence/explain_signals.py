"""The part of the tree that first preferences and offers make: a factor on next year's ratio into a year group.

factor = (1 - w1 - w2) × 1 + w1 × (pupils by offers - new homes) / model + w2 × the same by first preferences
"""

from __future__ import annotations

from placeplan.evidence.runfiles import INPUT, MEAN, NEAR, PRODUCT, SUM, Node, Run, weighed

FILE = "intake_signals.csv"
NAMES = {"offers": "offers", "first_preferences": "first preferences"}


def signal_node(run: Run, code: str, year: str, group: str, factor: float) -> Node:
    """Return what the figures of the coming September make of the ratio, down to the rows of preferences."""
    label = "first preferences and offers for the coming September"
    for row in run.rows("intake_signals"):
        if (row["area_code"], row["academic_year"], row["year_group"]) == (code, year, group):
            parts = [
                _said(run, row, name) for name in NAMES if float(row[f"weight_{name}"]) > 0 and row[name]
            ]
            alone = 1.0 - sum(part.weight or 0.0 for part in parts)
            model = Node("the model alone", 1.0, INPUT, (), FILE, int(row["at"]), alone)
            return Node(label, factor, MEAN, (model, *parts), FILE, int(row["at"]))
    return Node(label, factor, INPUT, (), "cohorts.csv", 0)


def _said(run: Run, row: dict[str, str], name: str) -> Node:
    """What one of the figures says, for each pupil of the model."""
    told, each, pupils = (
        float(row[column]) for column in (name, f"pupils_for_each_{name}", f"pupils_by_{name}")
    )
    model, homes = float(row["model"]), float(row["new_homes"])
    key = (name, row["area_code"], row["academic_year"], row["year_group"])
    leaves = tuple(weighed(run, one) for one in run.sources.get(key, ()))
    whole = leaves if abs(sum(leaf.amount for leaf in leaves) - told) < NEAR else ()
    at = int(row["at"])
    figures = Node(NAMES[name], told, SUM if whole else INPUT, whole, FILE, at)
    usual = Node("pupils on roll for each, as in the last years", each, INPUT, (), FILE, at)
    parts = [Node(f"pupils who follow from {NAMES[name]}", told * each, PRODUCT, (figures, usual))]
    if abs(pupils - told * each) > NEAR:
        parts.append(
            Node("schools without figures, as the model has them", pupils - told * each, INPUT, (), FILE, at)
        )
    if homes:
        parts.append(Node("less pupils of new homes, which come on top", -homes, INPUT, (), FILE, at))
    without = Node(f"pupils by {NAMES[name]}", pupils - homes, SUM, tuple(parts))
    over = Node(f"for each pupil of the model: 1 / {model:,.1f}", 1.0 / model, INPUT, (), FILE, at)
    label = f"{NAMES[name]} beside the model"
    return Node(
        label, (pupils - homes) / model, PRODUCT, (without, over), FILE, at, float(row[f"weight_{name}"])
    )
