"""Every answer carries the security headers, errors and files included."""

from __future__ import annotations

import pytest

from tests.factories import Factory, sign_in
from tests.support.client import StrictClient

PLACES = ["/", "/healthz", "/nowhere", "/static/css/app.css", "/static/nowhere.css", "/sign-out"]


@pytest.mark.parametrize("address", PLACES)
def test_every_answer_carries_the_headers(client: StrictClient, address: str) -> None:
    headers = client.get(address).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy["form-action"] == "'self'"
    assert not any("unsafe" in sources or "*" in sources for sources in policy.values())
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_refused_posts_carry_them_too(client: StrictClient) -> None:
    response = client.post("/sign-in", data={}, csrf=False)
    assert response.status_code == 400
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]


def test_pages_of_a_person_are_not_kept_by_caches(client: StrictClient, make: Factory) -> None:
    sign_in(client, make.student())
    assert client.get("/").headers["Cache-Control"] == "no-store"
    assert client.get("/static/css/app.css").headers["Cache-Control"] != "no-store"


def test_the_session_cookie_is_kept_from_scripts_and_other_sites(client: StrictClient, make: Factory) -> None:
    data = {"email": make.user().email, "password": "a long enough password"}
    cookies = client.post("/sign-in", data=data).headers.getlist("Set-Cookie")
    session = next(cookie for cookie in cookies if cookie.startswith("session="))
    assert "HttpOnly" in session and "SameSite=Lax" in session


def test_a_visitor_s_page_with_its_token_is_kept_by_no_shared_cache(client: StrictClient) -> None:
    for address in ("/", "/slots", "/nowhere"):
        assert client.get(address).headers["Cache-Control"] == "private, no-cache"
    assert client.get("/sign-in").headers["Cache-Control"] == "no-store"


def test_the_cookie_that_remembers_is_kept_from_scripts_and_other_sites(
    client: StrictClient, make: Factory
) -> None:
    data = {"email": make.user().email, "password": "a long enough password", "remember": "y"}
    cookies = client.post("/sign-in", data=data).headers.getlist("Set-Cookie")
    remembered = next(cookie for cookie in cookies if cookie.startswith("remember_token="))
    assert "HttpOnly" in remembered and "SameSite=Lax" in remembered


@pytest.mark.parametrize("number", [2**31, 2**63, 10**40])
def test_a_number_that_no_row_can_have_is_not_found(client: StrictClient, number: int) -> None:
    for address in ("slots", "facilities", "rounds"):
        suffix = "/rules" if address == "rounds" else ""
        assert client.get(f"/{address}/{number}{suffix}").status_code == 404
