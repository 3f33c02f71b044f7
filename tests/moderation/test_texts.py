"""New public text is read before it shows; links, addresses and copies are held."""

from __future__ import annotations

import random

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.accounts.models import User
from marketplace.db import db, transaction
from marketplace.errors import DomainError, NotFound
from marketplace.facilities.models import Facility
from marketplace.mail.models import OutboxMessage
from marketplace.moderation import services
from marketplace.slots import services as slots
from marketplace.slots.models import Slot, SlotState
from marketplace.texts.models import PublicText, TextState
from marketplace.texts.policies import Rule, held_for, prints
from tests.conftest import new_client
from tests.factories import Factory, sign_in
from tests.support.client import StrictClient

PLAIN = "Code outpatient charts beside our leads, then audit a sample of denials and present what you found."


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("See https://cheap.example/pills for more", Rule.LINK),
        ("Look at www.cheap.example", Rule.LINK),
        ("All at cheap-pills.com today", Rule.LINK),
        ("Write to ann@clinic.example", Rule.ADDRESS),
        ("Write to ann (at) clinic (dot) example", Rule.ADDRESS),
        ("Write to ann at clinic dot example", Rule.ADDRESS),
        ("Call (614) 555-0100 now", Rule.ADDRESS),
        ("Call 614.555.0100", Rule.ADDRESS),
        ("WE ARE THE GREATEST HOSPITAL OF THEM ALL, COME AND WORK HERE FOR US", Rule.SHOUTING),
    ],
)
def test_what_spam_has_is_held(text: str, rule: Rule) -> None:
    assert rule in held_for({"description": text}, trusted=True, copied=False)


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        "ICD-10-CM/PCS, CPT 2026, HL7 v2.5.1 and FHIR R4; 8:30-16:30, 120 hours, room 3.14.",
        "Bring a mask (ages 18 to 24). 10 students since 2019-2024. $12.50 an hour.",
        "Our EHR is Epic; you'll read charts at the main site.",
        "",
    ],
)
def test_ordinary_texts_of_a_trusted_facility_are_not_held(text: str) -> None:
    assert (
        held_for({"description": text, "website": "https://clinic.example"}, trusted=True, copied=False) == []
    )


def test_prints_know_a_text_with_some_words_changed() -> None:
    """Against the exact share of common runs of words, on random texts with random changes."""
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    draw = random.Random(seed)
    words = [
        f"{a}{b}" for a in ("ka", "lo", "mi", "nu", "pe", "ra", "so", "tu") for b in ("ba", "do", "ge", "ki")
    ]
    for _ in range(100):
        text = draw.choices(words, k=60)
        changed = [w if draw.random() > 0.03 else draw.choice(words) for w in text]
        other = draw.choices(words, k=60)
        mine = prints({"d": " ".join(text)})
        assert len(set(mine) & set(prints({"d": " ".join(changed)}))) > len(
            set(mine) & set(prints({"d": " ".join(other)}))
        )
    assert prints({"d": "Too few words to tell"}) == []


@pytest.fixture
def newcomer(make: Factory) -> Facility:
    """A verified facility none of whose texts was read yet."""
    facility = make.facility("Fictional Clinic", trusted_at=None)
    make.site(facility)
    return facility


def posted(make: Factory, contact: User, facility: Facility, description: str) -> int:
    """A slot drafted and posted by its contact."""
    actor = make.actor(contact)
    pattern = make.slot(facility)
    names = ("site_id", "role", "starts_on", "ends_on", "hours", "task_areas")
    values = {name: getattr(pattern, name) for name in names}
    with make.app.app_context(), transaction():
        slot = slots.create(
            actor,
            facility.id,
            now=make.now(),
            title="Coding",
            description=description,
            attested=True,
            **values,
        )
        slots.post(actor, slot.id, now=make.now())
        return slot.id


def waiting(app: Flask) -> list[PublicText]:
    """The texts that wait."""
    with app.app_context():
        query = sa.select(PublicText).where(PublicText.state == TextState.WAITING).order_by(PublicText.id)
        return list(db.session.scalars(query))


def state(app: Flask, slot_id: int) -> tuple[SlotState, str]:
    """A slot's state and the description that students see."""
    with app.app_context():
        slot = db.session.get_one(Slot, slot_id)
        return slot.state, slot.description


def test_the_first_text_waits_and_the_next_shows(app: Flask, make: Factory, newcomer: Facility) -> None:
    contact, coordinator = make.contact(newcomer), make.coordinator()
    first = posted(make, contact, newcomer, PLAIN)
    assert state(app, first)[0] is SlotState.DRAFT
    visitor = new_client(app)
    assert visitor.get(f"/slots/{first}").status_code == 404
    (text,) = waiting(app)
    assert text.held_for == ["first"] and text.posts
    reader = sign_in(new_client(app), coordinator)
    assert "Coding" in reader.get("/texts").text and PLAIN in reader.get(f"/texts/{text.id}").text
    assert "text waits to be read" in reader.get("/").text
    reader.submit(f"/texts/{text.id}", button="Approve")
    assert state(app, first)[0] is SlotState.POSTED and visitor.get(f"/slots/{first}").status_code == 200
    second = posted(
        make, contact, newcomer, "Follow requests from arrival to release, and log what was sent."
    )
    assert state(app, second)[0] is SlotState.POSTED and waiting(app) == []


def test_the_shown_text_stays_while_the_new_one_waits(
    app: Flask, make: Factory, client: StrictClient
) -> None:
    slot = make.slot(description="The old text", capacity=1)
    contact, coordinator = make.contact(slot.facility), make.coordinator()
    sign_in(client, contact)
    spam = "Cheap pills at www.pills.example"
    client.submit(f"/posting/{slot.id}/edit", {"description": spam, "capacity": "4"}, button="Save changes")
    assert state(app, slot.id) == (SlotState.POSTED, "The old text")
    with app.app_context():
        assert db.session.get_one(Slot, slot.id).capacity == 4, "what is no free text counts at once"
    assert "A change is waiting" in client.get(f"/posting/{slot.id}").text
    assert spam in client.get(f"/posting/{slot.id}/edit").text, "the contact goes on from what they wrote"
    assert "pills" not in new_client(app).get(f"/slots/{slot.id}").text
    (text,) = waiting(app)
    reader = sign_in(new_client(app), coordinator)
    assert reader.submit(f"/texts/{text.id}", button="Send it back").status_code == 422
    reader.submit(f"/texts/{text.id}", {"reason": "No links, please"}, button="Send it back")
    assert state(app, slot.id) == (SlotState.POSTED, "The old text") and waiting(app) == []
    assert (
        "No links, please" in client.get("/").text
        and "No links, please" in client.get(f"/posting/{slot.id}").text
    )
    with app.app_context():
        assert db.session.scalars(sa.select(OutboxMessage.recipient)).all() == [contact.email]
        assert db.session.get_one(Facility, slot.facility_id).trusted_at is None
    client.submit(f"/posting/{slot.id}/edit", {"description": "Plain words"}, button="Save changes")
    assert waiting(app)[0].held_for == ["first"], "after one was sent back they are read again"
    reader.submit(f"/texts/{waiting(app)[0].id}", button="Approve")
    assert state(app, slot.id) == (SlotState.POSTED, "Plain words")
    assert "No links, please" not in client.get("/").text


def test_another_facilitys_text_is_held_as_a_copy(app: Flask, make: Factory) -> None:
    ours, theirs = make.facility(), make.facility()
    posted(make, make.contact(ours), ours, PLAIN)
    again = posted(make, make.contact(ours), ours, PLAIN)
    assert state(app, again)[0] is SlotState.POSTED, "one's own text may be repeated"
    copy = posted(make, make.contact(theirs), theirs, PLAIN.replace("outpatient", "inpatient"))
    assert state(app, copy)[0] is SlotState.DRAFT and waiting(app)[0].held_for == ["copy"]


def test_what_a_facility_says_of_itself_waits_too(
    app: Flask, make: Factory, client: StrictClient, newcomer: Facility
) -> None:
    sign_in(client, make.contact(newcomer))
    page = f"/facilities/{newcomer.id}/edit"
    client.submit(page, {"about": "We teach.", "website": "https://clinic.example"}, button="Save")
    visitor = new_client(app)
    shown = visitor.get(f"/facilities/{newcomer.id}").text
    assert "We teach." not in shown and "clinic.example" not in shown
    assert (
        "We teach." in client.get(page).text
        and "A text is waiting" in client.get(f"/facilities/{newcomer.id}").text
    )
    reader = sign_in(new_client(app), make.operator())
    reader.submit(f"/texts/{waiting(app)[0].id}", button="Approve")
    assert "We teach." in visitor.get(f"/facilities/{newcomer.id}").text


def test_a_draft_that_waits_can_still_be_changed(
    app: Flask, make: Factory, client: StrictClient, newcomer: Facility
) -> None:
    """The change waits in its place; the older version can't be approved any more."""
    contact = make.contact(newcomer)
    slot_id = posted(make, contact, newcomer, PLAIN)
    (old,) = waiting(app)
    sign_in(client, contact)
    client.submit(f"/posting/{slot_id}/edit", {"description": "Better words"}, button="Save draft")
    (new,) = waiting(app)
    assert new.id != old.id and new.fields["description"] == "Better words"
    actor = make.actor(make.coordinator())
    with app.app_context(), transaction(), pytest.raises(NotFound):
        services.approve(actor, old.id, now=make.now())


def test_nobody_approves_their_own(app: Flask, make: Factory, newcomer: Facility) -> None:
    contact = make.contact(newcomer)
    posted(make, contact, newcomer, PLAIN)
    (text,) = waiting(app)
    for person in (contact, make.student(), make.user()):
        actor = make.actor(person)
        with app.app_context(), pytest.raises(NotFound):
            services.approve(actor, text.id, now=make.now())


def test_a_closed_or_begun_slot_is_not_posted_by_an_approval(
    app: Flask, make: Factory, newcomer: Facility, clock: object
) -> None:
    contact = make.contact(newcomer)
    posted(make, contact, newcomer, PLAIN)
    (text,) = waiting(app)
    actor = make.actor(make.operator())
    clock.advance(days=2000)  # type: ignore[attr-defined]
    with app.app_context(), pytest.raises(DomainError) as error, transaction():
        services.approve(actor, text.id, now=make.now())
    assert error.value.reason == "starts_in_past" and len(waiting(app)) == 1


@pytest.mark.both_databases
def test_two_versions_never_wait_at_once(app: Flask, make: Factory, newcomer: Facility) -> None:
    """The database holds it, whatever two requests do at once."""
    values = {"facility_id": newcomer.id, "held_for": [], "state": TextState.WAITING, "sent_at": make.now()}
    with app.app_context(), pytest.raises(sa.exc.IntegrityError), transaction() as session:
        session.add_all(
            [PublicText(fields={"about": "a"}, **values), PublicText(fields={"about": "b"}, **values)]
        )
        session.flush()
