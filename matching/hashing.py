"""The one source of randomness: SHA-256 over length-prefixed parts. Imports nothing of ours; everyone may
import it.

Nothing else in the package breaks a tie, so reordering a file never changes a result, and anybody can redo
a draw with a pocket SHA-256. The tags keep draws for different purposes apart.
"""

from __future__ import annotations

import hashlib
from enum import IntEnum
from typing import Final

ZERO_SEED: Final = "0" * 64


class Tag(IntEnum):
    """What a draw is for."""

    STUDENT = 0x00  # a student's one lottery number for all slots
    OWN_TIE = 0x01  # ties in a student's own list
    STUDENT_AT_SLOT = 0x02  # a student's lottery number at one slot (mode "multiple")
    CLOSURE = 0x03  # which of several equally empty slots below their minimum closes
    INSERTION = 0x04  # the orders in which couples are inserted
    ROUND_SEED = 0x20  # the seed of a round, without a seed prefix


def encode(*parts: str | bytes) -> bytes:
    """Join parts so that no two different lists of parts give the same bytes.

    Each part is its UTF-8 byte length as an unsigned 32-bit big-endian integer, then its bytes.

    >>> encode("ab", "c").hex()
    '0000000261620000000163'
    """
    joined = []
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        joined.append(len(raw).to_bytes(4, "big"))
        joined.append(raw)
    return b"".join(joined)


def seeded(seed: str | bytes, tag: int, *parts: str | bytes) -> int:
    """H(tag, parts…) of the contract: SHA-256(seed ‖ tag ‖ encoded parts) as a big-endian integer; smaller
    is first.

    Parameters
    ----------
    seed : str or bytes
        64 hexadecimal digits, or their 32 bytes.
    tag : int
        0 to 255, see :class:`Tag`.

    >>> hex(seeded("0" * 64, Tag.STUDENT, "s1"))[:18]
    '0x9f3ac1e1bde09284'
    """
    return int.from_bytes(hashlib.sha256(seed_bytes(seed) + bytes([tag]) + encode(*parts)).digest(), "big")


def unseeded(tag: int, *parts: str | bytes) -> bytes:
    """SHA-256(tag ‖ encoded parts), 32 bytes: commitments, leaves and round seeds, which have no seed yet.

    >>> unseeded(Tag.ROUND_SEED, "root", "secret", "contribution").hex()[:16]
    '0c6515af219e2c9a'
    """
    return hashlib.sha256(bytes([tag]) + encode(*parts)).digest()


def lottery_number(seed: str | bytes, student: str, slot: str | None = None) -> int:
    """The student's lottery number: one for all slots, or with ``slot`` the one at that slot (mode
    "multiple")."""
    if slot is None:
        return seeded(seed, Tag.STUDENT, student)
    return seeded(seed, Tag.STUDENT_AT_SLOT, slot, student)


def seed_bytes(seed: str | bytes) -> bytes:
    """The 32 bytes of a seed given as 64 hexadecimal digits or as bytes.

    Raises
    ------
    ValueError
        If it is neither.
    """
    raw = bytes.fromhex(seed) if isinstance(seed, str) else seed
    if len(raw) != 32:
        raise ValueError(f"a seed has 32 bytes, not {len(raw)}")
    return raw
