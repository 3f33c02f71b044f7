"""How alike two organisations are, by name, place, address, telephone and web domain. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from marketplace.geo import Point, miles_between
from marketplace.naming.words import WEIGHTS, fold, grams, weight

#: From here on somebody is asked "Is it one of these?".
ASK = 0.62
#: Another place of the same name is another entry: as far apart as this, in miles.
ELSEWHERE = 15.0
_PLACE = 0.35
#: Words left out where names are compared as one word.
_DROPPED = (
    frozenset(("hospital", "medical", "center")),
    frozenset(word for word, telling in WEIGHTS.items() if 0.1 < telling <= 0.3),
)
_LEAST = 0.6


@dataclass(frozen=True, slots=True)
class Described:
    """An organisation as somebody describes it. Empty fields say nothing."""

    name: str
    city: str = ""
    state: str = ""
    zip: str = ""
    point: Point | None = None
    address: str = ""
    phone: str = ""
    domain: str = ""
    aliases: tuple[str, ...] = ()


def likeness(typed: Described, known: Described) -> float:
    """From 0 (nothing in common) to 1; 0 where `known` is certainly elsewhere."""
    same_line = bool(typed.phone) and typed.phone == known.phone
    place = _place(typed, known)
    if place < 0 and not same_line:
        return 0.0
    towns = frozenset(fold(typed.city) + fold(known.city))
    names = (known.name, *known.aliases)
    name = max(alike(fold(typed.name), fold(each), towns) for each in names)
    signs = 0.08 * max(place, 0) + 0.25 * same_line
    if name >= 0.3:
        signs += 0.2 * same_address(typed.address, known.address)
        signs += 0.08 * (bool(typed.domain) and typed.domain == known.domain)
    return min(1.0, name * 0.92 + signs)


def alike(left: tuple[str, ...], right: tuple[str, ...], towns: frozenset[str] = frozenset()) -> float:
    """How alike the name typed, `left`, and the one known are, folded; words of a town's name tell less."""
    if "".join(left) == "".join(right):
        return 1.0
    forward, backward = _covered(left, right, towns), _covered(right, left, towns)
    harmonic = 2 * forward * backward / (forward + backward) if forward + backward else 0.0
    found = 0.75 * harmonic + 0.25 * max(forward, backward)
    if forward > 0.95:
        found = max(found, 0.62)  # nothing was typed that the known name lacks
    elif _names_another(left, right, towns):
        found *= 0.8
    return max(found, _written_together(left, right))


def _names_another(left: tuple[str, ...], right: tuple[str, ...], towns: frozenset[str]) -> bool:
    """Whether a telling word of `left` is unknown to `right`, and none of them is known to it."""
    telling = [word for word in left if weight(word) >= 0.6 and word not in towns]
    return bool(telling) and not any(same_word(word, other) for word in telling for other in right)


def _covered(these: tuple[str, ...], others: tuple[str, ...], towns: frozenset[str]) -> float:
    """The part of `these`, by weight, that stands among `others`, small slips forgiven."""
    total = got = 0.0
    for word in these:
        worth = weight(word) * (_PLACE if word in towns else 1.0)
        total += worth
        got += worth * max((same_word(word, other) for other in others), default=0.0)
    return got / total if total else 0.0


def _written_together(left: tuple[str, ...], right: tuple[str, ...]) -> float:
    """0.9 where the names are one once written as one word: for words joined or split, else 0."""
    return 0.9 * any(_joined(left, drop) == _joined(right, drop) != "" for drop in _DROPPED)


def _joined(words: tuple[str, ...], drop: frozenset[str]) -> str:
    return "".join(word for word in words if word not in drop)


@lru_cache(maxsize=200_000)
def same_word(a: str, b: str) -> float:
    """1 for the same word, 0.6 to 1 for one with slips of the fingers or cut short, else 0."""
    if a == b:
        return 1.0
    short, long = sorted((a, b), key=len)
    if len(short) >= 3 and long.startswith(short) and len(short) * 2 >= len(long):
        return 0.85
    if len(short) < 4 or len(long) - len(short) > 2 or not grams(a) & grams(b):
        return 0.0
    likely = 1 - slips(a, b) / len(long)
    return likely if likely > _LEAST and (a[0] == b[0] or likely > 0.8) else 0.0


def slips(a: str, b: str) -> int:
    """How many letters were added, lost, replaced or swapped with their neighbour (Damerau, 1964)."""
    before: list[int] = []
    last = list(range(len(b) + 1))
    for i, x in enumerate(a, start=1):
        row = [i]
        for j, y in enumerate(b, start=1):
            row.append(min(row[-1] + 1, last[j] + 1, last[j - 1] + (x != y)))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                row[-1] = min(row[-1], before[j - 2] + 1)
        before, last = last, row
    return last[-1]


def same_address(a: str, b: str) -> bool:
    """Whether two street addresses have the same number and a word of the street in common."""
    ours, theirs = _street(a), _street(b)
    return bool(ours and theirs) and ours[0] == theirs[0] and bool(set(ours[1:]) & set(theirs[1:]))


def _street(text: str) -> list[str]:
    found = re.search(r"\b(\d+)\b\s+(.+)", text)
    return [found.group(1), *(w for w in fold(found.group(2)) if len(w) > 2)] if found else []


def _place(typed: Described, known: Described) -> float:
    """1: the same ZIP or town; 0: nothing known or the wider neighbourhood; -1: elsewhere."""
    if typed.state and known.state and typed.state != known.state:
        return -1.0
    if typed.zip and typed.zip == known.zip:
        return 1.0
    if typed.city and known.city:
        if fold(typed.city) == fold(known.city):
            return 1.0
        near = [same_word("".join(fold(typed.city)), "".join(fold(known.city)))]
        if max(near) > 0.75:
            return 0.8
    if typed.point and known.point:
        miles = miles_between(typed.point, known.point)
        return 0.5 if miles <= ELSEWHERE else -1.0
    if typed.city and known.city:
        return -1.0
    return 0.0


def bare_phone(text: str) -> str:
    """The ten digits of a telephone number, or nothing."""
    digits = re.sub(r"\D", "", text)
    digits = digits[1:] if len(digits) == 11 and digits[0] == "1" else digits
    return digits if len(digits) == 10 else ""


def bare_domain(text: str) -> str:
    """The host of a web address or of an e-mail address, without www."""
    host = re.sub(r"^[a-z]+://", "", text.strip().lower()).rpartition("@")[2]
    host = re.split(r"[/?#:]", host)[0].removeprefix("www.")
    return host if "." in host else ""
