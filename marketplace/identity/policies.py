"""What each sign asks for. Two different signs verify a facility; one person may check both.

What the applicant typed proves nothing: a number to call or a domain has to be found elsewhere.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from marketplace.errors import DomainError
from marketplace.identity.models import Sign
from marketplace.naming.likeness import bare_domain, bare_phone

NEEDED = 2
#: Anyone can have an address there: it says nothing about whom somebody works for.
FREE_MAIL = frozenset(
    "gmail.com googlemail.com yahoo.com ymail.com outlook.com hotmail.com live.com msn.com aol.com "
    "icloud.com me.com mac.com proton.me protonmail.com gmx.com gmx.net mail.com zoho.com comcast.net "
    "verizon.net att.net sbcglobal.net bellsouth.net charter.net cox.net".split()
)


@dataclass(frozen=True, slots=True)
class Known:
    """What the signs of a facility are checked against."""

    contact_domains: Collection[str]
    listed: bool
    alike: bool
    listing_taken: bool


def check(sign: Sign, detail: str, known: Known) -> None:
    """Raise DomainError with its reason where `detail` does not support `sign`."""
    if sign is not Sign.DIRECTORY and not detail.strip():
        raise DomainError("missing", field="detail")
    if sign is Sign.CALL_BACK and not bare_phone(detail):
        raise DomainError("no_phone", field="detail")
    if sign is Sign.DOMAIN:
        _check_domain(bare_domain(detail), known)
    if sign is Sign.DIRECTORY:
        _check_listing(known)


def _check_domain(domain: str, known: Known) -> None:
    if not domain:
        raise DomainError("no_domain", field="detail")
    if domain in FREE_MAIL:
        raise DomainError("free_mail", field="detail")
    if not any(host == domain or host.endswith(f".{domain}") for host in known.contact_domains):
        raise DomainError("foreign_domain", field="detail")


def _check_listing(known: Known) -> None:
    for holds, reason in (
        (not known.listed, "no_listing"),
        (not known.alike, "not_alike"),
        (known.listing_taken, "listing_taken"),
    ):
        if holds:
            raise DomainError(reason, field="sign")
