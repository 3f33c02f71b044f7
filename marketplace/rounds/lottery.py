"""The round's secret and what is derived from it: pseudonyms, salts, leaves, the draw key; root and seed.

The secret never leaves the server: with it anyone could open every list's digest. The lottery hangs on the
draw key instead, which is derived from it. At recruiting the commitment (SHA-256 of the draw key) is public.
At the lock the leaves and their root are published; the seed depends on both, so neither the key's keeper nor
any list's owner can choose it. At release the draw key is published, and the seed can be computed by anyone.
Uses the engine's length-prefixed hashing, nothing else of it.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum

from matching.hashing import Tag, lottery_number, unseeded


class Purpose(IntEnum):
    """What a digest is for: the tag byte that keeps purposes apart (the engine uses 0x00 to 0x20)."""

    PSEUDONYM = 0x21
    SALT = 0x22
    LIST = 0x23
    ROOT = 0x24
    REHEARSAL = 0x25
    IMPORTED = 0x26
    DRAW = 0x27


#: The owner of the leaf of own lists that couples may be taken apart with.
APART = "apart"


def new_secret() -> str:
    """A fresh secret, as 64 hexadecimal digits."""
    return secrets.token_hex(32)


def imported_secret(problem_sha256: str) -> str:
    """The secret of a round made from a published problem: derived from the problem and nothing else.

    The same file then gives the same bytes everywhere. Whoever has the file knows the secret, which is right
    for a market whose lists are public anyway, and wrong for any other.
    """
    return unseeded(Purpose.IMPORTED, problem_sha256).hex()


def draw_key(secret: str) -> str:
    """What the round's draw hangs on; it opens nothing else, so it may be published."""
    return unseeded(Purpose.DRAW, secret).hex()


def commitment(key: str) -> str:
    """SHA-256 of the key's 32 bytes."""
    return hashlib.sha256(bytes.fromhex(key)).hexdigest()


def pseudonym(secret: str, student_id: int) -> str:
    """The student's name inside the round's files."""
    return "s" + unseeded(Purpose.PSEUDONYM, secret, str(student_id)).hex()[:12]


def salt(secret: str, owner: str, version: int) -> str:
    """The salt of one version of `owner`'s list; only the secret's keeper and the owner can know it."""
    return unseeded(Purpose.SALT, secret, owner, str(version)).hex()


def list_digest(salt: str, owner: str, tiers: Sequence[Sequence[str]], then_any: bool) -> str:
    """The salted digest of a list: it commits to the order and reveals nothing of it."""
    canonical = json.dumps([[sorted(tier) for tier in tiers], then_any], separators=(",", ":"))
    return unseeded(Purpose.LIST, salt, owner, canonical).hex()


def couple_pseudonym(secret: str, couple_id: int) -> str:
    """The couple's name inside the round's files."""
    return "c" + unseeded(Purpose.PSEUDONYM, secret, f"couple {couple_id}").hex()[:12]


def pairs_digest(
    salt: str, owner: str, members: Sequence[str], pairs: Sequence[Sequence[str | None]], apart: bool
) -> str:
    """The salted digest of a couple's list: its members, its pairs in order, and whether both asked to be
    processed separately if no pair works."""
    canonical = json.dumps([list(members), [list(pair) for pair in pairs], apart], separators=(",", ":"))
    return unseeded(Purpose.LIST, salt, owner, canonical).hex()


def apart_digest(salt: str, lists: Mapping[str, Mapping[str, Sequence[Sequence[str]]]]) -> str:
    """The digest of the own lists of couples that may be taken apart, by couple and member: one leaf more."""
    canonical = json.dumps(lists, separators=(",", ":"), sort_keys=True)
    return unseeded(Purpose.LIST, salt, APART, canonical).hex()


def root(leaves: Iterable[str]) -> str:
    """SHA-256 over the sorted leaf digests."""
    return unseeded(Purpose.ROOT, *sorted(leaves)).hex()


def round_seed(root: str, key: str, contribution: str = "") -> str:
    """The seed of the official run: H(0x20, root, draw key, contribution)."""
    return unseeded(Tag.ROUND_SEED, root, key, contribution).hex()


def number(seed: str, code: str) -> str:
    """A student's lottery number, as 64 hexadecimal digits; the smaller one is the better one."""
    return f"{lottery_number(seed, code):064x}"


def rehearsal_seed(round_id: int, night: str, draw: int) -> str:
    """A seed for one draw of a rehearsal. It never touches the secret."""
    return unseeded(Purpose.REHEARSAL, str(round_id), night, str(draw)).hex()
