"""The words of the mails that carry links and codes."""

from __future__ import annotations

from datetime import datetime

from marketplace.links.models import EmailLink, LinkToken
from marketplace.mail import services as mail


def send_link(
    link: EmailLink, token: LinkToken, *, subject: str, opening: str, url: str, now: datetime
) -> None:
    """Write the mail with the link. ``url`` carries the token, which is kept nowhere else."""
    mail.enqueue(
        key_of(token.id),
        recipient=link.email,
        subject=subject,
        body=(
            f"{opening}\n\n{url}\n\n"
            f"No account and no password needed. The link is for you alone, until "
            f"{token.expires_at:%d %B %Y}. Opening it changes nothing: every step is a button on the page.\n"
            "If you expected nothing like this, do nothing.\n"
        ),
        now=now,
    )


def send_code(link: EmailLink, token: LinkToken, code: str, *, now: datetime) -> None:
    """Write the mail with the six digits."""
    mail.enqueue(
        f"link-code:{token.id}:{token.codes_sent}",
        recipient=link.email,
        subject=f"{code} is your code for Practicum Match",
        body=(
            f"Your code is {code}\n\nType it on the page that you have open. It works for 15 minutes.\n"
            "Nobody of ours will ever ask you for it. If you have no such page open, do nothing.\n"
        ),
        now=now,
    )


def key_of(token_id: int) -> str:
    """The outbox key of the mail that carried a token."""
    return f"link:{token_id}"
