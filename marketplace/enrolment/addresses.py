"""Read a pasted list of e-mail addresses, and say of each bad line why it is bad."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum

from email_validator import EmailNotValidError, validate_email

MOST = 500


class Fault(StrEnum):
    """Why an address is not invited."""

    INVALID = "invalid"
    TWICE = "twice"
    KNOWN = "known"
    INVITED = "invited"
    TOO_MANY = "too-many"


@dataclass(frozen=True, slots=True)
class Pasted:
    """The addresses to invite, in order, and the bad ones as (line, text, fault)."""

    good: list[str] = field(default_factory=list)
    bad: list[tuple[int, str, Fault]] = field(default_factory=list)


def read(text: str, *, known: Collection[str] = (), invited: Collection[str] = ()) -> Pasted:
    """Read `text`: one address a line, or several with commas or semicolons; ``Name <address>`` is fine.

    ``known`` and ``invited`` are lower-case addresses that need no invitation.

    >>> read("Ann <ann@college.example>; bob@college.example").good
    ['ann@college.example', 'bob@college.example']
    """
    found, seen = Pasted(), set[str]()
    for number, line in enumerate(text.splitlines(), start=1):
        for part in filter(None, (part.strip() for part in re.split(r"[,;\t]", line))):
            bracketed = re.search(r"<([^<>]+)>", part)
            address = _address(bracketed.group(1).strip() if bracketed else part)
            fault = _fault(address, seen, known, invited, len(found.good))
            if address is None or fault is not None:
                found.bad.append((number, part[:100], fault or Fault.INVALID))
            else:
                found.good.append(address)
            seen.add((address or "").lower())
    return found


def _address(text: str) -> str | None:
    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError:
        return None


def _fault(
    address: str | None, seen: set[str], known: Collection[str], invited: Collection[str], count: int
) -> Fault | None:
    if address is None:
        return Fault.INVALID
    lower = address.lower()
    faults = (
        (Fault.TWICE, lower in seen),
        (Fault.KNOWN, lower in known),
        (Fault.INVITED, lower in invited),
        (Fault.TOO_MANY, count >= MOST),
    )
    return next((fault for fault, holds in faults if holds), None)
