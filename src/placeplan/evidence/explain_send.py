"""Where a number of the specialist forecast comes from: the tree of one planning area of high needs, year and year group.

    pupils (whole) = sum over settings + what rounding moves between year groups
    setting        = those of a year before, a year older - ceased - moved to other settings + moved in + new plans
    ceased, moved  = those before x share;  share = weighted mean of what was counted in the last years and a prior
    new plans      = mean of the last years x pupils of the age then and now and the trend

A run folder is read without its inputs: send_steps.csv, send_rates.csv and send_sources.csv hold what is needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from placeplan.datafiles import data_rows
from placeplan.evidence.runfiles import INPUT, MEAN, PRODUCT, SUM, Node, Run
from placeplan.problems import UsageError
from placeplan.years import AcademicYear, phase_of

FORECAST, STEPS, RATES, SOURCES = "send_forecast", "send_steps", "send_rates", "send_sources"
AGE_OF_RECEPTION = 4
TOTAL = "total"
SEND_AREA = "send_area"
"""Geography of a number of high needs."""
Rows = list[dict[str, str]]


def is_send_area(run: Run, code: str) -> bool:
    """Tell whether a code is a planning area of the specialist forecast of the run, or one of its settings."""
    if not _has(run, FORECAST):
        return False
    settings = {row["setting"] for row in run.rows(STEPS)} if _has(run, STEPS) else set()
    return code in settings or any(row["planning_area"] == code for row in run.rows(FORECAST))


def explain_send(run: Run, code: str, year: str, group: str) -> tuple[dict[str, str], Node]:
    """Return the row of forecast.csv's form and the tree; UsageError if the run has no such number."""
    tree = _Tree(run, code)
    if not tree.layout:
        return _explain_setting(tree, code, year, group)
    rows = [row for row in run.rows(FORECAST) if row["planning_area"] == code]
    years = sorted({row["academic_year"] for row in rows})
    own = [row for row in rows if row["academic_year"] == year]
    if not own:
        raise UsageError(f"the run forecasts {code} from {years[0]} to {years[-1]}, not {year}")
    chosen = [row for row in own if group in (TOTAL, row["year_group"])]
    if not chosen:
        groups = ", ".join(row["year_group"] for row in own)
        raise UsageError(f"{code} has no year group {group} in {year}; it has {groups}")
    parts = tuple(tree.cell(row) for row in chosen)
    found = chosen[0]
    if group != TOTAL:
        ranged = (found["p10"], found["p90"])
        return _row(run, (code, tree.name, found["phase"], year, group), parts[0].amount, ranged), parts[0]
    whole = sum(part.amount for part in parts)
    label = f"{tree.name}, all year groups in {year}"
    return _row(run, (code, tree.name, found["phase"], year, group), whole), Node(label, whole, SUM, parts)


def _explain_setting(tree: _Tree, code: str, year: str, group: str) -> tuple[dict[str, str], Node]:
    """Return residents of one setting and year group."""
    own = [row for key, row in tree.steps.items() if key[:2] == (code, year) and row["year_group"]]
    if not own:
        years = sorted({key[1] for key in tree.steps})
        raise UsageError(f"the run forecasts {code} from {years[0]} to {years[-1]}, not {year}")
    row = next((row for row in own if row["year_group"] == group), None)
    if row is None:
        groups = ", ".join(row["year_group"] for row in own)
        raise UsageError(f"{code} has no year group {group} in {year}; it has {groups}")
    node = tree.setting(code, year, int(row["age"]))
    phase = str(phase_of(int(row["age"]) - AGE_OF_RECEPTION))
    return _row(tree.run, (code, _setting(code), phase, year, group), node.amount), node


def _row(
    run: Run, names: tuple[str, str, str, str, str], pupils: float, ranged: tuple[str, str] = ("nan", "nan")
) -> dict[str, str]:
    """Return the cell as ``explain`` prints it; ranges of totals and settings are not known."""
    code, name, phase, year, group = names
    return {
        "scenario": str(run.story["scenarios"][0]), "geography": SEND_AREA, "code": code, "name": name, "phase": phase,
        "academic_year": year, "year_group": group, "pupils": str(pupils), "baseline": str(pupils), "housing": "0",
        "adjustment": "0", "p10": ranged[0], "p90": ranged[1],
    }  # fmt: skip


def _has(run: Run, name: str) -> bool:
    return (run.folder / f"{name}.csv").is_file()


@dataclass(frozen=True)
class _Tree:
    """The steps, rates and rows of a run by setting, age and year."""

    run: Run
    code: str

    @cached_property
    def layout(self) -> dict[str, str]:
        """The planning area in the layout of the return."""
        own = self.run.story["project"]["choices"].get("send", {}).get("planning_areas", {})
        rows = data_rows("send_areas.csv")
        return next(
            (row for row in rows if own.get(row["planning_area"], row["planning_area"]) == self.code), {}
        )

    @property
    def name(self) -> str:
        """The planning area in words."""
        return f"{self.layout.get('phase', '').capitalize()} {self.layout.get('provision', '')} ({self.code})"

    @cached_property
    def steps(self) -> dict[tuple[str, str, int], dict[str, str]]:
        """Steps by setting, academic year and age."""
        rows = self.run.rows(STEPS) if _has(self.run, STEPS) else []
        return {(row["setting"], row["academic_year"], int(row["age"])): row for row in rows}

    @cached_property
    def rates(self) -> dict[tuple[str, int, str], dict[str, str]]:
        """Rates by setting before, age and setting after."""
        return {
            (row["from_setting"], int(row["age"]), row["to_setting"]): row for row in self.run.rows(RATES)
        }

    @cached_property
    def sources(self) -> dict[tuple[str, str, str, int], Rows]:
        """Rows of the inputs by kind, setting before, setting after and age."""
        found: dict[tuple[str, str, str, int], Rows] = {}
        for row in self.run.rows(SOURCES):
            to = "" if row["kind"] == "ceased" else row["to_setting"]
            before = "" if row["kind"] in ("stock", "new") else row["from_setting"]
            found.setdefault((row["kind"], before, to, int(row["age"])), []).append(row)
        return found

    def cell(self, row: dict[str, str]) -> Node:
        """One year group of the return."""
        group, year = row["year_group"], row["academic_year"]
        age = (0 if group == "R" else int(group)) + AGE_OF_RECEPTION
        pupils, at = float(row["pupils"]), int(row["at"])
        label = f"{self.name}, {_words(group)} in {year}"
        settings = self.layout.get("settings", "").split()
        parts = [self.setting(name, year, age) for name in settings if (name, year, age) in self.steps]
        if not parts:
            alone = f"{label}: from stocks alone, as a share of the children of the age (see the method)"
            return Node(alone, pupils, INPUT, (), f"{FORECAST}.csv", at)
        rounding = pupils - sum(part.amount for part in parts)
        moved = Node(
            "rounding, so that year groups add up to whole pupils", rounding, INPUT, (), f"{FORECAST}.csv", at
        )
        return Node(label, pupils, SUM, (*parts, moved), f"{FORECAST}.csv", at)

    def setting(self, name: str, year: str, age: int) -> Node:
        """Residents of a setting and age: stock and flows."""
        row = self.steps[name, year, age]
        at = int(row["at"])
        parts = [
            self.before(name, year, age),
            self.left(row, "ceased", "plans ceased", [(name, "ceased", "")], -1),
            self.left(row, "moved_out", "moved to other settings", self._moves(name, age, out=True), -1),
            self.left(row, "moved_in", "moved in from other settings", self._moves(name, age, out=False), 1),
            self.new(row),
        ]
        kept = tuple(part for part in parts if part.amount)
        return Node(
            f"{_setting(name)}, age {age}, {year}", float(row["pupils"]), SUM, kept, f"{STEPS}.csv", at
        )

    def _moves(self, name: str, age: int, out: bool) -> list[tuple[str, str, str]]:
        """From, to and the words of each move of the age out of a setting or into it."""
        return [
            (before, to, f"{'to ' + _setting(to) if out else 'from ' + _setting(before)}")
            for before, at, to in self.rates
            if at == age and before and to != "ceased" and (before if out else to) == name
        ]

    def before(self, name: str, year: str, age: int) -> Node:
        """Those of the setting a year before: the same tree, or the rows of the base year."""
        earlier = str(AcademicYear.parse(year).back(1))
        known = self.steps.get((name, earlier, age - 1))
        row = self.steps[name, year, age]
        if known is not None:
            return self.setting(name, earlier, age - 1)
        rows = self.sources.get(("stock", "", name, age - 1), [])
        label = f"{_setting(name)}, age {age - 1}, {earlier}: plans of the base year, a year older"
        leaves = tuple(_leaf(one) for one in rows)
        return Node(
            label, float(row["before"]), SUM if leaves else INPUT, leaves, f"{STEPS}.csv", int(row["at"])
        )

    def left(
        self, row: dict[str, str], column: str, label: str, flows: list[tuple[str, str, str]], sign: int
    ) -> Node:
        """What ceases or moves: a sum over where from and where to, each those before times a share."""
        year, age = row["academic_year"], int(row["age"])
        parts = []
        for before, to, words in flows:
            rate = self.rates.get((before, age, to))
            if rate is None:
                continue
            stock = self.steps[before, year, age]
            amount = sign * float(stock["before"]) * float(rate["share"])
            those = Node(
                f"{_setting(before)}, a year older",
                sign * float(stock["before"]),
                INPUT,
                (),
                f"{STEPS}.csv",
                int(stock["at"]),
            )
            if amount:
                parts.append(Node(words or label, amount, PRODUCT, (those, self.share(rate))))
        amount = sign * float(row[column])
        if len(parts) == 1 and not parts[0].label.startswith(("to ", "from ")):
            return parts[0]
        return Node(label, amount, SUM if parts else INPUT, tuple(parts), f"{STEPS}.csv", int(row["at"]))

    def share(self, rate: dict[str, str]) -> Node:
        """A share: what was counted of the children of the last years, and the prior that few children lean on."""
        kind, at = "ceased" if rate["to_setting"] == "ceased" else "move", int(rate["at"])
        to = "" if kind == "ceased" else rate["to_setting"]
        leaves = tuple(
            _leaf(one) for one in self.sources.get((kind, rate["from_setting"], to, int(rate["age"])), [])
        )
        children, weight = float(rate["children"]), float(rate["weight"])
        parts = []
        if children > 0:
            counted = _counted("counted in the last years", rate, leaves)
            each = Node(f"one of {children:,.0f} children", 1 / children, INPUT, (), f"{RATES}.csv", at)
            own = Node("of its own", counted.amount / children, PRODUCT, (counted, each), weight=weight)
            parts.append(own)
        parts.append(
            Node("over all ages or settings", float(rate["prior"]), INPUT, (), f"{RATES}.csv", at, 1 - weight)
        )
        return Node("share", float(rate["share"]), MEAN, tuple(parts), f"{RATES}.csv", at)

    def new(self, row: dict[str, str]) -> Node:
        """New plans: the mean of the last years times what pupils of the age and the trend make of it."""
        name, age, amount = row["setting"], int(row["age"]), float(row["new"])
        rate = self.rates.get(("", age, name))
        if rate is None or not amount:
            return Node("new plans", amount, INPUT, (), f"{STEPS}.csv", int(row["at"]))
        leaves = tuple(_leaf(one) for one in self.sources.get(("new", "", name, age), []))
        at, years = int(rate["at"]), float(rate["children"])
        counted = _counted("new plans of the last years", rate, leaves)
        each = Node(f"one of {years:,.0f} years", 1 / years, INPUT, (), f"{RATES}.csv", at)
        mean = counted.amount / years
        grown = Node(
            "pupils of the age beside those years, and the trend of new plans", amount / mean, INPUT, (), f"{STEPS}.csv",
            int(row["at"]),
        )  # fmt: skip
        return Node("new plans", amount, PRODUCT, (counted, each, grown), f"{STEPS}.csv", int(row["at"]))


def _counted(label: str, rate: Mapping[str, str], leaves: tuple[Node, ...]) -> Node:
    """What a rate counted in the last years, from the rows behind it where the run holds them."""
    how = SUM if leaves else INPUT
    return Node(label, float(rate["counted"]), how, leaves, f"{RATES}.csv", int(rate["at"]))


def _leaf(row: dict[str, str]) -> Node:
    """A row of specialist or specialist_flows."""
    words = {"stock": "plans", "new": "new plans", "ceased": "ceased", "move": "moved"}[row["kind"]]
    return Node(
        f"{words}, {row['academic_year']}",
        float(row["pupils"]),
        INPUT,
        (),
        row["file"],
        int(float(row["row"])),
    )


def _setting(name: str) -> str:
    return name.replace("non_", "non-").replace("_", " ")


def _words(group: str) -> str:
    return "Reception" if group == "R" else f"Year {group}"
