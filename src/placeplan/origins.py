"""Where a year group's pupils come from, in words: what cohorts.csv says and ``explain`` reads."""

BIRTHS, BELOW, POOL, ROLLS = "births", "year group below", "pool", "own recent rolls"
CHILDREN = "children under five"
