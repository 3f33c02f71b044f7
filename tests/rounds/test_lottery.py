"""The lottery can be redone with SHA-256 alone, from what is published; no hashing of ours here."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

import pytest
from flask import Flask

from marketplace.db import db
from marketplace.rankings import queries as rankings
from marketplace.rounds import lottery
from marketplace.rounds.models import Round
from marketplace.runs.models import RunKind, Seal
from tests.factories import Factory
from tests.rounds.market import Market
from tests.support.client import StrictClient

pytestmark = pytest.mark.both_databases


def sha(tag: int, *parts: str, seed: str = "") -> bytes:
    """SHA-256 over seed, tag and each part with its length as four bytes before it."""
    text = bytes.fromhex(seed) + bytes([tag])
    for part in parts:
        raw = part.encode()
        text += len(raw).to_bytes(4, "big") + raw
    return hashlib.sha256(text).digest()


@pytest.fixture
def market(make: Factory) -> Market:
    """Decided: more students than places, so that the lottery matters; one never certified."""
    market = Market(make, students=5, slots=2)
    for student in market.students:
        market.apply(student)
        market.rank(student, *market.slots)
    market.rank(market.students[0], market.slots[1], certify=False)
    market.nightly(8)
    return market


def published(market: Market) -> tuple[Round, Seal, dict[str, Any], dict[str, Any]]:
    def read() -> tuple[Round, Seal]:
        return db.session.get_one(Round, market.round_id), db.session.get_one(Seal, market.round_id)

    round_, seal = market.read(read)
    (run,) = market.runs(RunKind.OFFICIAL)
    assert run.result
    return round_, seal, json.loads(seal.problem), json.loads(run.result)


def test_secret_commitment_root_and_seed_fit_together(market: Market) -> None:
    round_, seal, problem, result = published(market)
    key = sha(0x27, round_.lottery_secret)
    assert key.hex() == round_.draw_key
    assert hashlib.sha256(key).hexdigest() == round_.lottery_commitment
    assert sha(0x24, *sorted(seal.leaves)).hex() == seal.root
    seed = sha(0x20, seal.root, key.hex(), "").hex()
    assert problem["lottery"] == result["lottery"] == {"seed": seed, "mode": "single"}


def test_every_list_in_the_run_opens_its_leaf(app: Flask, market: Market) -> None:
    """Pseudonym, salt and leaf follow from the secret: nothing was left to choose."""
    round_, seal, problem, _result = published(market)
    students, slots = market.codes()
    assert students == {
        "s" + sha(0x21, round_.lottery_secret, str(row)).hex()[:12]: row for row in students.values()
    }
    leaves = []
    for student in problem["students"]:
        with app.app_context():
            owner = rankings.Owner(market.round_id, student_id=students[student["id"]])
            saved = rankings.in_force(owner)
        assert saved is not None
        salt = sha(0x22, round_.lottery_secret, student["id"], str(saved.version)).hex()
        content = json.dumps([[sorted(t) for t in student["preferences"]], False], separators=(",", ":"))
        leaves.append(sha(0x23, salt, student["id"], content).hex())
        assert saved.digest == leaves[-1]
    assert sorted(leaves) == sorted(seal.leaves)
    assert set(slots) == {slot["id"] for slot in problem["slots"]}


def test_places_go_by_lottery_number_where_a_slot_takes_anyone(market: Market) -> None:
    """Serial dictatorship by SHA-256, by hand: everyone wants slot 1 first, then slot 2."""
    _round, _seal, problem, result = published(market)
    seed = result["lottery"]["seed"]
    order = sorted(problem["students"], key=lambda student: sha(0x00, student["id"], seed=seed))
    free = {slot["id"]: slot["capacity"] for slot in problem["slots"]}
    expected: dict[str, str | None] = {}
    for student in order:
        wanted = [slot for tier in student["preferences"] for slot in tier]
        got = next((slot for slot in wanted if free[slot]), None)
        if got is not None:
            free[got] -= 1
        expected[student["id"]] = got
    assert result["assignment"] == expected and None in expected.values()


def test_the_rehearsals_know_nothing_of_the_secret(make: Factory) -> None:
    """The same lists under another secret rehearse to the same totals: seeds come from round, night, draw."""
    totals = []
    for _ in range(2):
        market = Market(make, name="Same", students=5)
        for student in market.students:
            market.apply(student)
            market.rank(student, *market.slots)
        market.nightly(5)
        totals.append({k: v for k, v in (market.runs()[0].totals or {}).items() if k != "at_risk"})
    assert totals[0]["placed_typical"] == totals[1]["placed_typical"] == 2
    assert lottery.rehearsal_seed(7, "2026-11-05", 3) == sha(0x25, "7", "2026-11-05", "3").hex()


def test_two_rounds_never_share_a_secret(make: Factory) -> None:
    secrets = {Market(make, name=f"R{n}").round.lottery_secret for n in range(3)}
    assert len(secrets) == 3 and all(len(bytes.fromhex(secret)) == 32 for secret in secrets)


def test_the_rules_page_shows_root_and_leaves_once_locked_and_never_the_secret(
    make: Factory, client: StrictClient
) -> None:
    market = Market(make, students=3, slots=2)
    for student in market.students:
        market.apply(student)
    receipts = [market.rank(student, *market.slots) for student in market.students]
    address = f"/rounds/{market.round_id}/rules"
    before = client.get(address).get_data(as_text=True)
    assert market.round.lottery_commitment in before
    assert not any(receipt in before for receipt in receipts)
    market.nightly(8)
    round_, seal, problem, _result = published(market)
    after = client.get(address).get_data(as_text=True)
    shown = re.findall(r"<code>([0-9a-f]{64})</code>", after)
    assert sorted(receipts) == shown and sha(0x24, *shown).hex() == seal.root
    assert seal.root in after
    assert round_.draw_key
    assert seal.problem_sha256 in after and seal.problem_sha256 not in before
    assert all(seal.problem_sha256 in message.body for message in market.mail("locked"))
    for hidden in (round_.lottery_secret, round_.draw_key, problem["lottery"]["seed"]):
        assert hidden not in before + after
