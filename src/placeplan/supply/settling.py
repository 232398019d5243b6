"""What a planned change is, and what is left of changes that meet at one school.

A place is taken away once. Of several closures of a school the first in the table that has closed it counts; the other
changes of a school end with it, or go on at the school that gains all its places by an amalgamation. A closure that is not
in central figures would take, if it came, what the central changes have added as well. A closure that fails to come gives
back the places that the school had before any change.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from placeplan.arrays import Array
from placeplan.register import Register

CENTRAL = ("certain", "firm")
ASSUMED_CERTAINTY = "firm"
"""What a change without a stated certainty counts as; the checks warn of it."""
CLOSING = ("closure", "amalgamation")
Effects = Mapping[str, Array]


@dataclass(frozen=True)
class Change:
    """One planned change and its effect.

    ``site``: row in the register, -1 for a new school outside it; ``areas``: (year groups) row of the planning area
    that each year group stands in, -1 for none; ``effects``: (year groups, years) on each measure, and on ``places``, the
    measure that counts there. ``closes``: (year groups, years) whether the change has closed the site there. ``others``:
    effects on further sites (other sites of a school that closes, the school that takes over). ``into``: row of the site
    that takes a closing school's pupils, -1 for none; ``moves``: whether that site gains all the places too. ``late``: share
    and effect of the same change that many years late.
    """

    change_id: str
    kind: str
    certainty: str
    probability: float
    site: int
    areas: Array
    effects: Mapping[str, Array]
    closes: Array
    others: tuple[Change, ...] = ()
    into: int = -1
    moves: bool = False
    late: tuple[tuple[float, Change], ...] = ()

    @property
    def central(self) -> bool:
        """Whether central figures include the change."""
        return self.certainty in CENTRAL

    @property
    def parts(self) -> tuple[Change, ...]:
        """The change at its own school and at every other that it touches."""
        return (self, *self.others)

    @property
    def closing(self) -> bool:
        """Whether the change ends a school or a part of it."""
        return self.kind in CLOSING


@dataclass
class _Closed:
    """Where one site has closed by central changes, (year groups, years), and which sites gain its places there."""

    mask: Array
    gaining: list[tuple[int, Array]] = field(default_factory=list)


def settled(changes: list[Change], register: Register) -> list[Change]:
    """Return the changes with nothing counted twice at a school that closes."""
    closed: dict[int, _Closed] = {}
    fresh = {place: _fresh(change, closed) for place, change in enumerate(changes) if _ends(change)}
    found = list(changes)
    for place, change in enumerate(changes):
        if place in fresh:
            found[place] = _closing(change, fresh[place], {}, closed, register)
        elif not change.closing:
            found[place] = _moved_on(change, closed, register)
    added = _added(part for change in found if change.central for part in change.parts if not _shuts(part))
    for place, change in enumerate(changes):
        if change.closing and not change.central:
            left = [part.closes & ~_mask(closed, part) for part in change.parts]
            found[place] = _closing(change, left, added, closed, register)
    return found


def _ends(change: Change) -> bool:
    return change.central and change.closing


def _shuts(part: Change) -> bool:
    return bool(part.closes.any())


def _mask(closed: Mapping[int, _Closed], part: Change) -> Array:
    return closed[part.site].mask if part.site in closed else np.zeros_like(part.closes)


def _fresh(change: Change, closed: dict[int, _Closed]) -> list[Array]:
    """Where each part of a closure closes what was open until then; the closure is added to those known."""
    fresh = []
    for part in change.parts:
        opened = part.closes & ~_mask(closed, part)
        fresh.append(opened)
        if _shuts(part):
            site = closed.setdefault(part.site, _Closed(np.zeros_like(part.closes)))
            site.mask = site.mask | part.closes
            if change.moves:
                site.gaining.append((change.into, opened))
    return fresh


def _closing(
    change: Change,
    fresh: list[Array],
    added: Mapping[int, Effects],
    closed: Mapping[int, _Closed],
    register: Register,
) -> Change:
    """A closure that takes only what is still there, with what was added to it, and gives that to the school that gains."""
    if not any(_shuts(part) for part in change.parts):
        return replace(change, late=())
    parts, gains = [], []
    for part, opened in zip(change.parts, fresh, strict=True):
        if _shuts(part):
            more = added.get(part.site, {})
            effects = {name: (cells - more.get(name, 0.0)) * opened for name, cells in part.effects.items()}
            parts.append(replace(part, effects=effects, others=(), late=()))
        else:
            gains.append(part)
    anywhere = np.any(fresh, axis=0)
    for gain in gains:
        effects = {name: cells * anywhere for name, cells in gain.effects.items()}
        if change.moves:
            effects = {name: -np.sum([part.effects[name] for part in parts], axis=0) for name in effects}
        parts += _parts_on(replace(gain, effects=effects), closed, register)
    late = tuple(
        (share, _closing(one, _both(one, fresh), added, closed, register)) for share, one in change.late
    )
    return _whole(change, parts, late)


def _both(late: Change, fresh: list[Array]) -> list[Array]:
    return [part.closes & opened for part, opened in zip(late.parts, fresh, strict=True)]


def _moved_on(change: Change, closed: Mapping[int, _Closed], register: Register) -> Change:
    """A change that ends where its school has closed, or goes on at the school that gains its places."""
    parts = [moved for part in change.parts for moved in _parts_on(part, closed, register)]
    late = tuple((share, _moved_on(one, closed, register)) for share, one in change.late)
    return _whole(change, parts, late)


def _whole(change: Change, parts: list[Change], late: tuple[tuple[float, Change], ...]) -> Change:
    first = parts[0]
    return replace(
        change, site=first.site, areas=first.areas, effects=first.effects, closes=first.closes,
        others=tuple(parts[1:]), late=late,
    )  # fmt: skip


def _parts_on(
    part: Change, closed: Mapping[int, _Closed], register: Register, seen: frozenset[int] = frozenset()
) -> list[Change]:
    """Split what a change does at a school into what stays there and what goes on at schools that gain its places."""
    part = replace(part, others=(), late=())
    if part.site not in closed or part.site in seen:
        return [part]
    here = closed[part.site]
    found = [_limited(part, ~here.mask)]
    for into, mask in here.gaining:
        if any((cells * mask).any() for cells in part.effects.values()):
            there = replace(_limited(part, mask), site=into, areas=register.site_areas()[into])
            found += _parts_on(there, closed, register, seen | {part.site})
    return found


def _limited(part: Change, where: Array) -> Change:
    return replace(part, effects={name: cells * where for name, cells in part.effects.items()})


def _added(parts: Iterable[Change]) -> dict[int, dict[str, Array]]:
    """What central changes add at each site, by measure."""
    found: dict[int, dict[str, Array]] = {}
    for part in parts:
        if part.site >= 0:
            sums = found.setdefault(part.site, {})
            for name, cells in part.effects.items():
                sums[name] = sums.get(name, 0.0) + cells
    return found
