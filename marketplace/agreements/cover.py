"""Whether agreements cover a placement. Pure: no database, no clock.

A placement is covered if on each of its days, the last one included, some signed agreement is in force for
the student's programme and the slot's site. Two agreements that follow one another cover what runs across.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

NOBODY: frozenset[int] = frozenset()
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Terms:
    """What one agreement says: for whom, where and when. No programmes: for all of its school.

    ``sites`` are those it names; a facility in ``narrowed`` is covered at these only, any other at all
    sites. ``signed`` agreements cover their dates (no ``ends_on``: without end). Of others, ``expected_on``
    says when the signature should come.
    """

    school_id: int
    facilities: frozenset[int]
    signed: bool
    starts_on: date | None = None
    ends_on: date | None = None
    programmes: frozenset[int] = NOBODY
    narrowed: frozenset[int] = NOBODY
    sites: frozenset[int] = NOBODY
    expected_on: date | None = None

    def applies(self, programme_id: int, facility_id: int, site_id: int) -> bool:
        """Whether it is for this programme (of its school) at this site."""
        return (
            facility_id in self.facilities
            and (not self.programmes or programme_id in self.programmes)
            and (facility_id not in self.narrowed or site_id in self.sites)
        )


@dataclass(frozen=True, slots=True)
class Cover:
    """The answer. Where not covered: ``pending`` if a signature is under way, with the day it is expected;
    ``runs_out_on`` is the last day that signed agreements do cover, where they cover the beginning."""

    covered: bool
    pending: bool = False
    expected_on: date | None = None
    runs_out_on: date | None = None


COVERED = Cover(True)
MISSING = Cover(False)


def cover(terms: Iterable[Terms], start: date, end: date) -> Cover:
    """What terms that apply say about a placement from `start` to `end`."""
    known = list(terms)
    if not known:
        return MISSING
    for each in known:  # by far the most frequent answer: one covers it all
        begun = each.signed and each.starts_on is not None and each.starts_on <= start
        if begun and (each.ends_on is None or each.ends_on >= end):
            return COVERED
    signed = sorted((t.starts_on, t.ends_on or date.max) for t in known if t.signed and t.starts_on)
    free = start  # the first day not covered yet
    for first, last in signed:
        if first <= free <= last:
            if last >= end:
                return COVERED
            free = last + _DAY
    under_way = [t.expected_on for t in known if not t.signed]
    return Cover(
        False,
        pending=bool(under_way),
        expected_on=min((day for day in under_way if day), default=None),
        runs_out_on=free - _DAY if free > start else None,
    )
