"""One mail a day of what waited for it, with a link that stops it. The link's page only shows a button."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext as _
from flask_babel import ngettext
from itsdangerous import BadSignature, URLSafeSerializer

from marketplace.db import db
from marketplace.mail.models import OutboxMessage

#: So many messages a night; what is left comes the next.
MOST = 5_000


def send(now: datetime) -> int:
    """Write each digest that has news and was not written today; how many. A chore."""
    waiting = (
        sa.select(OutboxMessage)
        .where(OutboxMessage.sent_at.is_(None), OutboxMessage.digest)
        .order_by(sa.func.lower(OutboxMessage.recipient), OutboxMessage.id)
        .limit(MOST)
        .with_for_update()
    )
    people = groupby(db.session.scalars(waiting).all(), key=lambda message: message.recipient.lower())
    return sum(_write(address, list(news), now) for address, news in people)


def _write(address: str, news: Sequence[OutboxMessage], now: datetime) -> bool:
    key = f"digest:{hashlib.sha256(address.encode()).hexdigest()[:32]}:{now.date()}"
    if db.session.scalar(sa.select(OutboxMessage.id).where(OutboxMessage.key == key)) is not None:
        return False
    stop = address_of("accounts.stop_digest", digest_token=token_for(address))
    db.session.add(
        OutboxMessage(
            key=key,
            recipient=news[-1].recipient,
            subject=ngettext("%(num)d piece of news", "%(num)d pieces of news", len(news)),
            body=_body(news, stop),
            created_at=now,
            unsubscribe=stop,
        )
    )
    for each in news:
        each.sent_at = now
    return True


def _body(news: Sequence[OutboxMessage], stop: str) -> str:
    parts = [_("What is new on Practicum Match since the last mail of this kind:")]
    parts += [f"{each.subject}\n{'-' * len(each.subject)}\n{each.body.strip()}" for each in news]
    parts.append(_("Change how often we write: %(url)s", url=address_of("accounts.mine")))
    parts.append(_("Stop this mail: %(url)s", url=stop))
    return "\n\n\n".join(parts) + "\n"


def token_for(address: str) -> str:
    """What the stop link for an address carries. It can stop news and nothing else."""
    return _serializer().dumps(address.lower())


def whose(token: str) -> str | None:
    """Whose stop link it is; None if we never made it."""
    try:
        found = _serializer().loads(token)
    except BadSignature:
        return None
    return found if isinstance(found, str) else None


def address_of(endpoint: str, **values: object) -> str:
    """An address for mail, which is written outside any request."""
    path = current_app.url_map.bind("localhost").build(endpoint, values)
    return f"{current_app.config['PUBLIC_URL']}{path}"


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="mail-digest")
