"""A placement as a calendar file (RFC 5545): one event of whole days. Small enough to write by hand.

Lines end in CRLF and are folded at 75 octets, never inside a character; text is escaped; the last day of an
event of whole days is the day after it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from marketplace.runs.models import Placement

_WIDTH = 75
#: What a line of text escapes; a line break becomes two characters.
_ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": None})


def ics(placement: Placement, *, host: str, now: datetime) -> str:
    """The file; needs slot, facility and site loaded. ``host`` makes the event's name unique."""
    slot = placement.slot
    site = slot.site
    sure = placement.state == "confirmed"
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Practicum Match//Placement//EN",
        "BEGIN:VEVENT",
        f"UID:placement-{placement.id}@{host}",
        f"DTSTAMP:{now.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        f"DTSTART;VALUE=DATE:{slot.starts_on:%Y%m%d}",
        f"DTEND;VALUE=DATE:{slot.ends_on + timedelta(days=1):%Y%m%d}",
        f"SUMMARY:{text(f'Practicum: {slot.title}, {slot.facility.name}')}",
        f"LOCATION:{text(f'{site.address}, {site.city}, {site.state} {site.zip}')}",
        f"DESCRIPTION:{text(f'{slot.hours} hours')}",
        f"STATUS:{'CONFIRMED' if sure else 'TENTATIVE'}",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{part}\r\n" for line in lines for part in fold(line))


def text(value: str) -> str:
    r"""A value of type TEXT.

    >>> text("Main; St, 1")
    'Main\\; St\\, 1'
    """
    return value.translate(_ESCAPES)


def fold(line: str) -> Iterator[str]:
    """The line in parts of at most 75 octets; each further part begins with a space, which counts.

    >>> [len(part.encode()) for part in fold("é" * 50)]
    [74, 27]
    """
    part, size = "", 0
    for character in line:
        octets = len(character.encode())
        if size + octets > _WIDTH:
            yield part
            part, size = " ", 1
        part, size = part + character, size + octets
    yield part
