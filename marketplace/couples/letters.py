"""Mail about couples. It names the other person and never a slot or a list."""

from __future__ import annotations

from datetime import datetime

from marketplace.accounts.models import User
from marketplace.couples.models import Couple
from marketplace.mail import services as mail
from marketplace.rounds.models import Round


def invited(couple: Couple, round_: Round, partner: User, *, inviter: str, link: str, now: datetime) -> None:
    """Somebody asks; the mail alone does nothing."""
    mail.enqueue(
        f"couple:{couple.id}:invited",
        recipient=partner.email,
        subject=f"{round_.name}: {inviter} asks to be placed together with you",
        body=(
            f"Hello {partner.name},\n\n{inviter} would like to be matched together with you in "
            f"“{round_.name}”. You would rank pairs of places together instead of single places.\n\n"
            f"Answer after you sign in:\n{link}\n\n"
            "If you do nothing, nothing changes: you are matched by yourself.\n"
        ),
        now=now,
    )


def confirmed(couple: Couple, round_: Round, people: tuple[User, User], *, link: str, now: datetime) -> None:
    """Both hear that they are a couple, and what is still to do."""
    for person, other in (people, people[::-1]):
        mail.enqueue(
            f"couple:{couple.id}:confirmed:{person.id}",
            recipient=person.email,
            subject=f"{round_.name}: you and {other.name} are to be placed together",
            body=(
                f"Hello {person.name},\n\nYou and {other.name} confirmed. Now make your list of pairs and "
                f"certify it, both of you:\n{link}\n\n"
                "Until both of you have certified the same version, each of you is matched by yourself.\n"
            ),
            now=now,
        )


def declined(couple: Couple, round_: Round, *, now: datetime) -> None:
    """Whoever asked hears that the answer is no."""
    person = couple.inviter.user
    mail.enqueue(
        f"couple:{couple.id}:declined",
        recipient=person.email,
        subject=f"{round_.name}: your invitation was declined",
        body=f"Hello {person.name},\n\nYour invitation to be placed together was declined. You are matched "
        "by yourself, with your own list.\n",
        now=now,
    )


def parted(couple: Couple, round_: Round, *, now: datetime) -> None:
    """Both hear that each counts alone from now on."""
    assert couple.partner is not None
    for person in (couple.inviter.user, couple.partner.user):
        mail.enqueue(
            f"couple:{couple.id}:parted:{person.id}",
            recipient=person.email,
            subject=f"{round_.name}: you are matched by yourself again",
            body=(
                f"Hello {person.name},\n\nYour couple in “{round_.name}” has ended. Your list of pairs no "
                "longer counts, and nothing of it became part of your own list.\n\n"
                "Your own list counts. Look at it before lists close.\n"
            ),
            now=now,
        )


def to_certify(
    couple: Couple, round_: Round, person: User, *, version: int, link: str, now: datetime
) -> None:
    """The other one certified; the version counts once this person has, too."""
    mail.enqueue_once(
        f"couple:{couple.id}:version:{version}:certify:{person.id}",
        recipient=person.email,
        subject=f"{round_.name}: your partner certified your list of pairs",
        body=(
            f"Hello {person.name},\n\nVersion {version} of your list of pairs counts once you certify it "
            f"too, before lists close:\n{link}\n"
        ),
        now=now,
    )


def in_force(couple: Couple, round_: Round, *, version: int, now: datetime) -> None:
    """Both certified the same version."""
    assert couple.partner is not None
    for person in (couple.inviter.user, couple.partner.user):
        mail.enqueue(
            f"couple:{couple.id}:version:{version}:counts:{person.id}",
            recipient=person.email,
            subject=f"{round_.name}: your list of pairs counts",
            body=(
                f"Hello {person.name},\n\nBoth of you certified version {version} of your list of pairs. "
                "It counts until both of you certify a newer one.\n"
            ),
            now=now,
        )
