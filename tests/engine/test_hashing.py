"""The draws, against SHA-256 spelled out by hand."""

from __future__ import annotations

import hashlib

import pytest

from matching.hashing import Tag, encode, lottery_number, seed_bytes, seeded, unseeded

SEED = "00" * 31 + "ff"


def test_seeded_draw_is_the_hash_of_seed_tag_and_prefixed_parts() -> None:
    spelled = bytes(31) + b"\xff" + b"\x02" + b"\x00\x00\x00\x01a" + b"\x00\x00\x00\x02\xc3\xa9"
    assert seeded(SEED, Tag.STUDENT_AT_SLOT, "a", "é") == int(hashlib.sha256(spelled).hexdigest(), 16)


def test_unseeded_takes_bytes_and_text() -> None:
    spelled = b"\x20" + b"\x00\x00\x00\x02\x00\x01" + b"\x00\x00\x00\x01x"
    assert unseeded(Tag.ROUND_SEED, b"\x00\x01", "x") == hashlib.sha256(spelled).digest()


def test_parts_never_run_together() -> None:
    assert encode("ab", "c") != encode("a", "bc")


def test_lottery_number_follows_the_mode() -> None:
    assert lottery_number(SEED, "s") == seeded(SEED, 0, "s")
    assert lottery_number(SEED, "s", "h") == seeded(SEED, 2, "h", "s")


@pytest.mark.parametrize("seed", ["ab", "zz" * 32, b"short"])
def test_a_seed_has_32_bytes(seed: str | bytes) -> None:
    with pytest.raises(ValueError, match=r"32 bytes|non-hexadecimal"):
        seed_bytes(seed)
