"""Two of four signs verify a facility. Until then it can draft, and nobody outside sees or ranks it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.accounts import services as accounts
from marketplace.accounts.models import Invitation, Membership, Role
from marketplace.audit.models import AuditEvent
from marketplace.db import db, transaction
from marketplace.directory import index as listing_index
from marketplace.directory.models import FacilityListing
from marketplace.errors import DomainError, NotFound
from marketplace.facilities import index
from marketplace.facilities.models import Facility
from marketplace.identity import services
from marketplace.identity.models import Evidence, Sign
from marketplace.mail.models import OutboxMessage
from marketplace.rounds import services as rounds
from marketplace.rounds.phases import Phase
from tests.conftest import new_client
from tests.factories import Factory, sign_in
from tests.support.client import StrictClient

NUMBER = "(614) 555-0100, from the state's list"


@pytest.fixture
def waiting(make: Factory) -> Facility:
    """An unverified facility with a site in Columbus."""
    facility = make.facility("Buckeye Bend Hospital", verified=False)
    make.site(facility)
    return facility


def listed(make: Factory, name: str = "BUCKEYE BEND HOSPITAL INC", city: str = "COLUMBUS") -> int:
    """An entry of the public directory."""
    with make.app.app_context(), transaction() as session:
        row = FacilityListing(
            source="CMS",
            source_id=f"36{len(name):04}",
            name=name,
            address="1 Bend Road",
            city=city,
            state="OH",
            zip="43215",
            phone="(614) 555-0100",
            imported_at=make.now(),
        )
        session.add(row)
        session.flush()
        listing_index.put_rows([{"source": row.source, "source_id": row.source_id}])
        return row.id


def verified(app: Flask, facility: Facility) -> bool:
    """Whether a facility is verified now."""
    with app.app_context():
        return db.session.get_one(Facility, facility.id).verified_at is not None


def record(make: Factory, person: object, facility: Facility, sign: Sign, detail: str = "") -> None:
    """Record a sign, committed."""
    actor = make.actor(person)  # type: ignore[arg-type]
    with make.app.app_context(), transaction():
        services.record(actor, facility.id, sign, detail=detail, now=make.now())


def refused(make: Factory, person: object, facility: Facility, sign: Sign, detail: str = "") -> str:
    """The reason for which a sign is refused."""
    with pytest.raises(DomainError) as error:
        record(make, person, facility, sign, detail)
    return error.value.reason


def test_two_different_signs_verify(app: Flask, make: Factory, waiting: Facility) -> None:
    contact, coordinator, operator = make.contact(waiting), make.coordinator(), make.operator()
    record(make, coordinator, waiting, Sign.CALL_BACK, NUMBER)
    assert not verified(app, waiting)
    assert refused(make, operator, waiting, Sign.CALL_BACK, NUMBER) == "recorded"
    assert not verified(app, waiting)
    record(make, operator, waiting, Sign.AGREEMENT, "Agreement 2025-17")
    assert verified(app, waiting)
    with app.app_context():
        rows = db.session.scalars(sa.select(Evidence).order_by(Evidence.id)).all()
        assert [(row.sign, row.checked_by, row.checked_at) for row in rows] == [
            (Sign.CALL_BACK, coordinator.name, make.now()),
            (Sign.AGREEMENT, operator.name, make.now()),
        ]
        assert db.session.scalars(sa.select(OutboxMessage.recipient)).all() == [contact.email]
        event = db.session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "verified")).one()
        assert event.change == {"signs": ["call-back", "agreement"]} and event.actor_id == operator.id


def test_each_sign_asks_for_what_supports_it(app: Flask, make: Factory, waiting: Facility) -> None:
    person = make.coordinator()
    make.user("Stranger", email="boss@buckeyebend.example")
    assert refused(make, person, waiting, Sign.CALL_BACK, "I called them") == "no_phone"
    assert refused(make, person, waiting, Sign.AGREEMENT, "  ") == "missing"
    assert refused(make, person, waiting, Sign.DOMAIN, "nonsense") == "no_domain"
    assert refused(make, person, waiting, Sign.DOMAIN, "gmail.com") == "free_mail"
    assert refused(make, person, waiting, Sign.DOMAIN, "buckeyebend.example") == "foreign_domain"
    assert refused(make, person, waiting, Sign.DIRECTORY) == "no_listing"


def test_a_domain_counts_for_a_contact_of_it_alone(app: Flask, make: Factory, waiting: Facility) -> None:
    """A look-alike domain that merely ends in the same letters is another one."""
    person, contact = make.coordinator(), make.contact(waiting)
    with app.app_context(), transaction() as session:
        session.get_one(type(contact), contact.id).email = "ann@mail.evilbuckeyebend.example"
    assert refused(make, person, waiting, Sign.DOMAIN, "buckeyebend.example") == "foreign_domain"
    with app.app_context(), transaction() as session:
        session.get_one(type(contact), contact.id).email = "ann@records.buckeyebend.example"
    record(make, person, waiting, Sign.DOMAIN, "https://www.buckeyebend.example/about")


def test_a_directory_entry_counts_where_it_is_the_same(app: Flask, make: Factory, waiting: Facility) -> None:
    person, operator = make.coordinator(), make.operator()
    other, same = listed(make, "LAKESIDE CHILDREN'S", "CLEVELAND"), listed(make)
    actor = make.actor(person)
    with app.app_context(), transaction():
        services.claim(actor, waiting.id, other, now=make.now())
    assert refused(make, person, waiting, Sign.DIRECTORY) == "not_alike"
    with app.app_context(), transaction():
        services.claim(actor, waiting.id, same, now=make.now())
    record(make, person, waiting, Sign.DIRECTORY)
    record(make, operator, waiting, Sign.CALL_BACK, NUMBER)
    assert verified(app, waiting)
    twin = make.facility("Buckeye Bend Hospital", verified=False, listing_id=same)
    make.site(twin)
    assert refused(make, person, twin, Sign.DIRECTORY) == "listing_taken"


def test_nobody_vouches_for_their_own_facility(make: Factory, waiting: Facility) -> None:
    coordinator = make.coordinator()
    with make.app.app_context(), transaction():
        user = db.session.get_one(type(coordinator), coordinator.id)
        accounts.grant(None, user, Role.FACILITY_CONTACT, now=make.now(), facility_id=waiting.id)
    with pytest.raises(NotFound):
        record(make, coordinator, waiting, Sign.CALL_BACK, NUMBER)
    for person in (make.contact(waiting), make.student(), make.user()):
        with pytest.raises(NotFound):
            record(make, person, waiting, Sign.CALL_BACK, NUMBER)


def test_a_sign_taken_back_ends_the_verification(
    app: Flask, make: Factory, client: StrictClient, waiting: Facility
) -> None:
    coordinator = make.coordinator()
    record(make, coordinator, waiting, Sign.CALL_BACK, NUMBER)
    record(make, coordinator, waiting, Sign.AGREEMENT, "Agreement 7")
    sign_in(client, coordinator)
    page = f"/facilities/{waiting.id}/signs/1/withdraw"
    assert client.submit(page, button="Take it back").status_code == 422
    slot = make.slot(waiting)
    round_ = make.round(phase=Phase.RANKING, slots=[slot])
    held = client.submit(page, {"reason": "Wrong number"}, button="Take it back")
    assert held.status_code == 422 and "under way" in held.text and verified(app, waiting)
    with app.app_context(), transaction() as session:
        session.get_one(type(round_), round_.id).phase = Phase.CLOSED
    client.submit(page, {"reason": "Wrong number"}, button="Take it back")
    assert not verified(app, waiting)
    assert "Wrong number" in client.get(f"/facilities/{waiting.id}/verify").text
    record(make, coordinator, waiting, Sign.CALL_BACK, NUMBER)
    assert verified(app, waiting)


def test_edge_case_unverified_facility(
    app: Flask, make: Factory, client: StrictClient, waiting: Facility
) -> None:
    """It drafts and posts; no public page shows it, and no round can take its slots in."""
    contact, coordinator, student = make.contact(waiting), make.coordinator(), make.student()
    slot = make.slot(waiting, title="Zebra placement")
    sign_in(client, contact)
    assert client.get(f"/posting/{slot.id}").status_code == 200
    assert client.get(f"/facilities/{waiting.id}").status_code == 200
    surfaces = ["/", "/slots", "/slots?q=zebra", "/slots?q=buckeye", "/slots?zip=43215&within=50"]
    surfaces += ["/slots?zip=43215&sort=nearest", "/slots?sort=newest", "/directory/facilities"]
    surfaces += ["/directory/facilities?name=buckeye", "/directory/facilities?state=OH", "/slots/shortlist"]
    for person in (None, student, make.contact()):
        visitor = new_client(app)
        if person is not None:
            sign_in(visitor, person)
        for path in surfaces:
            text = visitor.get(path, follow_redirects=True).text
            assert "Zebra placement" not in text and "Buckeye Bend" not in text, path
        assert visitor.get(f"/slots/{slot.id}").status_code == 404
        assert visitor.get(f"/facilities/{waiting.id}").status_code == 404
    actor, round_ = make.actor(coordinator), make.round(phase=Phase.DRAFT)
    with app.app_context(), pytest.raises(NotFound):
        rounds.add_slots(actor, db.session.merge(round_), [slot.id], now=make.now())


def test_registering_what_the_directory_lists_asks_and_claims(
    app: Flask, make: Factory, client: StrictClient
) -> None:
    """Is it one of these? Yes: the entry is claimed and its address taken over."""
    listing = listed(make)
    sign_in(client, make.user())
    typed = {"name": "Buckeye Bend Hosp.", "kind": "hospital", "zip": "43215"}
    asked = client.submit("/facilities/new", typed, button="Register")
    assert asked.status_code == 422 and "Is it one of these?" in asked.text
    assert "BUCKEYE BEND HOSPITAL INC" in asked.text and "Buckeye Bend Hosp." in asked.text
    client.post("/facilities/new", data=_again(client, typed, f"listing-{listing}"))
    with app.app_context():
        made = db.session.scalars(sa.select(Facility)).one()
        assert (made.listing_id, made.verified_at, made.phone) == (listing, None, "(614) 555-0100")
        index_rows = db.session.scalar(sa.text("SELECT count(*) FROM name_term WHERE owner = 'facility'"))
        assert index_rows


def _again(client: StrictClient, typed: dict[str, str], same: str) -> dict[str, str]:
    return {**typed, "contact_policy": "coordinator", "same": same, "csrf_token": client.csrf_token()}


def test_an_answer_that_was_not_offered_is_asked_again(
    app: Flask, make: Factory, client: StrictClient
) -> None:
    listed(make)
    hidden = make.facility("Buckeye Bend Hospital", verified=False)
    make.site(hidden)
    with app.app_context(), transaction():
        index.put(hidden.id)
    sign_in(client, make.user())
    typed = {"name": "Buckeye Bend Hospital", "kind": "hospital", "zip": "43215"}
    for made_up in (f"facility-{hidden.id}", "listing-99999", "facility-x"):
        page = client.post("/facilities/new", data=_again(client, typed, made_up))
        assert page.status_code == 422, made_up
        assert "is here already" not in page.text, "an unverified facility is nobody else's business"
    assert client.post("/facilities/new", data=_again(client, typed, "new")).status_code == 302


def test_edge_case_duplicate_facility_is_asked_about(app: Flask, make: Factory, client: StrictClient) -> None:
    """One who names a host that is here already doesn't become its contact: its contacts are told, once."""
    host = make.facility("Buckeye Bend Hospital")
    make.site(host)
    with app.app_context(), transaction():
        index.put(host.id)
    contact, newcomer = make.contact(host), make.user()
    sign_in(client, newcomer)
    typed = {"name": "Buckeye Bend Hosptial", "kind": "hospital", "zip": "43215"}
    for _twice in range(2):
        assert (
            client.post("/facilities/new", data=_again(client, typed, f"facility-{host.id}")).status_code
            == 302
        )
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count(Facility.id))) == 1
        assert db.session.scalars(sa.select(OutboxMessage.recipient)).all() == [contact.email]
        query = sa.select(Membership.id).where(Membership.user_id == newcomer.id)
        assert db.session.scalars(query).all() == []


def test_a_coordinator_is_asked_too(app: Flask, make: Factory, client: StrictClient) -> None:
    """An unverified host that nobody speaks for gets its first contact; no second facility is made."""
    host = make.facility("Buckeye Bend Hospital", verified=False)
    make.site(host)
    with app.app_context(), transaction():
        index.put(host.id)
    sign_in(client, make.coordinator())
    typed = {"name": "Buckeye Bend", "kind": "hospital", "zip": "43215", "email": "a@buckeyebend.example"}
    asked = client.submit("/school/invite-facility", typed, button="Send the invitation")
    assert asked.status_code == 422 and "is here already" in asked.text
    client.post(
        "/school/invite-facility",
        data={**typed, "same": f"facility-{host.id}", "csrf_token": client.csrf_token()},
    )
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count(Facility.id))) == 1
        assert db.session.scalars(sa.select(Invitation.facility_id)).all() == [host.id]
