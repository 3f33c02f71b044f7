"""Two facilities that are one: everything moves, nothing is lost, and it can be taken back."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.accounts import services as accounts
from marketplace.accounts.models import Role
from marketplace.db import Base, db, transaction
from marketplace.errors import DomainError, NotFound
from marketplace.facilities import index
from marketplace.facilities.models import Facility
from marketplace.identity import merging, services
from marketplace.identity.models import Merge, Sign
from marketplace.identity.queries import described, lookalikes
from marketplace.rounds.phases import Phase
from marketplace.slots.models import Slot
from tests.conftest import new_client
from tests.factories import Factory, sign_in
from tests.foundation.test_migrations import values_of
from tests.support.client import StrictClient


def merge(make: Factory, kept: Facility, merged: Facility, person: object | None = None) -> int:
    """Merge two, committed."""
    actor = make.actor(person or make.operator())  # type: ignore[arg-type]
    with make.app.app_context(), transaction():
        return merging.merge(actor, kept.id, merged.id, now=make.now()).id


def refused(make: Factory, kept: Facility, merged: Facility) -> str:
    """Why a merge is refused."""
    with pytest.raises(DomainError) as error:
        merge(make, kept, merged)
    return error.value.reason


#: Made anew from the rows they index.
INDEXES = {"name_term", "slot_term", "directory_term"}


def whole(app: Flask) -> dict[str, list[dict[str, object]]]:
    """Every row that a merge may change, in an order of its own."""
    with app.app_context():
        left_out = {"audit_event", "facility_merge", "user_account"} | INDEXES
        rows = {name: found for name, found in values_of(db.engine).items() if name not in left_out}
        return {name: sorted(found, key=lambda row: str(sorted(row.items()))) for name, found in rows.items()}


@pytest.mark.both_databases
def test_edge_case_duplicate_facility_is_merged(app: Flask, make: Factory, client: StrictClient) -> None:
    """Aliases, slots, contacts and history are kept; the old address leads on; undoing gives all back."""
    kept, twin = make.facility("Buckeye Bend Hospital"), make.facility("Buckeye Bend Medical Ctr")
    main, other = make.site(kept, name="Main"), make.site(twin, name="Main")
    ours, theirs = make.slot(site=main, title="Ours"), make.slot(site=other, title="Theirs")
    contact, both = make.contact(twin), make.contact(kept)
    with app.app_context(), transaction():
        user = db.session.get_one(type(both), both.id)
        accounts.grant(None, user, Role.FACILITY_CONTACT, now=make.now(), facility_id=twin.id)
    programme = make.programme()
    student = make.student(programme)
    round_ = make.round(
        programme.school,
        phase=Phase.CLOSED,
        programmes=[programme],
        slots=[ours, theirs],
        students=[student],
    )
    make.application(round_, student, theirs)
    operator = make.operator()
    actor = make.actor(operator)
    with app.app_context(), transaction():
        services.record(actor, twin.id, Sign.CALL_BACK, detail="(614) 555-0100", now=make.now())
    before = whole(app)
    merge_id = merge(make, kept, twin, operator)
    with app.app_context():
        left = {
            (table.name, row["facility_id"])
            for table, column in merging._references()
            for row in db.session.execute(sa.select(table).where(column == twin.id)).mappings()
        }
        assert left == {("membership", twin.id)}, "only what the kept one has already"
        now_kept = db.session.get_one(Facility, kept.id)
        assert now_kept.aliases == ["Buckeye Bend Medical Ctr"]
        found = lookalikes(None, described("Buckeye Bend Med Center", city="Columbus", state="OH"))
        assert [one.id for one in found] == [kept.id], "found by its other name, once"
    visitor = new_client(app)
    assert visitor.get(f"/facilities/{twin.id}").location == f"/facilities/{kept.id}"
    page = visitor.get(f"/facilities/{kept.id}").text
    assert "Also known as Buckeye Bend Medical Ctr" in page and "Theirs" in page and "Ours" in page
    assert "Buckeye Bend Hospital" in visitor.get(f"/slots/{theirs.id}").text
    sign_in(client, contact)
    assert "Ours" in client.get("/facilities/mine").text and "Theirs" in client.get("/facilities/mine").text
    assert client.get(f"/facilities/{twin.id}/edit").status_code == 404
    with app.app_context(), transaction():
        merging.undo(make.actor(operator), merge_id, now=make.now())
    assert whole(app) == before
    assert visitor.get(f"/facilities/{twin.id}").status_code == 200
    assert client.get(f"/facilities/{kept.id}/edit").status_code == 404


@pytest.mark.parametrize(
    "phase", [Phase.RECRUITING, Phase.APPLYING, Phase.RANKING, Phase.LOCKED, Phase.COMPUTED]
)
def test_edge_case_duplicate_facility_is_not_merged_while_a_round_uses_either(
    make: Factory, phase: Phase
) -> None:
    kept, twin = make.facility(), make.facility()
    slot = make.slot(twin)
    make.round(phase=phase, slots=[slot])
    assert refused(make, kept, twin) == "facility_in_round"
    assert refused(make, twin, kept) == "facility_in_round"


def test_merges_one_upon_another_are_undone_last_first(app: Flask, make: Factory) -> None:
    """While what came along is elsewhere, undoing the first would bring back an empty facility."""
    first, second, last = (make.facility(name) for name in ("Maple House", "Maple Hospital", "Maple Campus"))
    slot, operator = make.slot(first), make.operator()
    before = whole(app)
    inner, outer = merge(make, second, first, operator), merge(make, last, second, operator)
    with app.app_context(), pytest.raises(NotFound), transaction():
        merging.undo(make.actor(operator), inner, now=make.now())
    with app.app_context(), transaction():
        assert db.session.get_one(Slot, slot.id).facility_id == last.id
    for each in (outer, inner):
        with app.app_context(), transaction():
            merging.undo(make.actor(operator), each, now=make.now())
    assert whole(app) == before


def test_what_is_refused(make: Factory) -> None:
    kept, twin = make.facility(), make.facility(verified=False)
    assert refused(make, twin, kept) == "keep_the_verified"
    assert refused(make, kept, kept) == "same"
    for person in (make.contact(kept), make.student(), make.user()):
        with pytest.raises(NotFound):
            merge(make, kept, twin, person)
    merge(make, kept, twin)
    with pytest.raises(NotFound):
        merge(make, kept, twin)


def test_from_the_page_and_back(app: Flask, make: Factory, client: StrictClient) -> None:
    """The page says what moves; two facilities of one name and town are offered to each other."""
    kept, twin = make.facility("Buckeye Bend Hospital"), make.facility("Buckeye Bend Hospital")
    for facility in (kept, twin):
        make.site(facility)
        make.slot(facility)
        with app.app_context(), transaction():
            index.put(facility.id)
    sign_in(client, make.coordinator())
    assert f"/facilities/{kept.id}/merge/{twin.id}" in client.get(f"/facilities/{kept.id}/verify").text
    page = f"/facilities/{kept.id}/merge/{twin.id}"
    assert "1 slot" in client.get(page).text
    client.submit(page, button="Merge them")
    assert client.get(f"/facilities/{twin.id}/verify").status_code == 404
    client.submit(f"/facilities/{kept.id}/verify", action="/facilities/merges/1/undo")
    assert client.get(f"/facilities/{twin.id}/verify").status_code == 200
    with app.app_context():
        assert db.session.scalars(sa.select(Merge)).one().undone_at is not None


def test_every_table_that_names_a_facility_can_be_merged() -> None:
    """A new table with a unique key over its facility has to say what happens where both have a row."""
    for table, column in merging._references():
        keys = [key.columns for key in table.constraints if isinstance(key, sa.UniqueConstraint)]
        keys += [table.primary_key.columns, *(i.columns for i in table.indexes if i.unique)]
        if any(column.name in {each.name for each in key} for key in keys):
            known = {*merging.ONCE, *merging.NAMED, "public_text"}
            assert table.name in known, f"{table.name} is unique by its facility: see merging.ONCE"
    assert {"facility", "facility_merge"} <= set(Base.metadata.tables)
