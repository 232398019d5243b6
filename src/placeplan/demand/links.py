"""Where a year group's pupils come from: the same area's year group below, or a pool of other areas.

Most cohorts stay in their area. Some do not: Year 7 comes from primary areas (observed transfers, else ``feeds``,
else a share of the district's Year 6), and a junior, middle or upper school may stand in an area with no year group
below it. A link names, for each area, the pupils of the year before who could come; the ratio learnt from history
says how many of them do.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from placeplan.arrays import Array
from placeplan.demand.history import History
from placeplan.demand.rebase import rebased
from placeplan.register import Register
from placeplan.tables import Inputs
from placeplan.years import YEAR_SEVEN, Phase, phase_of

RECENCY = 0.7
"""Weight of a year's observed transfers relative to the year after it."""
FOREIGN_COHORT = 3.0
"""A year group this many times larger than the one below it a year before cannot come from there."""


@dataclass(frozen=True)
class Link:
    """Pupils who could come: ``pools`` (pools, source areas) weights them, ``pool_of`` (areas) names each area's pool."""

    pools: sparse.csr_array
    pool_of: Array
    basis: str

    def expected(self, cohort: Array) -> Array:
        """Return the pool of each area from a cohort by source area, shape (source areas, …) to (areas, …)."""
        flat = cohort.reshape(len(cohort), -1)
        return (self.pools @ flat)[self.pool_of].reshape(len(self.pool_of), *cohort.shape[1:])


def year_seven_link(inputs: Inputs, register: Register, history: History) -> Link:
    """Return where each secondary area's Year 7 comes from: observed transfers, else feeds, else a recent share."""
    primary, secondary = register.area_rows(Phase.PRIMARY), register.area_rows(Phase.SECONDARY)
    year_six = history.area_roll[primary, YEAR_SEVEN - 1]
    flows = _observed(inputs, YEAR_SEVEN, register, primary, secondary, year_six, history)
    if flows is not None:
        return _with_shares(flows, register, primary, secondary, "transfers")
    feeds = register.areas["feeds"].iloc[primary].to_numpy()
    code = register.areas["code"].iloc[secondary].to_numpy()
    fed = sparse.csr_array((feeds[None, :] == code[:, None]).astype(float))
    return _with_shares(fed, register, primary, secondary, "feeds" if fed.nnz else "share")


def inner_links(
    inputs: Inputs, register: Register, history: History, phase: Phase, groups: list[int]
) -> dict[int, Link]:
    """Return links for year groups above the entry year that do not all come from their own area's group below.

    A transfers table into Year 3 or another such year group is used; an area whose year group is more than
    three times the group below it a year before (a junior or upper area, a college) takes its share of the district's.
    """
    rows = register.area_rows(phase)
    links = {}
    for group in groups[1:]:
        below = history.area_roll[rows, group - 1]
        flows = _observed(inputs, group, register, rows, rows, below, history)
        foreign = _foreign(history.area_roll[rows], group)
        if flows is None and not foreign.any():
            continue
        base = sparse.eye_array(len(rows), format="csr") if flows is None else flows
        kept = np.asarray(base.sum(axis=1)).ravel() > 0
        keep = sparse.diags_array((kept & ~foreign).astype(float))
        basis = "share" if flows is None else "transfers"
        links[group] = _with_shares(sparse.csr_array(keep @ base), register, rows, rows, basis)
    return links


def _foreign(roll: Array, group: int) -> Array:
    """Areas whose year group cannot come from the one below it, judged in the years after which the area was open."""
    was_open = np.nansum(roll[:, :, :-1], axis=1) > 0
    came = np.nansum(np.where(was_open, roll[:, group, 1:], 0.0), axis=1)
    could = np.nansum(np.where(was_open, roll[:, group - 1, :-1], 0.0), axis=1)
    return (came > FOREIGN_COHORT * could) & (came > 0)


def _observed(
    inputs: Inputs,
    group: int,
    register: Register,
    sources: Array,
    targets: Array,
    below: Array,
    history: History,
) -> sparse.csr_array | None:
    """Mean rate from each source area to each target area, recent years counting more; None without such flows.

    The rates of a source area, those who leave for OUT among them, add up to 1 at most: where more leave than were there,
    they are shares of those who leave.
    """
    flows = inputs.table("transfers")
    into = flows["into_year_group"].fillna(YEAR_SEVEN)
    flows = flows[(into == group) & flows["pupils"].notna()]
    if flows.empty:
        return None
    flows = known_flows(flows, inputs, group, register, history)
    source = flows["from_area"].map(_place(register, sources))
    target = flows["to_area"].map(_place(register, targets))
    inside = (source.notna() & target.notna()).to_numpy()
    if not inside.any():
        return None
    year = flows["academic_year"].to_numpy(np.int64)
    weight = RECENCY ** (history.base_year - year)
    known_years = np.unique(year)
    pool = sum(
        RECENCY ** (history.base_year - known) * below[:, known - 1 - history.years[0]]
        for known in known_years
    )
    moved = sparse.coo_array(
        (
            (flows["pupils"].to_numpy() * weight)[inside],
            (target[inside].to_numpy(np.int64), source[inside].to_numpy(np.int64)),
        ),
        shape=(len(targets), len(sources)),
    )
    leaving = flows["from_area"].map(_place(register, sources)).to_numpy(float)
    known = np.isfinite(leaving)
    left = np.bincount(
        leaving[known].astype(np.int64), (flows["pupils"].to_numpy() * weight)[known], len(sources)
    )
    pool = np.maximum(np.nan_to_num(pool), left)
    scale = sparse.diags_array(np.where(pool > 0, 1.0 / np.maximum(pool, 1e-9), 0.0))
    return sparse.csr_array(moved.tocsr() @ scale)


def known_flows(
    flows: pd.DataFrame, inputs: Inputs, group: int, register: Register, history: History
) -> pd.DataFrame:
    """Return flows of the years that count; areas that have changed since are shared out by weight on either side."""
    changes = inputs.table("area_changes")
    for area, year_group in (("from_area", group - 1), ("to_area", group)):
        flows = flows.assign(phase=phase_of(year_group).area_phase.value)
        flows = rebased(flows, changes, register, history.base_year, area=area)
    return flows[(flows["academic_year"] <= history.base_year) & (flows["academic_year"] > history.years[0])]


def _place(register: Register, rows: Array) -> dict[str, int]:
    return {code: index for index, code in enumerate(register.areas["code"].iloc[rows])}


def _with_shares(
    pools: sparse.csr_array, register: Register, sources: Array, targets: Array, basis: str
) -> Link:
    """Give each target area without a pool its district's whole cohort, or the authority's where it has no district."""
    empty = np.asarray(pools.sum(axis=1)).ravel() <= 0
    own = np.arange(len(targets))
    if not empty.any():
        return Link(pools, own, basis)
    districts = register.areas["district"].to_numpy()
    source_district = districts[sources]
    named = sorted(set(source_district) - {""})
    pool_of_district = {name: index for index, name in enumerate(named)}
    member = pd.Series(source_district).map(pool_of_district).fillna(-1).to_numpy(np.int64)
    inside = np.flatnonzero(member >= 0)
    by_district = sparse.coo_array(
        (np.ones(len(inside)), (member[inside], inside)), shape=(len(named), len(sources))
    )
    everyone = sparse.csr_array(np.ones((1, len(sources))))
    wanted = [pool_of_district.get(name, len(named)) for name in districts[targets]]
    pool_of = np.where(empty, len(targets) + np.array(wanted, dtype=np.int64), own)
    return Link(sparse.csr_array(sparse.vstack([pools, by_district, everyone])), pool_of, basis)
