"""The release and another act at the same moment: the second judges what the first left behind.

The controls take the guards away, the locks and the phase's compare-and-set: then it goes wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

import marketplace.db
from marketplace.accounts.models import User
from marketplace.applications import closures
from marketplace.applications import queries as application_queries
from marketplace.applications import services as applications
from marketplace.applications.models import Application, Consent
from marketplace.db import db
from marketplace.rounds import changes, queries
from marketplace.rounds import services as rounds
from marketplace.rounds.models import Round
from marketplace.rounds.phases import Phase
from marketplace.runs import locking, releasing, superseding
from marketplace.runs.corrections import Correction, Kind
from marketplace.runs.models import Placement, Publication, Seal
from marketplace.slots import policies as slot_policies
from marketplace.slots.models import Slot, SlotState
from tests.factories import Factory
from tests.rounds.market import DAY, START, Market
from tests.support.threads import while_held

pytestmark = pytest.mark.both_databases

NOW = START + 9 * DAY
#: What the second act may become: each of these is a sentence on a page, and nothing was written.
REFUSALS = {"wrong_phase", "superseding", "no_result"}


class Decided(Market):
    """One student placed under embargo; a school with two coordinators, and what they and others may do."""

    def __init__(self, make: Factory) -> None:
        super().__init__(make, students=1, slots=1)
        self.second = make.coordinator(self.school, "Second coordinator")
        self.apply(self.students[0])
        self.rank(self.students[0], *self.slots)

    def _act(self, person: User, what: Callable[..., object], *arguments: Any, **words: Any) -> None:
        """As the routes do it: the round's row is held."""
        actor = self.make.actor(person)
        what(actor, queries.coordinated(actor, self.round_id, lock=True), *arguments, now=NOW, **words)

    def let_out(self) -> None:
        """The coordinator releases."""
        self._act(self.coordinator, releasing.release)

    def call_off(self) -> None:
        """The second coordinator calls the round off."""
        self._act(self.second, changes.call_off, reason="A site burnt down.")

    def propose(self) -> None:
        """The second coordinator asks for another run."""
        gone = Correction(Kind.SLOT_GONE, slot=f"slot-{self.slots[0].id}")
        self._act(self.second, superseding.propose, [gone], reason="A site burnt down.")

    def take_back(self) -> None:
        """They take that back."""
        self._act(self.second, superseding.withdraw)

    def confirm(self) -> None:
        """The first coordinator agrees to another run."""
        self._act(self.coordinator, superseding.confirm)

    def revoke(self) -> None:
        """The student takes the consent back."""
        actor = self.make.actor(self.students[0])
        (row,) = db.session.scalars(sa.select(Application.id))
        applications.withdraw(actor, application_queries.own(actor, row, lock=True), now=NOW)

    def seal(self) -> None:
        """The nightly job's step that seals the lists."""
        locking.lock(
            queries.coordinated(self.make.actor(self.coordinator), self.round_id, lock=True), now=NOW
        )

    def close(self) -> None:
        """The facility closes its slot."""
        actor = self.make.actor(self.contact)
        closures.close_slot(actor, self.slots[0].id, reason="It burnt down.", now=NOW)

    def count(self, model: type) -> int:
        """How many rows there are."""
        return self.read(lambda: db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0)


@pytest.fixture
def market(make: Factory) -> Decided:
    found = Decided(make)
    found.nightly(8)
    return found


#: First, second, what becomes of the second, whether the result is out then, and the round's phase.
PAIRS = [
    ("let_out", "let_out", "wrong_phase", True, Phase.RELEASED),
    ("let_out", "call_off", "wrong_phase", True, Phase.RELEASED),
    ("call_off", "let_out", "wrong_phase", False, Phase.CANCELLED),
    ("let_out", "propose", "wrong_phase", True, Phase.RELEASED),
    ("propose", "let_out", "superseding", False, Phase.COMPUTED),
    ("confirm", "let_out", "no_result", False, Phase.LOCKED),
    ("take_back", "let_out", "done", True, Phase.RELEASED),
    ("revoke", "let_out", "done", True, Phase.RELEASED),
    ("let_out", "revoke", "done", True, Phase.RELEASED),
]


@pytest.mark.parametrize(("first", "second", "outcome", "out", "phase"), PAIRS)
def test_a_release_and_another_act_at_once(
    market: Decided, first: str, second: str, outcome: str, out: bool, phase: Phase
) -> None:
    if first in ("confirm", "take_back"):
        with market.committed():
            market.propose()
    became = while_held(market.committed, getattr(market, first), getattr(market, second), seconds=0.5)
    assert (became, market.phase) == (outcome, phase)
    assert market.count(Publication) == market.count(Placement) == out
    assert len(market.mail("released")) == (4 if out else 0), "student, contact, two coordinators"
    if "revoke" in (first, second):
        standing = sa.select(Consent.id).where(Consent.ended_at.is_(None))
        assert market.read(lambda: db.session.scalar(standing)) is None


CONTROLS = [("let_out", "let_out"), ("let_out", "call_off"), ("call_off", "let_out"), ("propose", "let_out")]


@pytest.mark.parametrize(("first", "second"), CONTROLS)
def test_without_locks_it_would_go_wrong(
    market: Decided, monkeypatch: pytest.MonkeyPatch, first: str, second: str
) -> None:
    """On PostgreSQL both are done, or a key breaks; on SQLite the second breaks on the first's rows."""
    unguard(monkeypatch)
    became = while_held(market.committed, getattr(market, first), getattr(market, second), seconds=5)
    assert became not in {*REFUSALS, AssertionError.__name__}, became


def unguard(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one would write without thinking of others: look, then do. SQLite's writers look unlocked."""
    genuine = queries.coordinated

    def coordinated(actor: Any, round_id: int, *, lock: bool = False) -> Round:
        return genuine(actor, round_id)

    def move(_actor: Any, round_: Round, following: Phase, *, now: Any) -> None:
        if round_.phase is not Phase.COMPUTED:
            raise AssertionError("the second was too late to be fooled")
        round_.phase = following
        db.session.flush()

    blind = SimpleNamespace(session=Blind())
    monkeypatch.setattr(marketplace.db, "_only_reads", lambda: True)
    monkeypatch.setattr(queries, "coordinated", coordinated)
    monkeypatch.setattr(releasing, "db", blind)
    for module in (rounds, releasing, superseding):
        monkeypatch.setattr(module, "move", move)


class Blind:
    """The session, which does not see that there is a publication."""

    def __getattr__(self, name: str) -> Any:
        return getattr(db.session, name)

    def get(self, model: type, key: Any) -> Any:
        """Look, but not for publications."""
        return None if model is Publication else db.session.get(model, key)


def sealed_with_a_closed_slot(market: Decided) -> bool:
    """Whether the sealed input holds a slot that is closed: what must never be."""
    slot = market.read(lambda: db.session.get_one(Slot, market.slots[0].id))
    seal = market.read(lambda: db.session.get(Seal, market.round_id))
    return seal is not None and '"slots":[]' not in seal.problem and slot.state is SlotState.CLOSED


@pytest.mark.parametrize("guarded", [True, False])
def test_a_slot_that_closes_as_lists_are_sealed(
    make: Factory, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    """Either it is in the sealed input and stays open, or it is closed and not in it."""
    market = Decided(make)
    market.nightly(4)
    if not guarded:
        monkeypatch.setattr(slot_policies, "require_free", lambda *_arguments: None)
    became = while_held(market.committed, market.seal, market.close, seconds=0.5)
    assert sealed_with_a_closed_slot(market) is not guarded
    assert became == ("slot_in_round" if guarded else "done")
