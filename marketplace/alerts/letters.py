"""The words of an alert, and the link that stops them. The link's page only shows a button."""

from __future__ import annotations

from flask import current_app
from flask_babel import gettext as _
from flask_babel import ngettext
from itsdangerous import BadSignature, URLSafeSerializer

from marketplace.accounts.models import User
from marketplace.alerts.models import SavedSearch
from marketplace.filters import dates, places
from marketplace.slots.finding import Hit
from marketplace.vocabulary import label


def compose(person: User, slots: list[Hit], searches: list[SavedSearch], *, more: bool) -> tuple[str, str]:
    """(subject, body) of the mail about `slots`; ``more`` are new than it names."""
    subject = ngettext("%(num)d new slot for you", "%(num)d new slots for you", len(slots))
    names = [f"- {search.name}\n  {address('slots.search')}?{search.address}" for search in searches]
    parts = [
        _("Hello %(name)s,", name=person.name),
        ngettext(
            "A slot is new in what you look for:", "These slots are new in what you look for:", len(slots)
        ),
        *(_entry(slot) for slot in slots),
        *([_("More are new. Open a search below to see them all.")] if more else []),
        _("Your searches, with everything they find:") + "\n" + "\n".join(names),
        _("Change how often we write: %(url)s", url=address("alerts.mine")),
        _("Stop this mail: %(url)s", url=address("alerts.stop", stop_token=token_for(person.id))),
    ]
    return subject, "\n\n".join(parts) + "\n"


def token_for(user_id: int) -> str:
    """What a person's stop link carries. It can stop mail and nothing else."""
    return _serializer().dumps(user_id)


def person_of(token: str) -> int | None:
    """Whose stop link it is; None if we never made it."""
    try:
        found = _serializer().loads(token)
    except BadSignature:
        return None
    return found if isinstance(found, int) else None


def address(endpoint: str, **values: object) -> str:
    """An address for mail, which is written outside any request."""
    path = current_app.url_map.bind("localhost").build(endpoint, values)
    return f"{current_app.config['PUBLIC_URL']}{path}"


def _entry(slot: Hit) -> str:
    where = f"{slot.facility}, {slot.city}, {slot.state}"
    what = f"{label(slot.modality)}, {dates(slot.starts_on, slot.ends_on)}, {places(slot.capacity)}"
    return f"{slot.title}\n{where}\n{what}\n{address('slots.detail', slot_id=slot.id)}"


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="alerts-stop")
