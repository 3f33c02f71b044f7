"""The mail around each kind of link, made from the link itself, so that it can be sent again as it was."""

from __future__ import annotations

import sqlalchemy as sa
from flask import current_app

from marketplace import filters
from marketplace.accounts.models import Membership, Role, User
from marketplace.db import db
from marketplace.facilities.models import Facility
from marketplace.hosting import offers
from marketplace.links.models import EmailLink, Purpose
from marketplace.links.services import Letter, Subject
from marketplace.rounds.models import Round
from marketplace.schools.models import School
from marketplace.slots.models import Slot, SlotState

ENDPOINTS = {
    Purpose.HOST: ("guests.host", "host_token"),
    Purpose.RANK: ("guests.rank", "rank_token"),
    Purpose.CONFIRM: ("guests.confirm", "confirm_token"),
    Purpose.RESULT: ("guests.result", "result_token"),
    Purpose.STILL: ("guests.still", "still_token"),
}


def page_of(purpose: Purpose, token: str) -> str:
    """The path of the page that a link of this purpose opens."""
    endpoint, parameter = ENDPOINTS[purpose]
    # Not url_for: the nightly job writes letters too, outside of any request.
    return current_app.url_map.bind("localhost").build(endpoint, {parameter: token})


def again(link: EmailLink) -> Letter:
    """The letter of an existing link."""
    about = Subject(link.facility_id, link.slot_id, link.round_id, link.version)
    return write(link.purpose, about, sender_id=link.sent_by_id)


def write(purpose: Purpose, about: Subject, *, sender_id: int | None) -> Letter:
    """The letter of a link about something, from a person or (None) from the site itself."""
    url = str(current_app.config["PUBLIC_URL"]) + page_of(purpose, "TOKEN")
    if purpose is Purpose.HOST:
        return _host(about, sender_id, url)
    if purpose is Purpose.STILL:
        return _still(db.session.get_one(Facility, about.facility_id), url)
    slot, round_ = db.session.get_one(Slot, about.slot_id), db.session.get_one(Round, about.round_id)
    deadline = f"{round_.ranking_closes_at.astimezone(round_.zone):%d %B %Y, %H:%M %Z}"
    if purpose is Purpose.RANK:
        return Letter(
            f"Choose among the applicants for “{slot.title}”",
            f"Students may apply for “{slot.title}” in {round_.name}. Say until {deadline} whom you would "
            "like; it takes a few minutes. If you don't, what you said at posting happens.",
            url,
        )
    if purpose is Purpose.CONFIRM:
        return Letter(
            f"Please confirm your list for “{slot.title}”",
            f"{_name(sender_id)} entered your list of applicants for “{slot.title}” in {round_.name}, as you "
            f"asked. It does not count until you confirm it, at the latest {deadline}.",
            url,
        )
    return Letter(
        f"{round_.name}: who comes to you for “{slot.title}”",
        f"The results of {round_.name} are out. See who is placed with you for “{slot.title}”, and confirm.",
        url,
    )


def _host(about: Subject, sender_id: int | None, url: str) -> Letter:
    if sender_id is None:
        opening = "You asked to host a student. Look over what you typed, then post it with one button:"
        return Letter("Your slot is nearly posted", opening, url)
    facility = db.session.get(Facility, about.facility_id) if about.facility_id else None
    where = f" at {facility.name}" if facility else ""
    opening = (
        f"{_name(sender_id)}{_schools(sender_id)} asks whether you could host a student of health "
        f"information{where}. "
        "One short page, about five minutes, also on a phone:"
    )
    return Letter("Could you host a student?", opening, url)


def _still(facility: Facility, url: str) -> Letter:
    asked, expired = (offers.titles(facility.id, state) for state in (SlotState.POSTED, SlotState.EXPIRED))
    said = [
        *(f"Students find “{title}” until {filters.day(until)}." for title, until in asked if until),
        *(f"Students find “{title}” no more, as nobody confirmed it." for title, _ in expired),
    ]
    if facility.lapsed_at is not None:
        said.append(f"{facility.name} is listed as a host no more.")
    elif not said:
        said.append(f"{facility.name} is listed as one that hosts students.")
    opening = "\n".join([*said, "", "Does this still stand? Say so with one press; otherwise do nothing:"])
    return Letter(f"Still on offer at {facility.name}?", opening, url)


def _schools(user_id: int | None) -> str:
    """Of which school a coordinator writes: a newcomer knows the school, not this site."""
    names = db.session.scalars(
        sa.select(School.name)
        .join(Membership, Membership.school_id == School.id)
        .where(Membership.user_id == user_id, Membership.role == Role.COORDINATOR)
        .order_by(School.name)
        .limit(2)
    ).all()
    return f" of {names[0]}" if len(names) == 1 else ""


def _name(user_id: int | None) -> str:
    user = db.session.get(User, user_id) if user_id else None
    return user.name if user else "The coordinator"
