"""What a person should do next. Features say it, the signed-in home shows it.

A feature writes a function (actor, now) -> items; features.py registers it. Imported by every feature's
``todo.py``; it imports nothing of ours but access.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import Flask, current_app

from marketplace.access import Actor


@dataclass(frozen=True, slots=True)
class TodoItem:
    """One thing to do. ``kind``: "urgent", "now" (the default), "waiting", "done" or "idea"; it sets
    icon and colour. An idea is shown only while nothing is urgent or to do now.

    ``due`` is the sentence shown; ``due_at`` sorts and is not shown. ``action`` is the button's label.
    """

    title: str
    text: str = ""
    due: str = ""
    url: str = ""
    action: str = ""
    kind: str = "now"
    due_at: datetime | None = None


Contributor = Callable[[Actor, datetime], list[TodoItem]]

_ORDER = {"urgent": 0, "now": 1, "idea": 2, "waiting": 3, "done": 4}
_LOOK = {
    "urgent": ("alert", "warm"),
    "now": ("list", "cool"),
    "idea": ("star", "cool"),
    "waiting": ("clock", "cool"),
    "done": ("check-circle", "good"),
}


def register(app: Flask, *contributors: Contributor) -> None:
    """Add contributors of to-do items."""
    app.extensions.setdefault("todo", []).extend(contributors)


def items_for(actor: Actor, now: datetime) -> list[TodoItem]:
    """Every item of the person: the urgent first, then by due instant, then as registered."""
    contributors: list[Contributor] = current_app.extensions.get("todo", [])
    found = [item for contribute in contributors for item in contribute(actor, now)]
    if any(item.kind in {"urgent", "now"} for item in found):
        found = [item for item in found if item.kind != "idea"]
    return by_urgency(found)


def by_urgency(items: list[TodoItem]) -> list[TodoItem]:
    """The urgent first, then by due instant, then as they came."""
    never = datetime.max.replace(tzinfo=UTC)
    return sorted(items, key=lambda i: (_ORDER[i.kind], i.due_at or never))


def rows(items: list[TodoItem]) -> list[dict[str, Any]]:
    """The items as the to-do component takes them; the first step is the page's main button."""
    found = []
    for number, item in enumerate(items):
        icon, tone = _LOOK[item.kind]
        look = {"icon": icon, "tone": tone, "urgent": item.kind == "urgent"}
        kind = "primary" if number == 0 and item.kind != "waiting" else "secondary"
        action = {"label": item.action, "url": item.url, "kind": kind} if item.url else None
        words = {"title": item.title, "text": item.text, "due": item.due}
        found.append({**words, **look, "action": action})
    return found
