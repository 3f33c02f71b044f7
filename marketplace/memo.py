"""Read a thing once while a page is shown, however many parts of the page ask for it.

Only for requests that can't write: what was read stays true until the answer is sent. Elsewhere (commands,
jobs, requests that post) every call reads again. Imports nothing of ours.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import g, has_request_context, request

Reads = TypeVar("Reads", bound=Callable[..., Any])

_READING = frozenset({"GET", "HEAD"})


def once(function: Reads) -> Reads:
    """Remember the answer of `function` for the rest of a reading request. Its arguments must be hashable."""

    @wraps(function)
    def remembering(*arguments: Any) -> Any:
        if not has_request_context() or request.method not in _READING:
            return function(*arguments)
        known: dict[Any, Any] = g.setdefault("read_once", {})
        key = (function, arguments)
        if key not in known:
            known[key] = function(*arguments)
        return known[key]

    return remembering  # type: ignore[return-value]
