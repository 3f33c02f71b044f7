"""What people of the demonstration wrote to each other: questions, answers, a report, a nomination."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import current_app

from marketplace.db import transaction
from marketplace.demo import data
from marketplace.demo.scene import DAY, Scene
from marketplace.messages import services as messages
from marketplace.proposals import services as proposals
from marketplace.reports import services as reports
from marketplace.reports.models import ReportKind
from marketplace.students import queries as students
from marketplace.vocabulary import ContactPolicy

QUESTIONS = (
    (
        "Is there parking for students, or is the bus better?",
        "The bus stops at the door; parking costs a fee.",
    ),
    ("Would Fridays be possible instead of Mondays?", "Yes, with two weeks' notice."),
    ("Do I need my own laptop?", "No, you get one for the time you are here."),
    (
        "Is the training system the same as the live one?",
        "The screens are the same, the people in it are made up.",
    ),
    ("Can I bring a project from my course?", "Gladly. Send us a page about it before you start."),
    ("How many other students are there at a time?", "At most one more."),
)


def make_talk(scene: Scene, now: datetime) -> None:
    """Six answered questions at one open facility, one with the coordinator, one report, one nomination."""
    at = now - 9 * DAY
    open_to_all = _slot_with(scene, ContactPolicy.OPEN)
    if open_to_all is not None:
        host, slot_id = open_to_all
        for number, (question, answer) in enumerate(QUESTIONS):
            thread_id = _ask(scene, number, slot_id, question, at + number * DAY)
            if number:
                answered = at + number * DAY + timedelta(hours=3 + 5 * number)
                with transaction():
                    messages.answer(
                        scene.contacts[host],
                        thread_id,
                        body=answer,
                        link=_messages(),
                        now=answered,
                    )
    forwarded = _slot_with(scene, ContactPolicy.COORDINATOR)
    if forwarded is not None:
        _ask(scene, 0, forwarded[1], "May I visit the department once before I rank?", now - 1 * DAY)
    with transaction():
        reports.file(
            scene.students[2],
            kind=ReportKind.ASKED_RANKING,
            body="At an open day somebody asked me whether I would rank them first.",
            thread_id=None,
            about_coordinator=False,
            link=_page("reports.queue"),
            now=now - 2 * DAY,
        )
    with transaction():
        proposals.nominate_site(
            scene.students[3],
            name="Fictional County Records Office",
            place="Springfield",
            employer=True,
            words="I work at the front desk; their archive is moving to a new system.",
            now=now - 3 * DAY,
        )


def _slot_with(scene: Scene, policy: ContactPolicy) -> tuple[int, int] | None:
    """The first slot whose host has this contact policy: (index of the host, slot id)."""
    for index, (host, _kind, _capacity) in enumerate(data.SLOTS):
        if data.HOSTS[host].policy is policy:
            return host, scene.slot_ids[index]
    return None


def _ask(scene: Scene, number: int, slot_id: int, question: str, at: datetime) -> int:
    actor = scene.students[number]
    with transaction():
        student = students.for_user(actor.user_id)[0]
        return messages.write(actor, student, slot_id, body=question, link=_messages(), now=at).id


def _messages() -> str:
    """What a mail about a conversation links; the number is filled in there."""
    return _page("messages.show", thread_id=0)


def _page(endpoint: str, **values: int) -> str:
    """The address of a page, outside of any request."""
    path = current_app.url_map.bind("localhost").build(endpoint, values)
    return f"{current_app.config['PUBLIC_URL']}{path}"
