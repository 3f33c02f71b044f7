"""The round's secret and what is derived from it: pseudonyms, salts, leaves, root, seed.

At recruiting the commitment (SHA-256 of the secret) is public. At the lock the leaves and their root are
published; the seed depends on both, so neither the secret's keeper nor any list's owner can choose it.
Uses the engine's length-prefixed hashing, nothing else of it.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Sequence
from enum import IntEnum

from matching.hashing import Tag, unseeded


class Purpose(IntEnum):
    """What a digest is for: the tag byte that keeps purposes apart (the engine uses 0x00 to 0x20)."""

    PSEUDONYM = 0x21
    SALT = 0x22
    LIST = 0x23
    ROOT = 0x24
    REHEARSAL = 0x25
    IMPORTED = 0x26


def new_secret() -> tuple[str, str]:
    """A fresh secret and its commitment, both as 64 hexadecimal digits."""
    secret = secrets.token_hex(32)
    return secret, commitment(secret)


def imported_secret(problem_sha256: str) -> str:
    """The secret of a round made from a published problem: derived from the problem and nothing else.

    The same file then gives the same bytes everywhere. Whoever has the file knows the secret, which is right
    for a market whose lists are public anyway, and wrong for any other.
    """
    return unseeded(Purpose.IMPORTED, problem_sha256).hex()


def commitment(secret: str) -> str:
    """SHA-256 of the secret's 32 bytes."""
    return hashlib.sha256(bytes.fromhex(secret)).hexdigest()


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


def root(leaves: Iterable[str]) -> str:
    """SHA-256 over the sorted leaf digests."""
    return unseeded(Purpose.ROOT, *sorted(leaves)).hex()


def round_seed(root: str, secret: str, contribution: str = "") -> str:
    """The seed of the official run: H(0x20, root, secret, contribution)."""
    return unseeded(Tag.ROUND_SEED, root, secret, contribution).hex()


def rehearsal_seed(round_id: int, night: str, draw: int) -> str:
    """A seed for one draw of a rehearsal. It never touches the secret."""
    return unseeded(Purpose.REHEARSAL, str(round_id), night, str(draw)).hex()
