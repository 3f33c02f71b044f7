"""A first view of each page travels as at most 60 KB."""

from __future__ import annotations

import pytest
from flask import Flask
from playwright.sync_api import Browser, Request

from marketplace.rounds.phases import Phase
from tests.browser.people import someone
from tests.factories import Factory
from tests.support import browser

pytestmark = pytest.mark.browser

MOST = 60 * 1024


def weigh(chromium: Browser, url: str, path: str, state: str | None) -> int:
    """Bytes of all bodies that an empty browser, signed in by `state`, receives for one page."""
    context = chromium.new_context(storage_state=state)
    page = context.new_page()
    sent: list[Request] = []
    page.on("requestfinished", lambda request: sent.append(request))
    response = page.goto(url + path, wait_until="networkidle")
    assert response is not None and response.status == 200, path
    total = sum(request.sizes()["responseBodySize"] for request in sent)
    context.close()
    return total


def test_pages_are_light(
    chromium: Browser, app: Flask, make: Factory, tmp_path_factory: pytest.TempPathFactory
) -> None:
    school = make.school()
    programme = make.programme(school)
    student, coordinator = make.student(programme), make.coordinator(school)
    slots = [make.slot() for _ in range(30)]
    round_ = make.round(school, phase=Phase.RANKING, programmes=[programme], slots=slots, students=[student])
    make.student_list(round_, student, slots[:12])
    weights: dict[str, int] = {}
    with browser.live(app) as url:
        for email, paths in {
            "": ["/", "/slots", f"/slots/{slots[0].id}"],
            student.user.email: ["/", f"/rounds/{round_.id}/ranking"],
            coordinator.email: ["/", f"/rounds/{round_.id}"],
        }.items():
            state = None
            if email:
                person = someone(chromium, url, email, browser.DESKTOP)
                state = str(tmp_path_factory.mktemp("state") / "state.json")
                person.page.context.storage_state(path=state)
                person.page.context.close()
            for path in paths:
                weights[f"{email} {path}"] = weigh(chromium, url, path, state)
    assert max(weights.values()) <= MOST, weights
    assert min(weights.values()) > 10_000, weights
