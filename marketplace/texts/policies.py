"""Which texts a person reads before they show. Pure; the rules are explained to contacts on the help page.

A facility's first text is read. Once one was approved, later ones show at once unless a rule holds them;
after one was sent back, they are read again.
"""

from __future__ import annotations

import hashlib
import re
from enum import StrEnum

#: As many of a text's smallest fingerprints are kept; this share in common makes it a copy.
KEPT = 24
COPIED = 0.5
_LEAST_WORDS = 8
_RUN = 3
_LINK = re.compile(
    r"https?:|www\.|\b[\w-]+\.(?:com|org|net|info|biz|io|co|us|edu|gov|link|xyz|ru|cn)\b", re.I
)
_MAIL = re.compile(
    r"[\w.+-]+\s*(?:@|[(\[]\s*at\s*[)\]])\s*[\w-]+\s*(?:\.|[(\[]?\s*\bdot\b\s*[)\]]?)\s*\w{2,}"
    r"|[\w.+-]+ at [\w-]+ dot \w{2,}",
    re.IGNORECASE,
)
_PHONE = re.compile(r"(?<![\d-])(?:\+?1[\s.-]?)?\(?\d{3}\)?[\s.-]{0,2}\d{3}[\s.-]?\d{4}(?!\d)")


class Rule(StrEnum):
    """Why a text waits."""

    FIRST = "first"
    LINK = "link"
    ADDRESS = "address"
    COPY = "copy"
    SHOUTING = "shouting"


def held_for(texts: dict[str, str], *, trusted: bool, copied: bool) -> list[Rule]:
    """The rules that hold a text back; none: it shows at once. A website has a field of its own."""
    prose = "\n".join(text for name, text in texts.items() if name != "website")
    mail = _MAIL.search(prose)
    rules = (
        (Rule.FIRST, not trusted),
        (Rule.LINK, bool(_LINK.search(_MAIL.sub(" ", prose)))),
        (Rule.ADDRESS, bool(mail or _PHONE.search(prose))),
        (Rule.COPY, copied),
        (Rule.SHOUTING, _shouts(prose)),
    )
    return [rule for rule, holds in rules if holds]


def prints(texts: dict[str, str]) -> list[str]:
    """The fingerprints of the longest text: the smallest of all runs of three words (Broder, 1997)."""
    words = re.findall(r"[a-z]+", max(texts.values(), key=len, default="").lower())
    if len(words) < _LEAST_WORDS:
        return []
    runs = {" ".join(words[at : at + _RUN]) for at in range(len(words) - _RUN + 1)}
    return sorted(hashlib.sha256(run.encode()).hexdigest()[:12] for run in runs)[:KEPT]


def _shouts(text: str) -> bool:
    letters = [sign for sign in text if sign.isalpha()]
    return len(letters) >= 40 and sum(sign.isupper() for sign in letters) > 0.6 * len(letters)
