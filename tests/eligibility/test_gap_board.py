"""Who sees to a missing agreement, and how far it is."""

from __future__ import annotations

import pytest
from flask import Flask

from marketplace.agreements.models import Stage
from tests.conftest import new_client
from tests.eligibility.test_rounds import change_agreement
from tests.factories import Factory, sign_in
from tests.rounds.market import Market


@pytest.mark.parametrize("owner", ["9" * 20, "-1", "abc"])
def test_an_owner_whom_no_row_can_have_is_not_found(app: Flask, make: Factory, owner: str) -> None:
    market = Market(make, slots=1)
    change_agreement(market, stage=Stage.NONE)
    market.apply(market.students[0])
    client = sign_in(new_client(app), market.coordinator)
    address = f"/agreements/missing/{market.school.id}/{market.facility.id}"
    assert client.post(address, data={"stage": "requested", "owner": owner}).status_code == 404
    assert client.post(address, data={"stage": "requested", "owner": "0"}).status_code == 302
