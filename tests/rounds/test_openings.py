"""The public certificate and a student's opening, checked by hand with SHA-256 and nothing of ours."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from marketplace.db import db
from marketplace.rounds.models import Round, RoundSlot
from marketplace.slots.models import Slot
from tests.factories import Factory, sign_in
from tests.rounds.market import START, Market, address
from tests.support.client import StrictClient


def sha(tag: int, *parts: str, seed: str = "") -> bytes:
    """The contract's hash: seed, tag byte, then every part after its length."""
    joined = b"".join(len(p.encode()).to_bytes(4, "big") + p.encode() for p in parts)
    return hashlib.sha256(bytes.fromhex(seed) + bytes([tag]) + joined).digest()


@pytest.fixture
def market(make: Factory) -> Market:
    """Three certified lists, one draft that counts, one place too few; decided, not released."""
    market = Market(make, students=4, slots=2)
    market.everyone_applies()
    market.acts(4)
    for student in market.students[:3]:
        market.rank(student, *market.slots)
    market.rank(market.students[3], market.slots[1], certify=False)
    market.tier(market.slots[0], market.students[:1], then_any=True)
    market.nightly(8)
    return market


def certificate(market: Market, client: StrictClient) -> dict[str, Any]:
    answer = client.get(f"/rounds/{market.round_id}/certificate.json")
    assert answer.status_code == 200
    return dict(answer.get_json())


def opening(market: Market, client: StrictClient, number: int) -> dict[str, Any]:
    client.delete_cookie("session")
    sign_in(client, market.students[number].user)
    answer = client.get(f"/rounds/{market.round_id}/result/opening.json")
    assert answer.status_code == 200
    return dict(answer.get_json())


def test_neither_exists_before_the_release(market: Market, client: StrictClient) -> None:
    assert client.get(f"/rounds/{market.round_id}/certificate.json").status_code == 404
    sign_in(client, market.students[0].user)
    assert client.get(f"/rounds/{market.round_id}/result/opening.json").status_code == 404


def test_anyone_can_redo_the_draw_from_the_certificate(market: Market, client: StrictClient) -> None:
    committed = market.round.lottery_commitment
    market.release()
    found = certificate(market, client)
    draw = found["lottery"]
    assert draw["commitment"] == committed == hashlib.sha256(bytes.fromhex(draw["draw_key"])).hexdigest()
    assert found["root"] == sha(0x24, *sorted(found["leaves"])).hex()
    assert draw["seed"] == sha(0x20, found["root"], draw["draw_key"], draw["contribution"]).hex()
    assert found["counts"] == {
        "lists": 5,
        "slots": 2,
        "places": sum(s.capacity for s in market.slots),
        "closed": 0,
    }


def test_the_certificate_stays_as_released_whatever_becomes_of_the_slots(
    market: Market, client: StrictClient
) -> None:
    market.release()
    before = certificate(market, client)
    with market.committed():
        db.session.get_one(Slot, market.slots[0].id).capacity = 7
        db.session.get_one(RoundSlot, (market.round_id, market.slots[1].id)).withdrawn_at = START
    assert certificate(market, client) == before


def test_the_certificate_names_nobody_and_shows_no_list(market: Market, client: StrictClient) -> None:
    market.release()
    text = json.dumps(certificate(market, client))
    students, slots = market.codes()
    hidden = [*students, *slots, market.round.lottery_secret, market.facility.name]
    hidden += [s.user.name for s in market.students] + [address(s) for s in market.students]
    hidden += [s.title for s in market.slots]
    assert not [word for word in hidden if word in text]


def test_every_student_opens_their_own_leaf_and_number(market: Market, client: StrictClient) -> None:
    market.release()
    public = certificate(market, client)
    for number, student in enumerate(market.students):
        mine = opening(market, client, number)
        content = json.dumps([mine["list"], mine["then_any"]], separators=(",", ":"))
        leaf = sha(0x23, mine["salt"], mine["pseudonym"], content).hex()
        assert leaf == mine["digest"] and leaf in public["leaves"]
        assert market.codes()[0][mine["pseudonym"]] == student.id
        seed = public["lottery"]["seed"]
        assert mine["lottery_number"] == sha(0x00, mine["pseudonym"], seed=seed).hex()
        others = [s.user.name for s in market.students if s is not student]
        assert not [name for name in others if name in json.dumps(mine)]
    assert len(mine["list"]) == 1


def test_without_a_list_there_is_nothing_to_open(make: Factory, client: StrictClient) -> None:
    market = Market(make, students=2, slots=1)
    market.everyone_applies()
    market.rank(market.students[0], market.slots[0])
    market.nightly(8)
    market.release()
    sign_in(client, market.students[1].user)
    assert client.get(f"/rounds/{market.round_id}/result/opening.json").status_code == 404
    assert "opening.json" not in client.get(f"/rounds/{market.round_id}/result").text


def test_a_round_from_before_draw_keys_publishes_none(make: Factory, client: StrictClient) -> None:
    """Its commitment was to the secret itself, which opens every list: that stays unpublished."""
    market = Market(make, students=1, slots=1)
    with market.committed():
        db.session.get_one(Round, market.round_id).draw_key = None
    market.everyone_applies()
    market.rank(market.students[0], market.slots[0])
    market.nightly(8)
    market.release()
    found = certificate(market, client)
    secret = market.round.lottery_secret
    assert found["lottery"]["draw_key"] is None and secret not in json.dumps(found)
    assert found["lottery"]["seed"] == sha(0x20, found["root"], secret, "").hex()
    assert secret not in client.get(f"/rounds/{market.round_id}/rules").text
