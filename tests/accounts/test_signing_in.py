"""Sign-up, confirmation, sign-in, reset and one's own account, through the pages."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.accounts import services
from marketplace.audit.models import AuditEvent
from marketplace.db import db
from marketplace.mail.models import OutboxMessage
from tests.conftest import new_client
from tests.factories import PASSWORD, Factory
from tests.support.client import StrictClient

EMAIL = "lee.fictional@practicum.example"


def mails(app: Flask, recipient: str = EMAIL) -> list[OutboxMessage]:
    """What the outbox holds for one person, oldest first."""
    with app.app_context():
        query = sa.select(OutboxMessage).where(OutboxMessage.recipient == recipient)
        return list(db.session.scalars(query.order_by(OutboxMessage.id)))


def link_in(message: OutboxMessage) -> str:
    """The path of the one link in a message."""
    found = re.findall(r"http://localhost(/\S+)", message.body)
    assert len(found) == 1, message.body
    return str(found[0])


def sign_up(client: StrictClient, email: str = EMAIL, password: str = PASSWORD) -> str:
    """Fill in the sign-up page and return the page that follows."""
    data = {"name": "Lee Fictional", "email": email, "password": password, "password_confirm": password}
    return client.post("/sign-up", data=data, follow_redirects=True).get_data(as_text=True)


def sign_in(
    client: StrictClient, email: str, password: str = PASSWORD, *, path: str = "/sign-in"
) -> str | None:
    """Fill in the sign-in page; return where it leads, None where it refuses."""
    answer = client.post(path, data={"email": email, "password": password})
    return answer.location if answer.status_code == 302 else None


def is_signed_in(client: StrictClient) -> bool:
    """Whether a page for signed-in people opens."""
    return client.get("/account").status_code == 200


def test_signing_in_and_up_say_what_is_wrong_in_our_words(client: StrictClient) -> None:
    """Labels and errors of the library would stand in other words than every other page's."""
    refused = client.submit("/sign-in", {"email": EMAIL, "password": "no such thing"}, button="Sign in")
    assert "E-mail address and password don" in refused.text and "Authentication" not in refused.text
    bare = client.submit("/sign-up", {"name": "Lee Fictional"}, button="Make the account")
    assert all(
        each in bare.text for each in ("Enter your e-mail address", "Enter a password", "Password again")
    )
    short = client.submit(
        "/sign-up", {"name": "Lee", "email": EMAIL, "password": "short", "password_confirm": "no"}
    )
    assert "Choose a password of at least 10 characters" in short.text
    assert "The two passwords differ" in short.text and "Retype" not in short.text


def test_from_sign_up_to_sign_in(app: Flask, client: StrictClient) -> None:
    """A new person confirms by a button; neither sign-up nor opening the link lets them in."""
    sign_up(client)
    (message,) = mails(app)
    assert message.subject == "Confirm your address"
    assert sign_in(client, EMAIL) is None
    link = link_in(message)
    page = client.get(link)
    assert page.status_code == 200 and EMAIL in page.text
    assert not is_signed_in(client)
    with app.app_context():
        found = services.find_user(EMAIL)
        assert found is not None and found.confirmed_at is None
    assert client.submit(link, button="Confirm and sign in").status_code == 302
    assert is_signed_in(client)
    other = new_client(app)
    assert sign_in(other, EMAIL.upper()) == "/"
    assert is_signed_in(other)
    assert new_client(app).post(link).status_code == 410


def test_the_librarys_own_confirmation_link_only_leads_to_the_page(app: Flask, client: StrictClient) -> None:
    """A mail scanner that opens the old kind of link confirms nothing."""
    sign_up(client)
    token = link_in(mails(app)[0]).rsplit("/", 1)[1]
    assert client.get(f"/confirm-email/{token}").location == f"/welcome/{token}"
    with app.app_context():
        found = services.find_user(EMAIL)
        assert found is not None and found.confirmed_at is None


def test_a_spoiled_confirmation_link_offers_a_new_mail(client: StrictClient) -> None:
    """A damaged link ends on a page that says what to do."""
    page = client.get("/welcome/not-a-token")
    assert page.status_code == 410
    assert "/confirm-email" in page.text


def test_sign_up_does_not_tell_who_has_an_account(app: Flask, make: Factory, client: StrictClient) -> None:
    """The page is the same for a known address; its owner gets a mail, and keeps their password."""
    known = make.user()
    fresh, taken = sign_up(client), sign_up(new_client(app), known.email, "another long password")
    mask = re.compile(rf"{re.escape(EMAIL)}|{re.escape(known.email)}")
    token = re.compile(r'name="csrf_token"[^>]*value="[^"]*"|value="[^"]*"[^>]*name="csrf_token"')
    assert token.sub("", mask.sub("", fresh)) == token.sub("", mask.sub("", taken))
    (message,) = mails(app, known.email)
    assert "You have one already" in message.body
    assert sign_in(new_client(app), known.email, "another long password") is None
    assert sign_in(new_client(app), known.email) == "/"


@pytest.mark.parametrize("path", ["/reset-password", "/confirm-email"])
def test_asking_for_a_mail_does_not_tell_who_has_an_account(
    app: Flask, make: Factory, client: StrictClient, path: str
) -> None:
    """An unknown address gets the same answer as a known one."""
    known = make.user()
    pages = [
        client.post(path, data={"email": email}, follow_redirects=True)
        for email in (known.email, "nobody@practicum.example")
    ]
    said = [re.findall(r'<div class="notice[^>]*>.*?<p>(.*?)</p>', page.text, re.S) for page in pages]
    assert said[0] and [text.replace(known.email, "") for text in said[0]] == [
        text.replace("nobody@practicum.example", "") for text in said[1]
    ]
    assert pages[0].status_code == pages[1].status_code
    assert mails(app, "nobody@practicum.example") == []


def test_a_wrong_password_and_an_unknown_person_look_the_same(make: Factory, client: StrictClient) -> None:
    """Sign-in gives one answer for both."""
    known = make.user()
    pages = [
        client.post("/sign-in", data={"email": email, "password": "not the password"}).text
        for email in (known.email, "nobody@practicum.example")
    ]
    said = [re.findall(r'<p class="error"[^>]*>.*?</p>|<ul>.*?</ul>', page, re.S) for page in pages]
    assert said[0] and said[0] == said[1]


def test_reset_by_mail(app: Flask, make: Factory, client: StrictClient) -> None:
    """The link in the mail sets a new password, once, and ends other sessions."""
    person = make.user()
    elsewhere = new_client(app)
    assert sign_in(elsewhere, person.email) == "/"
    client.post("/reset-password", data={"email": person.email})
    link = link_in(mails(app, person.email)[0])
    assert client.get(link).status_code == 200
    new = "a different long password"
    assert client.post(link, data={"password": new, "password_confirm": new}).status_code == 302
    assert not is_signed_in(elsewhere)
    assert sign_in(new_client(app), person.email) is None
    assert sign_in(new_client(app), person.email, new) == "/"
    again = new_client(app).post(link, data={"password": PASSWORD, "password_confirm": PASSWORD})
    assert sign_in(new_client(app), person.email) is None, again.status_code
    with app.app_context():
        assert db.session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "reset password")).one()


def test_changing_the_password_needs_the_old_one(app: Flask, make: Factory, client: StrictClient) -> None:
    """With the old password it changes, other sessions end, and the owner is told."""
    person = make.user()
    elsewhere = new_client(app)
    assert sign_in(elsewhere, person.email) == sign_in(client, person.email) == "/"
    new = "a different long password"
    wrong = client.post(
        "/change-password",
        data={"password": "wrong", "new_password": new, "new_password_confirm": new},
    )
    assert wrong.status_code != 302
    right = client.post(
        "/change-password",
        data={"password": PASSWORD, "new_password": new, "new_password_confirm": new},
    )
    assert right.status_code == 302
    assert is_signed_in(client) and not is_signed_in(elsewhere)
    assert "changed" in mails(app, person.email)[-1].body


def test_my_account(app: Flask, make: Factory, client: StrictClient) -> None:
    """A person renames themselves and signs out everywhere."""
    person = make.user()
    elsewhere = new_client(app)
    assert sign_in(elsewhere, person.email) == sign_in(client, person.email) == "/"
    assert client.post("/account", data={"name": ""}).status_code == 422
    client.submit("/account", {"name": "Robin Fictional"}, button="Save")
    assert "Robin Fictional" in client.get("/account").text
    assert client.get("/account/sign-out-everywhere").status_code == 200
    assert is_signed_in(elsewhere)
    client.submit("/account/sign-out-everywhere", button="Sign out everywhere")
    assert not is_signed_in(client) and not is_signed_in(elsewhere)


@pytest.mark.parametrize(
    "wanted",
    ["/account", "https://evil.example/", "//evil.example/", "/\\evil.example", "https:evil.example"],
)
def test_sign_in_leads_only_to_our_own_pages(make: Factory, client: StrictClient, wanted: str) -> None:
    """``next`` may name a page of ours; anything else is dropped or refused."""
    person = make.user()
    answer = client.post(
        "/sign-in", query_string={"next": wanted}, data={"email": person.email, "password": PASSWORD}
    )
    target = urlsplit(answer.location or "")
    assert (target.scheme, target.netloc) == ("", "")
    if wanted == "/account":
        assert answer.location == wanted


@pytest.mark.parametrize("path", ["/sign-out", "/account/sign-out-everywhere"])
def test_signing_out_takes_a_post_with_a_token(make: Factory, client: StrictClient, path: str) -> None:
    """A foreign page's image or form can't sign anyone out."""
    assert sign_in(client, make.user().email) == "/"
    client.get(path)
    assert is_signed_in(client)
    assert client.post(path, csrf=False).status_code == 400
    assert is_signed_in(client)
    assert client.post(path).status_code == 302
    assert not is_signed_in(client)


@pytest.mark.parametrize("path", ["/sign-in", "/sign-up", "/reset-password", "/confirm-email"])
def test_account_pages_open(client: StrictClient, path: str) -> None:
    """Each page has its form; a visitor sees it without an account."""
    assert client.get(path).status_code == 200


def test_mail_links_lead_to_the_public_address(app: Flask, client: StrictClient) -> None:
    """A forged Host header must not send people elsewhere from our own mail."""
    data = {"name": "Lee", "email": EMAIL, "password": PASSWORD, "password_confirm": PASSWORD}
    app.config["WTF_CSRF_ENABLED"] = False  # the session cookie would not travel to the forged host
    client.post("/sign-up", data=data, base_url="http://evil.example", csrf=False)
    (message,) = mails(app)
    assert "evil.example" not in message.body
    assert link_in(message).startswith("/welcome/")
