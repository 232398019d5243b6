"""The places beside a number: of which schools they are, what each figure rests on, and what is planned.

    places of an area = places of its schools + planned places that belong to no school yet

A school with several sites has a line for each. Districts and the authority are sums of their areas.
"""

from __future__ import annotations

from placeplan.evidence.runfiles import INPUT, NEAR, SUM, Node, Run


def places_of(run: Run, cell: dict[str, str]) -> Node | None:
    """Return the tree of the places beside a row of forecast.csv; None where they are unknown."""
    if cell["geography"] == "area":
        return _area(run, cell["code"], cell)
    if cell["geography"] == "school":
        return _summed([_school(run, row) for row in _sites(run, "urn", cell["code"], cell)])
    if cell["geography"] == "district":
        members = {row["area_code"] for row in run.cohorts.values() if row["district"] == cell["code"]}
    else:
        members = {row["area_code"] for row in run.rows("sufficiency")}
    areas = dict.fromkeys(row["area_code"] for row in _rows(run, cell) if row["area_code"] in members)
    return _summed([_area(run, code, cell) for code in areas])


def _rows(run: Run, cell: dict[str, str]) -> list[dict[str, str]]:
    keys = ("phase", "academic_year", "year_group")
    return [row for row in run.rows("sufficiency") if all(row[key] == cell[key] for key in keys)]


def _sites(run: Run, key: str, code: str, cell: dict[str, str]) -> list[dict[str, str]]:
    keys = ("phase", "academic_year", "year_group")
    return [
        row
        for row in run.rows("schools")
        if row[key] == code and row["places"] and all(row[name] == cell[name] for name in keys)
    ]


def _area(run: Run, code: str, cell: dict[str, str]) -> Node | None:
    row = next((row for row in _rows(run, cell) if row["area_code"] == code), None)
    if row is None or not row["places"]:
        return None
    places = float(row["places"])
    parts = [_school(run, site) for site in _sites(run, "area_code", code, cell)]
    rest = places - sum(part.amount for part in parts)
    if abs(rest) > NEAR:
        planned = "planned places that belong to no school yet (see planned_changes)"
        parts.append(Node(planned, rest, INPUT, (), "sufficiency.csv", int(row["at"])))
    label = f"places of {row['area_name']}, {float(row['planned'] or 0):,.0f} of them by planned changes"
    return Node(label, places, SUM if parts else INPUT, tuple(parts), "sufficiency.csv", int(row["at"]))


def _school(run: Run, row: dict[str, str]) -> Node:
    """Places of one site and what the figure rests on."""
    label = row["school_name"] + (f", site {row['site_id']}" if row["site_id"] else "")
    basis = run.figures.get((row["urn"], row["site_id"], row["phase"]))
    if basis is not None:
        verified = f", verified {basis['verified_on']}" if basis["verified_on"] else ""
        label += f": {basis['measure']} by {basis['source'] or 'a source not stated'}{verified}"
    return Node(label, float(row["places"]), INPUT, (), "schools.csv", int(row["at"]))


def _summed(parts: list[Node | None]) -> Node | None:
    """Sum of parts, None if one of them is unknown."""
    known = [part for part in parts if part is not None]
    if not parts or len(known) < len(parts):
        return None
    return Node("places", sum(part.amount for part in known), SUM, tuple(known))
