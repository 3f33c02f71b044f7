"""What every page must hold, checked on each response of the test client.

Well-formed HTML; nothing that the content policy blocks (inline code, foreign addresses); ids that are
unique; a CSRF token in every form that posts, and in none whose address would show it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from xml.etree.ElementTree import Element

import html5lib

#: html5lib 1.1 knows neither of these; both are valid HTML.
_UNKNOWN_TO_PARSER = ("template", "dialog")
_LOADED = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src"}


class MalformedHtml(AssertionError):
    """A page is not well-formed HTML."""


class RefusedHtml(AssertionError):
    """A page holds what the content policy would block, or what no page of ours may hold."""


def check_html(text: str, where: str) -> None:
    """Raise at the first thing a strict parser stumbles over, then at all that is refused."""
    parser = html5lib.HTMLParser(strict=False, namespaceHTMLElements=False)
    root = parser.parse(text)
    for (line, _column), code, details in parser.errors:
        if details.get("name") not in _UNKNOWN_TO_PARSER:
            near = "".join(text.splitlines()[line - 1 : line]).strip()[:160]
            raise MalformedHtml(f"{where}, line {line}: {code} {dict(details)} near {near!r}")
    refused = [*_inline_code(root), *_foreign(root), *_repeated_ids(root), *_tokens(root)]
    if refused:
        raise RefusedHtml(f"{where}: {'; '.join(refused)}")


def _inline_code(root: Element) -> Iterator[str]:
    for element in root.iter():
        for name, value in element.attrib.items():
            if (
                name == "style"
                or name.startswith("on")
                or (name in {"href", "src", "action"} and value.strip().lower().startswith("javascript:"))
            ):
                yield f"<{element.tag} {name}={value[:60]!r}>"
        if element.tag == "style" or (element.tag == "script" and _runs(element)):
            yield f"inline <{element.tag}>"


def _runs(script: Element) -> bool:
    """Whether a script element holds code; a data block (``type="application/json"``) does not."""
    kind = script.get("type", "")
    return script.get("src") is None and kind in {"", "module", "text/javascript", "importmap"}


def _foreign(root: Element) -> Iterator[str]:
    for element in root.iter():
        address = element.get(_LOADED.get(str(element.tag), ""), "")
        if address.startswith(("http:", "https:", "//")):
            yield f"<{element.tag}> loads {address}"


def _repeated_ids(root: Element) -> Iterator[str]:
    counts = Counter(each.get("id") for each in root.iter() if each.get("id"))
    yield from (f"id {name!r} stands {count} times" for name, count in counts.items() if count > 1)


def _tokens(root: Element) -> Iterator[str]:
    for form in root.iter("form"):
        has_token = any(each.get("name") == "csrf_token" for each in form.iter("input"))
        posts = form.get("method", "get").lower() == "post"
        if posts != has_token:
            yield f"form to {form.get('action')}: {'no token' if posts else 'token in its address'}"
