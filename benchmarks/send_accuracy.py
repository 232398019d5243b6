"""Write the tables of evidence of docs/method-send.md: plans of 77 authorities against simple rules.

Run: python benchmarks/send_accuracy.py (two minutes; total plans here, stocks by age in send_stocks.py, placements and the
step from 2024 to 2025 in send_step.py)
Each base year knows only what was known in January of that year, of other authorities too. The spread alone is in-sample.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from placeplan.arrays import Array
from placeplan.datafiles import data_rows
from placeplan.send.totals import National, national, plan_draws, plans_ahead
from send_common import plans, pupils
from send_national import known_from
from send_step import step_tables
from send_stocks import stock_tables

PAGE = Path(__file__).resolve().parent.parent / "docs" / "method-send.md"
BASES, LATER_BASES, LAST = (2016, 2017, 2018, 2019), (2020, 2021, 2022), 2025
AHEAD = (1, 3, 5)
SPLITS = 20
DRAWS = 1000
Rule = Callable[[int, int], Array]


def _plans(year: int) -> Array:
    return plans()[year].to_numpy(dtype=float)


def england_growth(base: int) -> float:
    """Return the last log growth of all plans in England."""
    known = {int(row["year"]): float(row["plans"]) for row in data_rows("england_plans.csv")}
    return float(np.log(known[base] / known[base - 1]))


def ours(base: int, ahead: int, known: National | None = None) -> Array:
    """Return placeplan's central number of plans."""
    pupils_then = pupils()[base].to_numpy(dtype=float)
    known = known or national(base)
    return plans_ahead(_plans(base), _plans(base - 1), pupils_then, known, ahead)[:, -1]


def no_change(base: int, ahead: int) -> Array:
    """Return the plans of the base year."""
    return _plans(base)


def straight_line(base: int, ahead: int) -> Array:
    """Return a straight line through the last five years, carried on."""
    last_five = np.stack([_plans(base - back) for back in range(4, -1, -1)])
    held = np.where(np.isnan(last_five), _plans(base), last_five)
    slope, level = np.polyfit(np.arange(-4, 1), held, 1)
    line: Array = level + slope * ahead
    return line


def own_growth(base: int, ahead: int) -> Array:
    """Return the authority's last growth continued."""
    growth: Array = _plans(base) / _plans(base - 1)
    return _plans(base) * growth**ahead


def toward_england(base: int, ahead: int) -> Array:
    """Return the last growth drawn seven tenths of the way to England's, continued."""
    own = np.log(_plans(base) / _plans(base - 1))
    drawn: Array = _plans(base) * np.exp(ahead * (0.3 * own + 0.7 * england_growth(base)))
    return drawn


def around_england(base: int, ahead: int) -> Array:
    """Return placeplan's number around the growth of all plans in England."""
    return ours(base, ahead, replace(national(base), growth=england_growth(base)))


RULES: dict[str, Rule] = {
    "placeplan": ours,
    "placeplan around the growth of all plans": around_england,
    "last growth drawn to England's": toward_england,
    "own last growth continued": own_growth,
    "straight line, five years": straight_line,
    "no change": no_change,
}


def error(rule: Rule, base: int, ahead: int) -> float:
    """Return the mean absolute percentage error over authorities."""
    actual = _plans(base + ahead)
    return float(np.nanmean(np.abs(rule(base, ahead) / actual - 1.0)))


def mean_error(rule: Rule, ahead: int, bases: tuple[int, ...] = BASES) -> float:
    """Return the error averaged over base years."""
    return float(np.mean([error(rule, base, ahead) for base in bases if base + ahead <= LAST]))


def coverage(base: int, ahead: int) -> float:
    """Return the share of outcomes within the 80% interval."""
    pupils_then = pupils()[base].to_numpy(dtype=float)
    central = plans_ahead(_plans(base), _plans(base - 1), pupils_then, national(base), ahead)
    drawn = plan_draws(central, DRAWS, np.random.default_rng(base))[:, :, -1]
    low, high = np.quantile(drawn, (0.1, 0.9), axis=0)
    actual = _plans(base + ahead)
    known = ~np.isnan(actual)
    return float(np.mean((actual >= low)[known] & (actual <= high)[known]))


def comparison(bases: tuple[int, ...]) -> str:
    """Return the errors of all rules by years ahead."""
    reached = [ahead for ahead in AHEAD if bases[0] + ahead <= LAST]
    rows = [
        [name, *(f"{mean_error(rule, ahead, bases):.1%}" for ahead in reached)]
        for name, rule in RULES.items()
    ]
    return _table(["Rule", *(f"{ahead} ahead" for ahead in reached)], rows)


def by_base_year() -> str:
    """Return error and coverage of each base year, three years ahead, in-sample and later ones."""
    rows = [
        [str(base), f"{error(ours, base, 3):.1%}", f"{error(around_england, base, 3):.1%}",
         f"{error(toward_england, base, 3):.1%}", f"{coverage(base, 3):.0%}"]
        for base in (*BASES, *LATER_BASES)
    ]  # fmt: skip
    return _table(
        ["Base year", "placeplan", "around all plans", "drawn to England's", "In 80% interval"], rows
    )


def intervals() -> str:
    """Return the coverage of the 80% interval by years ahead."""
    rows = []
    for ahead in AHEAD:
        ins, later = (
            [coverage(base, ahead) for base in bases if base + ahead <= LAST]
            for bases in (BASES, LATER_BASES)
        )
        rows.append([str(ahead), f"{np.mean(ins):.0%}", f"{np.mean(later):.0%}"])
    return _table(
        ["Years ahead", "Base years 2016 to 2019 (spread in-sample)", "Base years 2020 to 2022"], rows
    )


def left_out() -> str:
    """Return errors of authorities that what is known of authorities does not rest on, three years ahead.

    The authorities are split in two halves ``SPLITS`` times; each half is forecast with what the other tells.
    """
    random, whole = np.random.default_rng(1), plans().index
    found: dict[str, list[list[float]]] = {"typical authority": [], "all plans": []}
    for _ in range(SPLITS):
        mixed = random.permutation(len(whole))
        for half in (mixed[: len(whole) // 2], mixed[len(whole) // 2 :]):
            told = {base: known_from(whole.delete(half), base) for base in (*BASES, *LATER_BASES)}
            found["typical authority"].append([_error_of(half, base, told[base]) for base in told])
            told = {base: replace(told[base], growth=england_growth(base)) for base in told}
            found["all plans"].append([_error_of(half, base, told[base]) for base in told])
    rows = []
    for name, errors in found.items():
        by_base = np.mean(errors, axis=0)
        rows.append([name, f"{by_base[: len(BASES)].mean():.1%}", f"{by_base[len(BASES) :].mean():.1%}"])
    return _table(["Growth around that of", "Base years 2016 to 2019", "Base years 2020 to 2022"], rows)


def _error_of(half: Array, base: int, known: National) -> float:
    actual = _plans(base + 3)
    return float(np.nanmean(np.abs(ours(base, 3, known) / actual - 1.0)[half]))


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, [":--", *["--:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def main() -> None:
    """Put the tables between their markers in the page and print them."""
    text = PAGE.read_text(encoding="utf-8")
    started = time.perf_counter()
    for base in (*BASES, *LATER_BASES):
        coverage(base, 3)
    print(
        f"total plans of {len(plans())} authorities, 7 base years, with ranges: {time.perf_counter() - started:.1f} s\n"
    )
    started = time.perf_counter()
    tables = {
        "comparison": comparison(BASES), "later": comparison(LATER_BASES), "base-years": by_base_year(),
        "intervals": intervals(), "left-out": left_out(),
        **{name: _table(*made) for name, made in {**stock_tables(), **step_tables()}.items()},
    }  # fmt: skip
    for name, made in tables.items():
        marks = rf"(<!-- evidence: {name} -->\n).*?(<!-- end of evidence -->)"
        text, count = re.subn(
            marks, lambda found, made=made: f"{found[1]}{made}\n{found[2]}", text, flags=re.S
        )
        if count != 1:
            raise SystemExit(f"{PAGE.name} has {count} places for {name}, needs one")
        print(f"{name}\n{made}\n")
    PAGE.write_text(text, encoding="utf-8", newline="\n")
    print(f"{time.perf_counter() - started:.1f} s")


if __name__ == "__main__":
    main()
