"""Read the forms of a page and fill them in the way a browser would, without running scripts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit
from xml.etree.ElementTree import Element

import html5lib

#: Input types a browser sends with their value as it stands.
_CHOICES = {"checkbox", "radio"}
_NOT_SENT = {"submit", "button", "reset", "image", "file"}


@dataclass(frozen=True)
class Form:
    """One form: where it goes, what it would send now, and every name it can send."""

    action: str
    method: str
    multipart: bool
    values: dict[str, list[str]]
    names: frozenset[str]
    buttons: dict[str, tuple[str, str] | None]

    @property
    def action_path(self) -> str:
        """The path of the address it goes to."""
        return urlsplit(self.action).path

    def filled(self, fields: dict[str, Any], button: str | None) -> dict[str, Any]:
        """What is sent with `fields` filled in and `button` pressed."""
        unknown = set(fields) - self.names
        assert not unknown, f"the form has no field {sorted(unknown)}; it has {sorted(self.names)}"
        data: dict[str, Any] = {**self.values, **fields}
        pressed = self.buttons.get(button) if button else None
        if pressed is not None:
            data[pressed[0]] = pressed[1]
        return data


def forms_of(html: str, page: str) -> list[Form]:
    """Every form of a page whose address is `page`."""
    root = html5lib.parse(html, namespaceHTMLElements=False)
    return [_read(form, _controls(root, form), page) for form in root.iter("form")]


def _controls(root: Element, form: Element) -> list[Element]:
    """The form's own controls and those elsewhere that name it with a ``form`` attribute."""
    inside = set(form.iter())
    name = form.get("id")
    tags = {"input", "select", "textarea", "button"}
    found = [
        each
        for each in root.iter()
        if each.tag in tags and (each in inside if each.get("form") is None else each.get("form") == name)
    ]
    return [each for each in found if each.get("disabled") is None]


def _read(form: Element, controls: list[Element], page: str) -> Form:
    values: dict[str, list[str]] = {}
    for control in controls:
        for value in _sent(control):
            values.setdefault(control.get("name", ""), []).append(value)
    return Form(
        action=urljoin(page, form.get("action") or page),
        method=(form.get("method") or "get").lower(),
        multipart=form.get("enctype") == "multipart/form-data",
        values=values,
        names=frozenset(name for each in controls if (name := each.get("name"))),
        buttons=dict(_buttons(controls)),
    )


def _sent(control: Element) -> Iterator[str]:
    kind = control.get("type", "text")
    if not control.get("name") or control.tag == "button":
        return
    if control.tag == "select":
        yield from _selected(control)
    elif control.tag == "textarea":
        yield "".join(control.itertext()).removeprefix("\n")
    elif kind in _CHOICES:
        if control.get("checked") is not None:
            yield control.get("value", "on")
    elif kind not in _NOT_SENT:
        yield control.get("value", "")


def _selected(select: Element) -> Iterator[str]:
    options = list(select.iter("option"))
    chosen = [each for each in options if each.get("selected") is not None]
    if not chosen and select.get("multiple") is None:
        chosen = options[:1]
    for each in chosen:
        value = each.get("value")
        yield "".join(each.itertext()).strip() if value is None else value


def _buttons(controls: list[Element]) -> Iterator[tuple[str, tuple[str, str] | None]]:
    for each in controls:
        if each.tag == "button" and each.get("type", "submit") == "submit":
            text = " ".join("".join(each.itertext()).split())
        elif each.tag == "input" and each.get("type") == "submit":
            text = each.get("value", "")
        else:
            continue
        name = each.get("name")
        yield text, (name, each.get("value", "")) if name else None
