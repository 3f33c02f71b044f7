"""Kinds of slots: what each may look like, how it is found, and what its page says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from marketplace.db import transaction
from marketplace.errors import DomainError
from marketplace.slots import finding, services
from marketplace.slots.filters import Filters
from marketplace.slots.models import SlotState
from marketplace.vocabulary import SlotKind
from tests.factories import Factory, sign_in
from tests.support.client import StrictClient

FITS: dict[SlotKind, dict[str, Any]] = {
    SlotKind.TERM: {"days": 105, "capacity": 2, "hours": 120},
    SlotKind.HALF_DAY: {"days": 105, "capacity": 1, "hours": 80},
    SlotKind.GO_LIVE: {"days": 12, "capacity": 6, "hours": 80},
    SlotKind.SHADOW_DAY: {"days": 1, "capacity": 1, "hours": 8},
}
DOES_NOT_FIT = [
    (SlotKind.HALF_DAY, "capacity", {"capacity": 2}),
    (SlotKind.GO_LIVE, "ends_on", {"days": 22}),
    (SlotKind.GO_LIVE, "ends_on", {"days": 4}),
    (SlotKind.GO_LIVE, "capacity", {"capacity": 1}),
    (SlotKind.SHADOW_DAY, "ends_on", {"days": 2}),
    (SlotKind.SHADOW_DAY, "hours", {"hours": 3}),
    (SlotKind.SHADOW_DAY, "hours", {"hours": 9}),
]


def post(make: Factory, kind: SlotKind, **changed: Any) -> None:
    """Post a draft of a kind; ``days`` from the first to the last."""
    values = {**FITS[kind], **changed}
    start = make.now().date() + timedelta(days=70)
    ends = start + timedelta(days=values.pop("days") - 1)
    facility = make.facility()
    slot = make.slot(facility, kind=kind, state=SlotState.DRAFT, starts_on=start, ends_on=ends, **values)
    actor = make.actor(make.contact(facility))
    with make.app.app_context(), transaction():
        services.post(actor, slot.id, now=make.now())


@pytest.mark.parametrize("kind", SlotKind)
def test_what_fits_its_kind_is_posted(make: Factory, kind: SlotKind) -> None:
    post(make, kind)


@pytest.mark.parametrize(("kind", "field", "changed"), DOES_NOT_FIT)
def test_what_does_not_fit_its_kind_is_refused(
    make: Factory, kind: SlotKind, field: str, changed: dict[str, Any]
) -> None:
    with pytest.raises(DomainError) as error:
        post(make, kind, **changed)
    assert (error.value.reason, error.value.details["field"]) == ("shape", field)


def test_a_slot_is_found_by_its_kind_and_special_field(make: Factory) -> None:
    wanted = make.slot(kind=SlotKind.GO_LIVE, capacity=4, specialities=["tumour-registry"])
    make.slot()
    with make.app.app_context():
        for words in ("go-live", "tumour registry"):
            found = finding.search(Filters(text=words), today=make.now().date())
            assert [each.id for each in found.items] == [wanted.id], words


def test_the_page_says_kind_fields_and_who_else_may_come(client: StrictClient, make: Factory) -> None:
    slot = make.slot(kind=SlotKind.SHADOW_DAY, specialities=["pacs"], open_to=["radiology", "nursing"])
    page = client.get(f"/slots/{slot.id}").get_data(as_text=True)
    for words in ("Shadow day", "PACS and imaging informatics", "Radiology", "Nursing"):
        assert words in page


def test_the_form_says_what_does_not_fit(client: StrictClient, make: Factory) -> None:
    facility = make.facility()
    make.site(facility)
    sign_in(client, make.contact(facility))
    fields = {"kind": "shadow-day", "title": "A day with us", "description": "Look on.", "attested": "y"}
    fields["task_areas"] = "coding"
    answer = client.submit(f"/posting/new/{facility.id}", fields, button="Post slot")
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert "give the same first and last day" in page
    assert "A day with us" in page
