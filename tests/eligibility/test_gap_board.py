"""Who sees to a missing agreement, and how far it is."""

from __future__ import annotations

import pytest

from tests.factories import Factory, sign_in
from tests.support.client import StrictClient


@pytest.mark.parametrize("owner", ["9" * 20, "-1", "abc"])
def test_an_owner_whom_no_row_can_have_is_not_found(make: Factory, client: StrictClient, owner: str) -> None:
    school, facility = make.school(), make.facility()
    sign_in(client, make.coordinator(school))
    address = f"/agreements/missing/{school.id}/{facility.id}"
    assert client.post(address, data={"stage": "requested", "owner": owner}).status_code == 404
    assert client.post(address, data={"stage": "requested", "owner": "0"}).status_code == 302
